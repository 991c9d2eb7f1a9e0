"""A service's own database: SQLite embedded by default, PostgreSQL at scale, behind the same two doors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from services.runtime.database import postgresql, sqlite
from services.runtime.database.guards import asked

CONNECTIONS = 20


class Database:
    """Two doors: `read()` for a consistent snapshot, `write()` for one transaction."""

    def __init__(self, url: str, *, schema: str | None = None, connections: int = CONNECTIONS) -> None:
        """Connects to nobody yet. `schema` and at most how many `connections`: of PostgreSQL only."""
        self.url: URL = make_url(url)
        self._schema = schema
        self._write_lock: AbstractContextManager[Any] = nullcontext()
        self.engine: sa.Engine
        self._writer: sa.Engine
        if self.url.get_backend_name() == "sqlite":
            self.engine, self._writer, self._write_lock = sqlite.connect(self.url)
        else:
            self.url = self.url.set(drivername=postgresql.DRIVER)
            self.engine, self._writer = postgresql.connect(self.url, schema, connections)

    @property
    def file(self) -> str | None:
        """Where an embedded database lies; None for any other."""
        return self.url.database if self.engine.dialect.name == "sqlite" else None

    def create_schema(self) -> None:
        """Makes the service's schema when it is missing; a file needs none."""
        if self._schema and self.engine.dialect.name == "postgresql":
            postgresql.create_schema(self.url, self._schema)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection in a read transaction: sees one state of the database throughout."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A connection in a write transaction: all or nothing. See `hold` for what others may do meanwhile, and
        `guarded` for what is asked in it.
        """
        with self._write_lock, self._writer.connect() as connection, connection.begin(), asked(self, connection):
            yield connection

    def checkpoint(self) -> None:
        """Moves what the log of an embedded database holds into its file, as far as nobody is in the way.

        No writer waits for that, as one does who finds it due when it commits.
        """
        if self.file is not None:
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def dispose(self) -> None:
        """Closes every connection; what still is at work, in another thread, ends first."""
        if self.engine.dialect.name == "postgresql":
            postgresql.end(self._writer)
        else:
            self._writer.dispose()
            self.engine.dispose()


def hold(connection: sa.Connection, name: str, *, shared: bool = False) -> None:
    """Makes transactions that change what others of the same name read first come one after another.

    To be called in a write transaction before it reads: what it finds stays so until its end. Those that hold a name
    `shared` are in each other's way no more, but wait for one that holds it alone, and it for them. SQLite has one
    writer.
    """
    if connection.dialect.name == "postgresql":
        postgresql.hold(connection, name, shared=shared)


def by_index(connection: sa.Connection) -> None:
    """From here to the end of the transaction rows are found by an index wherever one will do.

    For conditions that hardly any row meets and statistics cannot know it: PostgreSQL would read the whole table.
    """
    if connection.dialect.name == "postgresql":
        postgresql.by_index(connection)


def in_order(connection: sa.Connection) -> None:
    """From here to the end of the transaction rows are read along an index that has them in the order, or the groups,
    that are asked for, wherever there is one.

    For some of the rows of a key that statistics may not know yet: PostgreSQL takes them for a single one, any index
    that begins with the key seems as good, and it reads all of them each time.
    """
    if connection.dialect.name == "postgresql":
        postgresql.in_order(connection)


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    keys: Sequence[str] = (),
    keep: Iterable[str] = (),
) -> None:
    """Writes many rows in few statements: insert, or update on a clash of the key.

    `rows` are tuples in the order of `columns`, already in the database's own types. `keys` default to the primary key.
    Columns in `keep` keep their stored value on update.
    """
    if rows:
        side = sqlite if connection.dialect.name == "sqlite" else postgresql
        named = tuple(keys) or tuple(column.name for column in table.primary_key)
        side.write_rows(connection, table, tuple(columns), rows, keys=named, keep=frozenset(keep))
