"""Items that operations made, as rows of the items table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.ingest.itemsapi.parts import Written
from services.ingest.parsing.documents import fingerprint_of
from services.ingest.store.clock import now_micros
from services.ingest.store.items import ITEM_COLUMNS

FORMER = ("product_id", "changed_at", "parent_id", "sequence", "created_at", "updated_at", "fingerprint", "feed")
"""What is read of the items as they were."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where items go, and what is told of all of them."""

    workspace_id: str
    content: str
    source: str
    feed: str | None = None
    """None: that of the item as it was; empty of a new one."""
    ingestion_id: str | None = None


def rows_of(
    target: Target, written: Sequence[Written], known: Mapping[str, sa.Row[Any]], numbers: Mapping[str, int]
) -> list[tuple[Any, ...]]:
    """Rows of ITEM_COLUMNS. `known`: `FORMER` of those that are there; new ones have their number among `numbers`."""
    now, count = now_micros(), len(written)
    states = [one.state for one in written]
    operations = [one.operation for one in written]
    names = [operation.product_id for operation in operations]
    before = [known.get(name) for name in names]
    prints = [fingerprint_of(state.attributes.encode()) for state in states]
    columns: dict[str, Iterable[Any]] = {
        "catalog_id": [target.content] * count,
        "product_id": names,
        "workspace_id": [target.workspace_id] * count,
        "item_type": [operation.item_type for operation in operations],
        "item_id": [operation.item_id for operation in operations],
        "context": [operation.context for operation in operations],
        "parent_id": [state.parent_id for state in states],
        "sequence": [numbers[name] if row is None else row.sequence for name, row in zip(names, before, strict=True)],
        "fingerprint": prints,
        "source": [target.source] * count,
        "created_at": [now if row is None else row.created_at for row in before],
        "updated_at": [
            now if row is None or row.fingerprint != fingerprint else row.updated_at
            for row, fingerprint in zip(before, prints, strict=True)
        ],
        "changed_at": [state.at for state in states],
        "feed": [target.feed if target.feed is not None else row.feed if row is not None else "" for row in before],
        "ingestion_id": [target.ingestion_id] * count,
        "document": [state.attributes for state in states],
    }
    return list(zip(*(columns[name] for name in ITEM_COLUMNS), strict=True))
