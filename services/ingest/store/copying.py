"""Rows that go from one content of a catalog to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from services.ingest.store.known import named
from services.ingest.tables import item_deletions, items

_WHENEVER = 2**62
"""The time of a change that knows none: it was made now, so that it is later than any of a batch."""


def copy_rows(
    connection: sa.Connection,
    table: sa.Table,
    content: str,
    where: Iterable[sa.ColumnElement[bool]],
    left_out: Sequence[str],
) -> int:
    """Copies rows into another content, but for those named; how many."""
    rest = [column for column in table.columns if column.name != "catalog_id"]
    query = sa.select(sa.literal(content), *rest).where(*where)
    if left_out:
        query = query.where(sa.not_(named(connection, left_out, table.c.product_id)))
    names = ["catalog_id", *(column.name for column in rest)]
    copying = sa.insert(table).from_select(names, query).execution_options(preserve_rowcount=True)
    return int(connection.execute(copying).rowcount)


def reconcile(connection: sa.Connection, former: str, content: str, ingestion_id: str, ids: Sequence[str]) -> int:
    """Takes over items as the former content has them by now, unless the ingestion knows something later of them."""
    before, after = _times(connection, former, ids), _times(connection, content, ids, ingestion_id)
    taken = [one for one in ids if before.get(one, _WHENEVER) >= after.get(one, -1)]
    if not taken:
        return 0
    grown = 0
    for table in (items, item_deletions):
        some = named(connection, taken, table.c.product_id)
        lost = connection.execute(sa.delete(table).where(table.c.catalog_id == content, some)).rowcount
        found = copy_rows(connection, table, content, (table.c.catalog_id == former, some), ())
        grown += found - lost if table is items else 0
    return grown


def _times(connection: sa.Connection, content: str, ids: Sequence[str], ingestion_id: str = "") -> dict[str, int]:
    """When items of a content were changed or deleted, those of an ingestion if one is named."""
    query = sa.select(items.c.product_id, items.c.changed_at).where(
        items.c.catalog_id == content, named(connection, ids)
    )
    if ingestion_id:
        query = query.where(items.c.ingestion_id == ingestion_id)
    deleted = sa.select(item_deletions.c.product_id, item_deletions.c.deleted_at).where(
        item_deletions.c.catalog_id == content, named(connection, ids, item_deletions.c.product_id)
    )
    times = dict(connection.execute(deleted).all())
    times.update(connection.execute(query).all())
    return times if ingestion_id else {one: at or _WHENEVER for one, at in times.items()}
