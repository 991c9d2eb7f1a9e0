"""Which of many items a catalog has already."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from services.ingest.store.statements import HERE, ByName
from services.ingest.tables import items

# SQLite has one writer, and no such clause. In their order, so that two imports do not wait for each other.
_HELD = ByName(
    lambda named: (
        sa.select(items.c.product_id, items.c.fingerprint)
        .where(HERE, named)
        .order_by(items.c.product_id)
        .with_for_update()
    ),
    items.c.product_id,
)
_SEQUENCES = ByName(
    lambda named: sa.select(items.c.product_id, items.c.sequence).where(HERE, named), items.c.product_id
)
# The primary key answers it alone: no item is read.
_COUNT = ByName(lambda named: sa.select(sa.func.count()).select_from(items).where(HERE, named), items.c.product_id)
_THERE = ByName(lambda named: sa.select(items.c.product_id).where(HERE, named), items.c.product_id)


def hold_known(connection: sa.Connection, content: str, ids: Sequence[str]) -> dict[str, str]:
    """Fingerprints by product id, of those that exist; they stay as they are until the end of the transaction."""
    return dict(map(tuple, _HELD.run(connection, ids, content=content)))


def hold_taken(connection: sa.Connection, content: str, numbers: Mapping[str, int]) -> dict[str, str]:
    """Fingerprints by product id, of items that were to be new and that somebody else has made meanwhile.

    `numbers`: those of the new items by product id, which have been inserted where there was none. Theirs has another.
    """
    if connection.dialect.name == "sqlite" or not numbers:  # one writer: there is no meanwhile
        return {}
    found = sequences_of(connection, content, list(numbers))
    taken = [name for name, sequence in found.items() if sequence != numbers[name]]
    return hold_known(connection, content, taken) if taken else {}


def count_known(connection: sa.Connection, content: str, ids: Sequence[str]) -> int:
    """How many of the ids, each named once, exist."""
    return int(_COUNT.run(connection, ids, content=content).scalar_one())


def sequences_of(connection: sa.Connection, content: str, ids: Sequence[str]) -> dict[str, int]:
    """Their numbers in the order of first ingestion by product id, of those that exist."""
    return dict(map(tuple, _SEQUENCES.run(connection, ids, content=content)))


def those_in(connection: sa.Connection, content: str, ids: Sequence[str]) -> set[str]:
    """Which of the items a content has."""
    return set(_THERE.run(connection, ids, content=content).scalars()) if ids else set()
