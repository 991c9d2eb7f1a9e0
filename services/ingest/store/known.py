"""Which of many items a catalog has already."""

from collections.abc import Sequence

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.ingest.tables import catalogs, items


def is_empty(connection: sa.Connection, catalog_id: str) -> bool:
    """Whether the catalog has no item, so that none needs to be looked for."""
    count = sa.select(catalogs.c.product_count).where(catalogs.c.id == catalog_id)
    return bool(connection.execute(count).scalar_one() == 0)


def hold_known(connection: sa.Connection, catalog_id: str, ids: Sequence[str]) -> dict[str, str]:
    """Fingerprints by product id, of those that exist; they go on existing until the end of the transaction."""
    if is_empty(connection, catalog_id):
        return {}
    query = sa.select(items.c.product_id, items.c.fingerprint).where(
        items.c.catalog_id == catalog_id, named(connection, ids)
    )
    # SQLite has one writer, and no such clause; elsewhere somebody could delete them before they are written.
    return dict(connection.execute(query.with_for_update()).all())


def count_known(connection: sa.Connection, catalog_id: str, ids: Sequence[str]) -> int:
    """How many of the ids, each named once, exist. The primary key answers it alone: no item is read."""
    query = sa.select(sa.func.count()).where(items.c.catalog_id == catalog_id, named(connection, ids))
    return int(connection.execute(query).scalar_one())


def named(connection: sa.Connection, ids: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether the product is one of many named ones, as one parameter: a parameter for each costs twice the time."""
    if connection.dialect.name == "sqlite":
        listed = sa.func.json_each(orjson.dumps(list(ids)).decode()).table_valued("value")
        return items.c.product_id.in_(sa.select(listed.c.value))
    return items.c.product_id == sa.any_(sa.literal(list(ids), postgresql.ARRAY(sa.String())))
