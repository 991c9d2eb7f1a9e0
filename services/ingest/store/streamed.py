"""Single items of a catalog, changed at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain, groupby, pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa
from cachetools import TTLCache

from services.ingest.itemsapi.folding import State, fold
from services.ingest.itemsapi.operations import ItemFault, Kind, Operation, is_too_large
from services.ingest.itemsapi.parts import Written, context_free
from services.ingest.store.catalogs import CatalogRow, find_catalog, hold_content, note_changes
from services.ingest.store.combining import Combiner
from services.ingest.store.items import ITEM_COLUMNS, count_products, reserve_sequences
from services.ingest.store.rows import FORMER, Target, deleted_states, gone_with, rows_of, state_of, write_deletions
from services.ingest.store.statements import HERE, ByName, remove_rows
from services.ingest.store.variants import remove_variants
from services.ingest.tables import item_deletions, items
from services.runtime.database import Database, settle, upsert

SOURCE = "stream"
TOGETHER, CHANGED_TOGETHER = 1_000, 100
"""Operations of several requests that go into one transaction, where they have to wait anyway. Of changes fewer: what
is changed is held in memory.
"""
_CATALOGS, _CATALOG_SECONDS = 1_000, 3_600.0
# As they are until the end of the transaction. In their order, so that two requests do not wait for each other; SQLite
# has one writer, and no such clause.
_KNOWN = ByName(
    lambda named: (
        sa.select(*(items.c[name] for name in FORMER)).where(HERE, named).order_by(items.c.product_id).with_for_update()
    ),
    items.c.product_id,
)
_DOCUMENTS = ByName(
    lambda named: sa.select(items.c.product_id, items.c.document).where(HERE, named), items.c.product_id
)
# Who is a parent stays there until the end of the transaction.
_THERE = ByName(
    lambda named: sa.select(items.c.product_id).where(HERE, named).with_for_update(read=True, key_share=True),
    items.c.product_id,
)


class Sent(NamedTuple):
    """A checked operation and its place in the request. Its parent is one of the same context, so far."""

    place: int
    operation: Operation


Faults = dict[int, ItemFault]
"""Why operations were not done, by their place."""


class _Outcome(NamedTuple):
    written: list[Written]
    deleted: list[tuple[str, State]]
    absent: set[str]
    """Items that are not there then, deleted now or before."""

    @property
    def names(self) -> set[str]:
        """Of what is written."""
        return {one.operation.product_id for one in self.written}


class StreamStore:
    """See module."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._combiners: TTLCache[tuple[str, str, int], Combiner[Sent, Faults]] = TTLCache(_CATALOGS, _CATALOG_SECONDS)

    def apply(self, workspace_id: str, catalog_id: str, sent: Sequence[Sent]) -> Faults:
        """Does all that can be done, in one transaction, or a few where there are many changes; they may be those of
        others as well. Raises CatalogNotFound.

        Of several operations on one item the order of their times counts, and then that of the request. What is older
        than what is there, or than its deletion, is void.
        """
        changes = [one for one in sent if one.operation.kind == Kind.PATCH]
        whole = [one for one in sent if one.operation.kind != Kind.PATCH]
        faults = self._combiner(workspace_id, catalog_id, TOGETHER).run(whole) if whole else {}
        for start in range(0, len(changes), CHANGED_TOGETHER):
            some = changes[start : start + CHANGED_TOGETHER]
            faults |= self._combiner(workspace_id, catalog_id, CHANGED_TOGETHER).run(some)
        return faults

    def _combiner(self, workspace_id: str, catalog_id: str, most: int) -> Combiner[Sent, Faults]:
        key = (workspace_id, catalog_id, most)
        with self._lock:
            if key not in self._combiners:
                self._combiners[key] = Combiner(partial(self._apply_all, workspace_id, catalog_id), most)
            return self._combiners[key]

    def _apply_all(self, workspace_id: str, catalog_id: str, requests: Sequence[Sequence[Sent]]) -> list[Faults]:
        starts = list(accumulate(map(len, requests), initial=0))
        places = [place for request in requests for place, _ in request]
        sent = [Sent(place, operation) for place, (_, operation) in enumerate(chain(*requests))]
        faults = self._apply(workspace_id, catalog_id, sent)
        return [
            {places[place]: faults[place] for place in range(start, end) if place in faults}
            for start, end in pairwise(starts)
        ]

    def _apply(self, workspace_id: str, catalog_id: str, sent: Sequence[Sent]) -> Faults:
        def work(connection: sa.Connection) -> Faults:
            # Alone, since what is not there cannot be held: two might bring an item and remove it at once.
            hold_content(connection, catalog_id)
            catalog = find_catalog(connection, workspace_id, catalog_id)
            content = catalog["content"]
            names = sorted({one.operation.product_id for one in sent})
            known = {row.product_id: row for row in _KNOWN.run(connection, names, content=content)}
            deletions = deleted_states(connection, content, [name for name in names if name not in known])
            waiting = {state.parent_id for state in deletions.values() if state.parent_id is not None}
            there = _parents(connection, content, sent, waiting)
            good, faults = _parented(sent, there)
            changed = {one.operation.product_id for one in good if one.operation.kind == Kind.PATCH}
            kept = [name for name, row in known.items() if name in changed or row.patched is not None]
            documents = dict(map(tuple, _DOCUMENTS.run(connection, kept, content=content))) if kept else {}
            before = deletions | {name: state_of(row, documents.get(name, "")) for name, row in known.items()}
            outcome = _come_to(good, before, faults)
            outcome = _without_lost(outcome, waiting - there - outcome.names, good, faults)
            _write(connection, catalog, outcome, known, deletions)
            return faults

        return settle(self._database, work)


