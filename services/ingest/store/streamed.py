"""Single items of a catalog, changed at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from services.ingest.itemsapi.operations import ItemFault, Kind, Operation, State, fold
from services.ingest.itemsapi.parts import Written, context_free
from services.ingest.store.catalogs import CatalogRow, catalog_to_change, note_changes
from services.ingest.store.items import ITEM_COLUMNS, count_products, reserve_sequences
from services.ingest.store.known import named
from services.ingest.store.rows import FORMER, Target, rows_of
from services.ingest.tables import item_deletions, items
from services.runtime.database import Database, settle, upsert

SOURCE = "stream"
_DELETION_COLUMNS = ("catalog_id", "product_id", "deleted_at")


class Sent(NamedTuple):
    """A checked operation and its place in the request. Its parent is one of the same context, so far."""

    place: int
    operation: Operation


Faults = dict[int, ItemFault]
"""Why operations were not done, by their place."""


class _Outcome(NamedTuple):
    written: list[Written]
    deleted: list[tuple[str, int]]


class StreamStore:
    """See module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(self, workspace_id: str, catalog_id: str, sent: Sequence[Sent]) -> Faults:
        """Does all that can be done, in one transaction. Raises CatalogNotFound.

        Of several operations on one item the order of their times counts, and then that of the request. One that is
        older than what is there, or than its deletion, is void.
        """

        def work(connection: sa.Connection) -> Faults:
            catalog = catalog_to_change(connection, workspace_id, catalog_id)
            content = catalog["content"]
            names = sorted({one.operation.product_id for one in sent})
            known = _known(connection, content, names)
            good, faults = _parented(sent, _parents(connection, content, sent))
            outcome = _come_to(good, known, _deletions(connection, content, names), faults)
            _write(connection, catalog, outcome, known)
            return faults

        return settle(self._database, work)


def _known(connection: sa.Connection, content: str, names: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """The items as they are until the end of the transaction, with their documents."""
    columns = [items.c[name] for name in (*FORMER, "document")]
    query = sa.select(*columns).where(items.c.catalog_id == content, named(connection, names))
    # In their order, so that two requests do not wait for each other. SQLite has one writer, and no such clause.
    rows = connection.execute(query.order_by(items.c.product_id).with_for_update())
    return {row.product_id: row for row in rows}


def _deletions(connection: sa.Connection, content: str, names: Sequence[str]) -> dict[str, int]:
    query = sa.select(item_deletions.c.product_id, item_deletions.c.deleted_at).where(
        item_deletions.c.catalog_id == content, named(connection, names, item_deletions.c.product_id)
    )
    return dict(connection.execute(query).all())


def _candidates(operation: Operation) -> list[str]:
    """What may be the parent, the first that is there."""
    if operation.parent_id is None:
        return []
    free = context_free(operation.parent_id)
    return [operation.parent_id] if free is None else [operation.parent_id, free]


def _parents(connection: sa.Connection, content: str, sent: Iterable[Sent]) -> set[str]:
    """Those of the possible parents that the catalog has."""
    wanted = sorted({name for one in sent for name in _candidates(one.operation)})
    if not wanted:
        return set()
    query = sa.select(items.c.product_id).where(items.c.catalog_id == content, named(connection, wanted))
    return set(connection.execute(query).scalars())


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


def _come_to(
    sent: Sequence[Sent], known: Mapping[str, sa.Row[Any]], deletions: Mapping[str, int], faults: Faults
) -> _Outcome:
    outcome = _Outcome([], [])
    in_order = sorted(sent, key=lambda one: (one.operation.product_id, one.operation.at, one.place))
    for product_id, some in groupby(in_order, key=lambda one: one.operation.product_id):
        of_one = list(some)
        row = known.get(product_id)
        base = None if row is None else State(row.changed_at, row.document, row.parent_id)
        folded = fold(base, deletions.get(product_id, 0), [one.operation for one in of_one])
        if folded.is_patch_of_nothing:
            for one in of_one:
                faults[one.place] = ItemFault("ITEM_NOT_FOUND", "There is no such item to change.")
        elif folded.state is None:
            outcome.deleted.append((product_id, folded.deleted_at))
        elif folded.state.is_changed:
            outcome.written.append(Written(of_one[-1].operation, min(one.place for one in of_one), folded.state))
    return outcome


def _write(connection: sa.Connection, catalog: CatalogRow, outcome: _Outcome, known: Mapping[str, sa.Row[Any]]) -> None:
    content = catalog["content"]
    new = sorted((one.arrival, one.operation.product_id) for one in outcome.written)
    new = [one for one in new if one[1] not in known]
    first = reserve_sequences(connection, catalog["id"], len(new)) if new else 0
    numbers = {name: first + place for place, (_, name) in enumerate(new)}
    target = Target(catalog["workspace_id"], content, SOURCE)
    upsert(connection, items, ITEM_COLUMNS, rows_of(target, outcome.written, known, numbers))
    written = [one.operation.product_id for one in outcome.written]
    for table, names in ((item_deletions, written), (items, [name for name, _ in outcome.deleted if name in known])):
        if names:
            here = (table.c.catalog_id == content, named(connection, names, table.c.product_id))
            connection.execute(sa.delete(table).where(*here))
    upsert(connection, item_deletions, _DELETION_COLUMNS, [(content, *one) for one in outcome.deleted])
    gone = [name for name, _ in outcome.deleted if name in known]
    variants = list(_remove_variants(connection, content, gone))
    note_changes(connection, catalog, {*written, *(name for name, _ in outcome.deleted), *variants})
    if change := len(new) - len(gone) - len(variants):
        count_products(connection, catalog["id"], change)


def _remove_variants(connection: sa.Connection, content: str, parents: Sequence[str]) -> Iterator[str]:
    """Items that went with their parents, and what went with them."""
    while parents:
        here = (items.c.catalog_id == content, named(connection, parents, items.c.parent_id))
        parents = list(connection.execute(sa.delete(items).where(*here).returning(items.c.product_id)).scalars())
        yield from parents
