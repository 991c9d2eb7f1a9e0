"""Catalogs of workspaces."""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from services.ingest.errors import CatalogNotFound
from services.ingest.store.clock import now_micros
from services.ingest.tables import catalogs, content_changes, environments
from services.runtime.database import Database, chunked, hold, settle, upsert

DEFAULT_NAME = "Default catalog"
DEFAULT_ENVIRONMENT = "default"
"""Of catalogs that were not made through the batch Items API."""
_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_CHARS = 16
_SLUG_CHARS = 80

CatalogRow = dict[str, Any]
"""Columns of the catalogs table by name."""

# Every call looks for its catalog; made once, because making them takes longer than running them.
_OF_WORKSPACE = sa.select(catalogs).where(catalogs.c.workspace_id == sa.bindparam("of_workspace"))
_BY_ID = _OF_WORKSPACE.where(catalogs.c.id == sa.bindparam("id"))
_DEFAULT = _OF_WORKSPACE.where(catalogs.c.is_default)


class CatalogStore:
    """Reads and makes catalogs; a row is a mapping of the table's columns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, workspace_id: str, catalog_id: str) -> CatalogRow:
        """The catalog, or the workspace's default one for an empty id. Raises CatalogNotFound."""
        with self._database.read() as connection:
            return find_catalog(connection, workspace_id, catalog_id)

    def page(self, workspace_id: str, after: tuple[int, str] | None, limit: int) -> list[CatalogRow]:
        """Catalogs oldest first, those behind (created_at, id); at most `limit`."""
        query = sa.select(catalogs).where(catalogs.c.workspace_id == workspace_id)
        if after is not None:
            query = query.where(sa.tuple_(catalogs.c.created_at, catalogs.c.id) > after)
        query = query.order_by(catalogs.c.created_at, catalogs.c.id).limit(limit)
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def deleted(self, names: Sequence[tuple[str, str]]) -> list[str]:
        """The ids among these (workspace, catalog) that no catalog has, whatever its workspace.

        Of workspaces only that have been given catalogs here: of another one this database is not the one to ask.
        """
        there: set[str] = set()
        known: set[str] = set()
        with self._database.read() as connection:
            for some in chunked(sorted({catalog_id for _, catalog_id in names})):
                there.update(connection.execute(sa.select(catalogs.c.id).where(catalogs.c.id.in_(some))).scalars())
            for some in chunked(sorted({workspace_id for workspace_id, _ in names})):
                workspaces = environments.c.workspace_id
                known.update(connection.execute(sa.select(workspaces).where(workspaces.in_(some))).scalars())
        gone = {catalog_id for workspace_id, catalog_id in names if workspace_id in known and catalog_id}
        return sorted(gone - there)

    def create(
        self, workspace_id: str, name: str, *, description: str | None = None, currency: str | None = None
    ) -> CatalogRow:
        """A new catalog; the first of a workspace is its default one."""

        def work(connection: sa.Connection) -> CatalogRow:
            hold_catalogs(connection, workspace_id)
            return add_catalog(connection, workspace_id, name, "manual", description=description, currency=currency)

        return settle(self._database, work)

    def get_or_create_default(self, workspace_id: str) -> CatalogRow:
        """The workspace's default catalog, made when it has none."""

        def work(connection: sa.Connection) -> CatalogRow:
            hold_catalogs(connection, workspace_id)
            try:
                return find_catalog(connection, workspace_id, "")
            except CatalogNotFound:
                return add_catalog(connection, workspace_id, DEFAULT_NAME, "import")

        try:
            return self.get(workspace_id, "")  # mostly it is there, and nobody has to wait
        except CatalogNotFound:
            return settle(self._database, work)


def find_catalog(connection: sa.Connection, workspace_id: str, catalog_id: str) -> CatalogRow:
    """See CatalogStore.get, inside a transaction."""
    which = {"of_workspace": workspace_id, "id": catalog_id} if catalog_id else {"of_workspace": workspace_id}
    row = connection.execute(_BY_ID if catalog_id else _DEFAULT, which).mappings().first()
    if row is None:
        raise CatalogNotFound(catalog_id)
    return dict(row)


def catalog_to_change(connection: sa.Connection, workspace_id: str, catalog_id: str) -> CatalogRow:
    """Like `find_catalog`, in a transaction that changes items: until its end the catalog keeps its content."""
    row = find_catalog(connection, workspace_id, catalog_id)
    if connection.dialect.name == "sqlite":
        return row
    hold_content(connection, row["id"], shared=True)
    return find_catalog(connection, workspace_id, row["id"])


def hold_content(connection: sa.Connection, catalog_id: str, *, shared: bool = False) -> None:
    """Whoever changes items holds their catalog's content `shared`, whoever gives it another one alone."""
    hold(connection, f"content {catalog_id}", shared=shared)


def note_changes(connection: sa.Connection, catalog: CatalogRow, product_ids: Iterable[str]) -> None:
    """To be told what changes, comes or goes: it is kept in mind while another content of the catalog is built."""
    if catalog["building"] is not None:
        rows = [(catalog["id"], product_id) for product_id in sorted(product_ids)]
        upsert(connection, content_changes, ("catalog_id", "product_id"), rows)


def hold_catalogs(connection: sa.Connection, workspace_id: str) -> None:
    """Who makes a catalog in a workspace does so alone: free slugs are looked for before."""
    hold(connection, f"catalogs {workspace_id}")


def add_catalog(
    connection: sa.Connection,
    workspace_id: str,
    name: str,
    source: str,
    *,
    description: str | None = None,
    currency: str | None = None,
    environment: str = DEFAULT_ENVIRONMENT,
    **more: Any,
) -> CatalogRow:
    """A new catalog, in a transaction that holds the workspace's catalogs. An empty `name` becomes `Catalog` and the
    version; `more`: further columns.
    """
    version = _next_version(connection, workspace_id, environment)
    name = name or f"Catalog {version}"
    of_workspace = catalogs.c.workspace_id == workspace_id
    slugs = set(connection.execute(sa.select(catalogs.c.slug).where(of_workspace)).scalars())
    now = now_micros()
    catalog_id = "cat_" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_CHARS))
    values = {
        "id": catalog_id,
        "workspace_id": workspace_id,
        "name": name,
        "description": description,
        "slug": _free_slug(name, slugs),
        "source": source,
        "currency": currency,
        "is_default": not slugs,
        "product_count": 0,
        "next_sequence": 1,
        "created_at": now,
        "updated_at": now,
        "environment": environment,
        "version": version,
        "content": catalog_id,
        **more,
    }
    connection.execute(sa.insert(catalogs).values(values))
    return values


def _next_version(connection: sa.Connection, workspace_id: str, environment: str) -> int:
    row = (workspace_id, environment)
    upsert(
        connection, environments, ("workspace_id", "environment", "last_version"), [(*row, 0)], keep=["last_version"]
    )
    here = (environments.c.workspace_id == workspace_id, environments.c.environment == environment)
    statement = sa.update(environments).where(*here).values(last_version=environments.c.last_version + 1)
    return int(connection.execute(statement.returning(environments.c.last_version)).scalar_one())


def _free_slug(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_CHARS].rstrip("-") or "catalog"
    candidate, number = slug, 1
    while candidate in taken:
        number += 1
        candidate = f"{slug}-{number}"
    return candidate
