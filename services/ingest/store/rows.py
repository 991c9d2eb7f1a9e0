"""Items that operations made, as rows of the items table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.ingest.itemsapi.parts import Written
from services.ingest.parsing.documents import fingerprint_of
from services.ingest.store.clock import now_micros
from services.ingest.store.items import ITEM_COLUMNS
from services.ingest.tables import item_deletions
from services.runtime.database import upsert

FORMER = ("product_id", "changed_at", "parent_id", "sequence", "created_at", "updated_at", "fingerprint", "feed")
"""What is read of the items as they were."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where items go, and what is told of all of them."""

    workspace_id: str
    content: str
    source: str
    feed: str | None = None
    """Of what is put as a whole; None: that of the item as it was."""
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
        "feed": [
            (target.feed or "") if row is None or (one.is_put and target.feed is not None) else row.feed
            for one, row in zip(written, before, strict=True)
        ],
        "ingestion_id": [target.ingestion_id] * count,
        "document": [state.attributes for state in states],
    }
    return list(zip(*(columns[name] for name in ITEM_COLUMNS), strict=True))


def write_deletions(connection: sa.Connection, content: str, deleted: Iterable[tuple[str, int]]) -> None:
    """Keeps in mind which items of a content operations deleted, and when."""
    rows = [(content, *one) for one in deleted]
    upsert(connection, item_deletions, ("catalog_id", "product_id", "deleted_at"), rows)


class Numbers:
    """Numbers for the new items of a range, from those that were reserved for it."""

    def __init__(self, partition: Mapping[str, Any], reserve: Callable[[int], int]) -> None:
        """`partition`: has the `first` number and how many are `reserved`; None: one for each arrival. `reserve` takes
        more and returns the first.
        """
        self._first: int = partition["first"]
        self._left: int | None = partition["reserved"]
        self._reserve = reserve

    def of(self, written: Sequence[Written], known: Mapping[str, sa.Row[Any]]) -> dict[str, int]:
        """By product id, in the order of arrival."""
        new = sorted((one.arrival, one.operation.product_id) for one in written)
        new = [one for one in new if one[1] not in known]
        if self._left is None:
            return {name: self._first + arrival for arrival, name in new}
        own = min(len(new), self._left)
        # Items that have been deleted since numbers were reserved are more than were reserved for.
        further = self._reserve(len(new) - own) if len(new) > own else 0
        numbers = [*range(self._first, self._first + own), *range(further, further + len(new) - own)]
        self._first, self._left = self._first + own, self._left - own
        return {name: number for (_, name), number in zip(new, numbers, strict=True)}
