"""Databases for tests, of either kind: what asks for `databases` runs once with SQLite and once with PostgreSQL."""

import itertools
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url

from services.runtime.database import Database
from services.runtime.migrations import migrate

KINDS = ("sqlite", "postgresql")


class Files:
    """SQLite: each database is a file; with tables it is copied from one that was migrated once."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._templates: dict[Path, Path] = {}

    def url(self) -> str:
        """The URL of a database that nobody has."""
        return f"sqlite:///{self._folder / str(next(self._numbers))}.sqlite3"

    def migrated(self, migrations: Path) -> str:
        """The URL of a database with a service's empty tables."""
        if migrations not in self._templates:
            _migrate(url := self.url(), migrations)
            self._templates[migrations] = _file(url)
        url = self.url()
        shutil.copyfile(self._templates[migrations], _file(url))
        return url


class Server:
    """PostgreSQL: each database is one of a server's; with tables it is copied from one that was migrated once."""

    kind = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._made: list[str] = []
        self._templates: dict[Path, str] = {}

    def url(self) -> str:
        """The URL of a database that nobody has."""
        return self._copy("template0")

    def migrated(self, migrations: Path) -> str:
        """The URL of a database with a service's empty tables."""
        if migrations not in self._templates:
            url = self.url()
            _migrate(url, migrations)
            self._templates[migrations] = str(make_url(url).database)
        return self._copy(self._templates[migrations])

    @contextmanager
    def cleared(self) -> Iterator["Server"]:
        """What is made meanwhile, and is no template, goes at the end."""
        start = len(self._made)
        yield self
        kept = self._made[:start] + list(self._templates.values())
        with self._engine.connect() as connection:
            for name in [name for name in self._made if name not in kept]:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        self._made = list(dict.fromkeys(kept))

    def _copy(self, template: str) -> str:
        name = f"assay_test_{uuid.uuid4().hex}"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self._made.append(name)
        return self._url.set(database=name).render_as_string(hide_password=False)


def opened(url: str, migrations: Path) -> Database:
    """A service's database; it is the service's folder that has `migrations`."""
    return Database(url, schema=migrations.parent.name)


def plan_of(connection: sa.Connection, statement: Any, values: dict[str, Any]) -> str:
    """What the database would do for a statement with these values."""
    is_file = connection.dialect.name == "sqlite"
    query = statement.compile(dialect=sqlite.dialect(paramstyle="named") if is_file else connection.dialect)
    explain = "EXPLAIN QUERY PLAN" if is_file else "EXPLAIN"
    return str(connection.exec_driver_sql(f"{explain} {query}", query.construct_params(values)).all())


def _file(url: str) -> Path:
    return Path(str(make_url(url).database))


def _migrate(url: str, migrations: Path) -> None:
    database = opened(url, migrations)
    migrate(database, migrations)
    database.dispose()
