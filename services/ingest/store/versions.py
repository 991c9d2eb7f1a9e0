"""Catalogs as the batch Items API sees them: by their version within an environment."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from services.ingest.items_errors import (
    CatalogAlreadyActive,
    CatalogBusy,
    CatalogDeletionActive,
    CatalogLimitReached,
    CatalogMinItemCount,
    CatalogNotActive,
    VersionNotFound,
)
from services.ingest.itemsapi.catalogs import check_references
from services.ingest.itemsapi.validation import Validator
from services.ingest.store.catalogs import CatalogRow, add_catalog, hold_catalogs, hold_content
from services.ingest.store.clock import now_micros
from services.ingest.store.ingestions import running_of
from services.ingest.store.schemas import ITEM_SCHEMAS
from services.ingest.store.trees import CATEGORY_TREES
from services.ingest.store.versioned import Reference, read_versions
from services.ingest.tables import batches, catalogs, content_changes, former_contents, item_deletions
from services.runtime.database import Database, settle, upsert

SOURCE = "items"
"""What the batch Items API has made, in the catalogs' column."""
MAX_CATALOGS = 2
"""Of that source in an environment."""


_BY_VERSION = sa.select(catalogs).where(
    catalogs.c.workspace_id == sa.bindparam("workspace"),
    catalogs.c.environment == sa.bindparam("environment"),
    catalogs.c.version == sa.bindparam("version"),
)
_TO_CHANGE = _BY_VERSION.with_for_update()


@dataclass(frozen=True)
class NewVersion:
    """A catalog that is to be made."""

    workspace_id: str
    environment: str
    name: str
    schemas: Sequence[Reference] = ()
    trees: Sequence[Reference] = ()
    with_batch: bool = False
    """Whether it gets a default batch, whose id is the version."""


class CatalogVersionStore:
    """Makes, activates and removes catalogs. Each call is about one environment of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewVersion) -> CatalogRow:
        """A new catalog, which is inactive. An empty name becomes `Catalog` and the version.

        Raises CatalogRefused (CATALOG_SCHEMAS, CATALOG_CATEGORY_TREES), CatalogLimitReached.
        """
        workspace_id, environment = new.workspace_id, new.environment
        made_here = _within(workspace_id, environment) & (catalogs.c.source == SOURCE)

        def work(connection: sa.Connection) -> CatalogRow:
            hold_catalogs(connection, workspace_id)
            schemas = read_versions(connection, ITEM_SCHEMAS, workspace_id, environment, new.schemas)
            trees = read_versions(connection, CATEGORY_TREES, workspace_id, environment, new.trees)
            check_references(
                [schemas.get(reference) for reference in new.schemas],
                [trees.get(reference) for reference in new.trees],
            )
            count = sa.select(sa.func.count()).select_from(catalogs).where(made_here)
            if connection.execute(count).scalar_one() >= MAX_CATALOGS:
                raise CatalogLimitReached(MAX_CATALOGS)
            row = add_catalog(
                connection,
                workspace_id,
                new.name,
                SOURCE,
                environment=environment,
                is_active=False,
                schemas=orjson.dumps(new.schemas).decode(),
                trees=orjson.dumps(new.trees).decode(),
            )
            if new.with_batch:
                _add_default_batch(connection, row)
            return row

        return settle(self._database, work)

    def list_all(self, workspace_id: str, environment: str) -> list[CatalogRow]:
        """All catalogs, the oldest first."""
        query = sa.select(catalogs).where(_within(workspace_id, environment)).order_by(catalogs.c.version)
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def get(self, workspace_id: str, environment: str, version: int) -> CatalogRow:
        """Raises VersionNotFound."""
        with self._database.read() as connection:
            return find_version(connection, workspace_id, environment, version)

    def validator(self, catalog: CatalogRow) -> Validator:
        """The schemas and trees of a catalog, made ready."""
        where = (catalog["workspace_id"], catalog["environment"])
        with self._database.read() as connection:
            schemas = read_versions(connection, ITEM_SCHEMAS, *where, map(tuple, orjson.loads(catalog["schemas"])))
            trees = read_versions(connection, CATEGORY_TREES, *where, map(tuple, orjson.loads(catalog["trees"])))
        return Validator(list(schemas.values()), list(trees.values()))

    def active(self, workspace_id: str, environment: str) -> CatalogRow:
        """The active catalog. Raises CatalogNotActive."""
        query = sa.select(catalogs).where(_within(workspace_id, environment), catalogs.c.is_active)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise CatalogNotActive()
        return dict(row)

    def activate(self, workspace_id: str, environment: str, version: int, *, min_item_count: int = 0) -> None:
        """Makes a catalog the active one. Raises VersionNotFound, CatalogAlreadyActive, CatalogMinItemCount."""

        def work(connection: sa.Connection) -> None:
            hold_catalogs(connection, workspace_id)
            row = find_version(connection, workspace_id, environment, version, to_change=True)
            if row["is_active"]:
                raise CatalogAlreadyActive()
            if row["product_count"] < min_item_count:
                raise CatalogMinItemCount(row["product_count"], min_item_count)
            promote(connection, row)

        settle(self._database, work)

    def delete(self, workspace_id: str, environment: str, version: int) -> None:
        """Removes a catalog that is inactive, with its default batch; its items are not found any more, and go later.

        Raises VersionNotFound, CatalogDeletionActive, CatalogBusy.
        """

        def work(connection: sa.Connection) -> None:
            hold_catalogs(connection, workspace_id)
            catalog_id = find_version(connection, workspace_id, environment, version)["id"]
            hold_content(connection, catalog_id)  # nobody is in the middle of adding items to it
            row = find_version(connection, workspace_id, environment, version, to_change=True)
            if row["is_active"]:
                raise CatalogDeletionActive()
            running = running_of(connection, catalog_id) or row["building"]
            if running is not None:
                raise CatalogBusy(running)
            _remove(connection, row)

        settle(self._database, work)


def find_version(
    connection: sa.Connection, workspace_id: str, environment: str, version: int, *, to_change: bool = False
) -> CatalogRow:
    """The catalog of a version; with `to_change` its row stays as it is until the end of the transaction.

    Raises VersionNotFound.
    """
    which = {"workspace": workspace_id, "environment": environment, "version": version}
    row = connection.execute(_TO_CHANGE if to_change else _BY_VERSION, which).mappings().first()
    if row is None:
        raise VersionNotFound("CATALOG_NOT_FOUND", f"catalog version {version}")
    return dict(row)


def promote(connection: sa.Connection, catalog: CatalogRow) -> None:
    """Makes a catalog the active one of its environment, in a transaction that holds the workspace's catalogs."""
    here, now = _within(catalog["workspace_id"], catalog["environment"]), now_micros()
    is_it = catalogs.c.id == catalog["id"]
    connection.execute(
        sa.update(catalogs).where(here, catalogs.c.is_active, ~is_it).values(is_active=False, updated_at=now)
    )
    connection.execute(sa.update(catalogs).where(is_it).values(is_active=True, updated_at=now))


