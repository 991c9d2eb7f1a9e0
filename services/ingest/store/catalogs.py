"""Catalogs of workspaces."""

import re
import secrets
import unicodedata
from typing import Any

import sqlalchemy as sa

from services.ingest.errors import CatalogNotFound
from services.ingest.store.clock import now_micros
from services.ingest.tables import catalogs
from services.runtime.database import Database, hold, settle

DEFAULT_NAME = "Default catalog"
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

    def create(
        self, workspace_id: str, name: str, *, description: str | None = None, currency: str | None = None
    ) -> CatalogRow:
        """A new catalog; the first of a workspace is its default one."""

        def work(connection: sa.Connection) -> CatalogRow:
            _hold(connection, workspace_id)
            return _insert(connection, workspace_id, name, "manual", description=description, currency=currency)

        return settle(self._database, work)

    def get_or_create_default(self, workspace_id: str) -> CatalogRow:
        """The workspace's default catalog, made when it has none."""

        def work(connection: sa.Connection) -> CatalogRow:
            _hold(connection, workspace_id)
            try:
                return find_catalog(connection, workspace_id, "")
            except CatalogNotFound:
                return _insert(connection, workspace_id, DEFAULT_NAME, "import")

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


def _hold(connection: sa.Connection, workspace_id: str) -> None:
    """Who makes a catalog in a workspace does so alone: free slugs are looked for before."""
    hold(connection, f"catalogs {workspace_id}")


def _insert(
    connection: sa.Connection,
    workspace_id: str,
    name: str,
    source: str,
    *,
    description: str | None = None,
    currency: str | None = None,
) -> CatalogRow:
    of_workspace = catalogs.c.workspace_id == workspace_id
    slugs = set(connection.execute(sa.select(catalogs.c.slug).where(of_workspace)).scalars())
    now = now_micros()
    values = {
        "id": "cat_" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_CHARS)),
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
    }
    connection.execute(sa.insert(catalogs).values(values))
    return values


def _free_slug(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_CHARS].rstrip("-") or "catalog"
    candidate, number = slug, 1
    while candidate in taken:
        number += 1
        candidate = f"{slug}-{number}"
    return candidate
