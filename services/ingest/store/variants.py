"""Variants, which go with their product."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from services.ingest.store.statements import HERE, ByName, remove_rows
from services.ingest.tables import items
from services.runtime.database import in_order

# First found, and then removed: of a DELETE PostgreSQL cannot be told to look for the parents along their index.
_VARIANTS = ByName(
    lambda named: (
        sa.select(items.c.product_id, items.c.parent_id)
        .where(HERE, named)
        .order_by(items.c.parent_id)
        .with_for_update()
    ),
    items.c.parent_id,
)


def remove_variants(connection: sa.Connection, content: str, parents: Mapping[str, int]) -> dict[str, int]:
    """Removes the variants of items that go, and theirs; returns them by the time of their deletion, which is that of
    their parents. `parents`: these and the time, in microseconds since 1970.
    """
    gone: dict[str, int] = {}
    in_order(connection)
    while parents:
        rows = _VARIANTS.run(connection, list(parents), content=content).all()
        parents = {row.product_id: parents[row.parent_id] for row in rows}
        if parents:
            remove_rows(connection, items, content, names=list(parents))
        gone |= parents
    return gone