def _add_default_batch(connection: sa.Connection, catalog: CatalogRow) -> None:
    values = {
        "workspace_id": catalog["workspace_id"],
        "environment": catalog["environment"],
        "id": str(catalog["version"]),
        "catalog_id": catalog["id"],
        "next_arrival": 0,
        "created_at": catalog["created_at"],
    }
    connection.execute(sa.insert(batches).values(values))


def _remove(connection: sa.Connection, catalog: CatalogRow) -> None:
    catalog_id, content, workspace_id = catalog["id"], catalog["content"], catalog["workspace_id"]
    connection.execute(sa.delete(catalogs).where(catalogs.c.id == catalog_id))
    upsert(connection, former_contents, ("content",), [(content,)])
    in_environment = (batches.c.workspace_id == workspace_id) & (batches.c.environment == catalog["environment"])
    connection.execute(
        sa.delete(batches).where(
            in_environment, batches.c.id == str(catalog["version"]), batches.c.catalog_id == catalog_id
        )
    )
    for table in (item_deletions, content_changes):
        connection.execute(sa.delete(table).where(table.c.catalog_id.in_({catalog_id, content})))
    if catalog["is_default"]:
        _choose_default(connection, workspace_id)


def _choose_default(connection: sa.Connection, workspace_id: str) -> None:
    """A workspace that has catalogs has a default one: the oldest that is left."""
    oldest = sa.select(catalogs.c.id).where(catalogs.c.workspace_id == workspace_id)
    oldest = oldest.order_by(catalogs.c.created_at, catalogs.c.id).limit(1)
    connection.execute(sa.update(catalogs).where(catalogs.c.id.in_(oldest)).values(is_default=True))


def _within(workspace_id: str, environment: str) -> sa.ColumnElement[bool]:
    return (catalogs.c.workspace_id == workspace_id) & (catalogs.c.environment == environment)
