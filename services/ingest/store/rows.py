"""Items that operations made, as rows of the items table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.ingest.itemsapi.folding import Changes, State
from services.ingest.itemsapi.parts import Written
from services.ingest.parsing.documents import fingerprint_of
from services.ingest.store.clock import now_micros
from services.ingest.store.items import ITEM_COLUMNS
from services.ingest.store.statements import ByName, of_content
from services.ingest.tables import item_deletions
from services.runtime.database import upsert

FORMER = (
    "product_id",
    "changed_at",
    "parent_id",
    "patched",
    "sequence",
    "created_at",
    "updated_at",
    "fingerprint",
    "feed",
)
"""What is read of the items as they were."""
NEVER = -(2**62)
"""The time of what knows none, as it came by import: it gives way to all operations."""
_DELETED = ("document", "parent_id", "patched")
"""What is kept of deleted ones: changes that are later than their deletion."""
_DELETION_COLUMNS = ("catalog_id", "product_id", "deleted_at", *_DELETED)
_DELETED_OF = ByName(
    lambda named: sa.select(item_deletions).where(of_content(item_deletions), named),
    item_deletions.c.product_id,
)


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
        "changed_at": [0 if state.at == NEVER else state.at for state in states],
        "patched": [state.changes and state.changes.text() for state in states],
        "feed": [
            (target.feed or "") if row is None or (one.state.is_put and target.feed is not None) else row.feed
            for one, row in zip(written, before, strict=True)
        ],
        "ingestion_id": [target.ingestion_id] * count,
        "document": [state.attributes for state in states],
    }
    return list(zip(*(columns[name] for name in ITEM_COLUMNS), strict=True))


def state_of(row: sa.Row[Any], document: str) -> State:
    """What is known of an item that is there. `row` has `FORMER`; `document` may be empty when it is not changed."""
    return State(row.changed_at or NEVER, document, row.parent_id, Changes.of(row.patched))


def deleted_states(connection: sa.Connection, content: str, names: Sequence[str]) -> dict[str, State]:
    """What is known of items that operations deleted, of those named."""
    rows = _DELETED_OF.run(connection, names, content=content) if names else ()
    return {row.product_id: deleted_state(row) for row in rows}


def deleted_state(row: sa.Row[Any]) -> State:
    """The same of one row."""
    return State(row.deleted_at, row.document or "{}", row.parent_id, Changes.of(row.patched), is_there=False)


def gone_with(deleted_at: int) -> State:
    """A variant whose product was deleted."""
    return State(deleted_at, "{}", None, is_there=False)


def write_deletions(connection: sa.Connection, content: str, deleted: Iterable[tuple[str, State]]) -> None:
    """Keeps in mind which items of a content operations deleted, when, and what was changed of them later."""
    rows = [
        (content, product_id, state.at)
        + ((None, None, None) if state.changes is None else (state.attributes, state.parent_id, state.changes.text()))
        for product_id, state in deleted
    ]
    upsert(connection, item_deletions, _DELETION_COLUMNS, rows)


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