def _candidates(operation: Operation) -> list[str]:
    """What may be the parent, the first that is there."""
    if operation.parent_id is None:
        return []
    free = context_free(operation.parent_id)
    return [operation.parent_id] if free is None else [operation.parent_id, free]


def _parents(connection: sa.Connection, content: str, sent: Iterable[Sent], waiting: set[str]) -> set[str]:
    """Those of the possible parents that the catalog has, of those included that are `waiting` for their items."""
    wanted = sorted(waiting.union(*(_candidates(one.operation) for one in sent)))
    if not wanted:
        return set()
    return set(_THERE.run(connection, wanted, content=content).scalars())


def _parented(sent: Sequence[Sent], there: set[str]) -> tuple[list[Sent], Faults]:
    """The operations with the parents that they have, in the catalog or put by the same request."""
    faults: Faults = {}
    good = list(sent)
    while True:
        puts = {one.operation.product_id for one in good if one.operation.kind == Kind.PUT} | there
        lost = [one for one in good if one.operation.parent_id is not None and not puts & {*_candidates(one.operation)}]
        if not lost:
            break
        for one in lost:
            faults[one.place] = ItemFault("ITEM_PARENT_NOT_FOUND", "The parent is not in the catalog.")
        good = [one for one in good if one.place not in faults]
    return [Sent(one.place, _adopted(one.operation, puts)) for one in good], faults


def _adopted(operation: Operation, there: set[str]) -> Operation:
    parents = [name for name in _candidates(operation) if name in there]
    return operation._replace(parent_id=parents[0]) if parents else operation


def _come_to(sent: Sequence[Sent], before: Mapping[str, State], faults: Faults) -> _Outcome:
    outcome = _Outcome([], [], set())
    ordered = sorted(sent, key=lambda one: (one.operation.product_id, one.operation.at, one.place))
    for product_id, some in groupby(ordered, key=lambda one: one.operation.product_id):
        of_one = list(some)
        state = fold(before.get(product_id), [one.operation for one in of_one])
        if state is not None and state.changes is not None and is_too_large(state.attributes):
            state = _fitting(before.get(product_id), of_one, faults)
        if state is None or not state.is_there:
            outcome.absent.add(product_id)
        if state is None:
            for one in of_one:
                faults[one.place] = ItemFault("ITEM_NOT_FOUND", "There is no such item to change.")
        elif state.is_changed and state.is_there:
            first = min(one.place for one in of_one)
            outcome.written.append(Written(of_one[-1].operation, first, state))
        elif state.is_changed:
            outcome.deleted.append((product_id, state))
    return outcome


def _fitting(before: State | None, of_one: Sequence[Sent], faults: Faults) -> State | None:
    """What operations come to without those that make the item too large: the others are of other callers, maybe."""
    state = before
    for one in of_one:
        after = fold(state, [one.operation])
        if after is not None and after.changes is not None and is_too_large(after.attributes):
            faults[one.place] = ItemFault("ITEM_TOO_LARGE", "With this the item's attributes are too large.")
        else:
            state = after
    return state


def _without_lost(outcome: _Outcome, missing: set[str], sent: Sequence[Sent], faults: Faults) -> _Outcome:
    """What is written has no parent that is missing or not there then, or is refused itself."""
    lost, gone = set[str](), outcome.absent | missing
    while more := {one.operation.product_id for one in outcome.written if one.state.parent_id in gone} - lost:
        lost |= more
        gone |= more
    for one in sent:
        if one.operation.product_id in lost:
            faults[one.place] = ItemFault("ITEM_PARENT_NOT_FOUND", "The parent is not there, or is removed.")
    return outcome._replace(written=[one for one in outcome.written if one.operation.product_id not in lost])


def _write(
    connection: sa.Connection,
    catalog: CatalogRow,
    outcome: _Outcome,
    known: Mapping[str, sa.Row[Any]],
    deletions: Mapping[str, State],
) -> None:
    content = catalog["content"]
    new = sorted((one.arrival, one.operation.product_id) for one in outcome.written)
    new = [one for one in new if one[1] not in known]
    first = reserve_sequences(connection, catalog["id"], len(new)) if new else 0
    numbers = {name: first + place for place, (_, name) in enumerate(new)}
    target = Target(catalog["workspace_id"], content, SOURCE)
    upsert(connection, items, ITEM_COLUMNS, rows_of(target, outcome.written, known, numbers))
    written = [one.operation.product_id for one in outcome.written]
    if back := [name for name in written if name in deletions]:
        remove_rows(connection, item_deletions, content, names=back)
    gone = [name for name, _ in outcome.deleted if name in known]
    if gone:
        remove_rows(connection, items, content, names=gone)
    variants = remove_variants(
        connection, content, {name: state.at for name, state in outcome.deleted if name in known}
    )
    write_deletions(connection, content, [*outcome.deleted, *((name, gone_with(at)) for name, at in variants.items())])
    note_changes(connection, catalog, {*written, *(name for name, _ in outcome.deleted), *variants})
    if change := len(new) - len(gone) - len(variants):
        count_products(connection, catalog["id"], change)
