"""Rows that go from one content of a catalog to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.ingest.itemsapi.folding import State
from services.ingest.itemsapi.parts import Written
from services.ingest.store.catalogs import CatalogRow
from services.ingest.store.items import ITEM_COLUMNS, reserve_sequences
from services.ingest.store.known import named
from services.ingest.store.rows import Target, rows_of, write_deletions
from services.ingest.tables import item_deletions, items
from services.runtime.database import upsert


@dataclass(frozen=True, slots=True)
class Again:
    """What items come to, worked out anew."""

    target: Target
    written: Sequence[Written]
    known: Mapping[str, sa.Row[Any]]
    """`FORMER` of those that are there."""
    deleted: Sequence[tuple[str, State]]


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


def write_again(connection: sa.Connection, catalog: CatalogRow, content: str, ids: Sequence[str], again: Again) -> int:
    """Writes items of another content anew; by how many it grows. New ones keep the number that they have there."""
    numbers = {
        row.product_id: row.sequence
        for row in connection.execute(
            sa.select(items.c.product_id, items.c.sequence).where(items.c.catalog_id == content, named(connection, ids))
        )
    }
    written = [one.operation.product_id for one in again.written]
    missing = [name for name in written if name not in again.known and name not in numbers]
    if missing:
        first = reserve_sequences(connection, catalog["id"], len(missing))
        numbers |= {name: first + place for place, name in enumerate(missing)}
    rows = rows_of(again.target, again.written, again.known, numbers)
    touched = [*written, *(name for name, _ in again.deleted)]
    grown = len(rows)
    for table in (items, item_deletions):
        some = named(connection, ids, table.c.product_id)
        lost = connection.execute(sa.delete(table).where(table.c.catalog_id == content, some)).rowcount
        found = copy_rows(connection, table, content, (table.c.catalog_id == catalog["content"], some), touched)
        grown += found - lost if table is items else 0
    upsert(connection, items, ITEM_COLUMNS, rows)
    write_deletions(connection, content, again.deleted)
    return grown
