"""What has versions that never change, and is named by catalogs: item schemas and category trees.

Who adds or removes one holds the catalogs of the workspace, as who makes a catalog does: what a catalog names is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson
import sqlalchemy as sa
from assay.ingest.v1.category_tree_service_pb2 import CategoryTree
from assay.ingest.v1.item_schema_service_pb2 import ItemSchema

from services.ingest.items_errors import InUse, VersionNotFound
from services.ingest.store.catalogs import hold_catalogs
from services.ingest.store.clock import now_micros
from services.ingest.tables import catalogs
from services.runtime.database import Database, settle
from services.runtime.errors import DomainError

Versioned = TypeVar("Versioned", ItemSchema, CategoryTree)

Reference = tuple[str, int]
"""Name and version."""


@dataclass(frozen=True)
class Kind(Generic[Versioned]):
    """What is kept, and where."""

    table: sa.Table
    message: type[Versioned]
    named_in: sa.Column[str]
    """The catalogs' column of what they name: JSON, [[name, version], …]."""
    category: str
    """What the categories of its errors begin with."""
    label: str
    exists: Callable[[str], DomainError]
    """The error for a name that is taken."""


class VersionedStore(Generic[Versioned]):
    """All versions in all environments. What is asked for in another environment than its own is not there."""

    def __init__(self, database: Database, kind: Kind[Versioned]) -> None:
        self._database = database
        self._kind: Kind[Versioned] = kind

    def create(self, workspace_id: str, environment: str, message: Versioned) -> None:
        """Adds version 1 of a name that has none. Raises the kind's error when it has."""

        def work(connection: sa.Connection) -> None:
            hold_catalogs(connection, workspace_id)
            if self._last_version(connection, workspace_id, environment, message.name):
                raise self._kind.exists(message.name)
            self._add(connection, workspace_id, environment, message, 1)

        settle(self._database, work)

    def update(self, workspace_id: str, environment: str, message: Versioned) -> int:
        """Adds the version behind the last one that there is, and answers it. Raises VersionNotFound."""

        def work(connection: sa.Connection) -> int:
            hold_catalogs(connection, workspace_id)
            last = self._last_version(connection, workspace_id, environment, message.name)
            if not last:
                raise self._not_found(message.name)
            self._add(connection, workspace_id, environment, message, last + 1)
            return last + 1

        return settle(self._database, work)

    def get(self, workspace_id: str, environment: str, name: str, version: int) -> Versioned:
        """One version, with what was assigned. Raises VersionNotFound."""
        with self._database.read() as connection:
            found = read_versions(connection, self._kind, workspace_id, environment, [(name, version)])
        if not found:
            raise self._not_found(f"{name} {version}")
        return self._told(workspace_id, environment, version, found[name, version])

    def list_all(self, workspace_id: str, environment: str) -> list[Versioned]:
        """All versions, by name and version."""
        table = self._kind.table
        query = sa.select(table.c.version, table.c.message).where(_within(table, workspace_id, environment))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(table.c.name, table.c.version)).all()
        return [
            self._told(workspace_id, environment, version, self._kind.message.FromString(message))
            for version, message in rows
        ]

    def list_names(self, workspace_id: str, environment: str) -> list[Reference]:
        """Names and versions of all, in their order."""
        with self._database.read() as connection:
            return _references(connection, self._kind.table, workspace_id, environment)

    def delete(self, workspace_id: str, environment: str, name: str, version: int) -> None:
        """Removes one version. Raises VersionNotFound, or InUse while a catalog names it."""
        table, named_in = self._kind.table, self._kind.named_in
        naming = sa.select(named_in).where(_within(catalogs, workspace_id, environment), named_in != "[]")

        def work(connection: sa.Connection) -> None:
            hold_catalogs(connection, workspace_id)
            which = _within(table, workspace_id, environment) & (table.c.name == name) & (table.c.version == version)
            if not connection.execute(sa.delete(table).where(which)).rowcount:
                raise self._not_found(f"{name} {version}")
            if any([name, version] in orjson.loads(named) for named in connection.execute(naming).scalars()):
                raise InUse(f"{self._kind.category}_DELETION_USE", f"{self._kind.label} {name} {version}")

        settle(self._database, work)

    def _last_version(self, connection: sa.Connection, workspace_id: str, environment: str, name: str) -> int:
        """0 when there is none."""
        table = self._kind.table
        query = sa.select(sa.func.max(table.c.version)).where(
            _within(table, workspace_id, environment), table.c.name == name
        )
        return connection.execute(query).scalar_one() or 0

    def _add(
        self, connection: sa.Connection, workspace_id: str, environment: str, message: Versioned, version: int
    ) -> None:
        kept = self._kind.message()
        kept.CopyFrom(message)
        for assigned in ("version", "tenant", "environment"):
            kept.ClearField(assigned)
        values = {
            "workspace_id": workspace_id,
            "environment": environment,
            "name": message.name,
            "version": version,
            "message": kept.SerializeToString(),
            "created_at": now_micros(),
        }
        connection.execute(sa.insert(self._kind.table).values(values))

    def _told(self, workspace_id: str, environment: str, version: int, message: Versioned) -> Versioned:
        message.version, message.tenant, message.environment = version, workspace_id, environment
        return message

    def _not_found(self, what: str) -> VersionNotFound:
        return VersionNotFound(f"{self._kind.category}_NOT_FOUND", f"{self._kind.label} {what}")


def read_versions(
    connection: sa.Connection,
    kind: Kind[Versioned],
    workspace_id: str,
    environment: str,
    references: Iterable[Reference],
) -> dict[Reference, Versioned]:
    """Those of the references that exist, as they were sent."""
    table, wanted = kind.table, set(references)
    here = _within(table, workspace_id, environment)
    found = {}
    for name, version in _references(connection, table, workspace_id, environment) if wanted else ():
        if (name, version) in wanted:
            query = sa.select(table.c.message).where(here, table.c.name == name, table.c.version == version)
            found[name, version] = kind.message.FromString(connection.execute(query).scalar_one())
    return found


def _references(connection: sa.Connection, table: sa.Table, workspace_id: str, environment: str) -> list[Reference]:
    query = sa.select(table.c.name, table.c.version).where(_within(table, workspace_id, environment))
    return [(name, version) for name, version in connection.execute(query.order_by(table.c.name, table.c.version))]


def _within(table: sa.Table, workspace_id: str, environment: str) -> sa.ColumnElement[bool]:
    return (table.c.workspace_id == workspace_id) & (table.c.environment == environment)
