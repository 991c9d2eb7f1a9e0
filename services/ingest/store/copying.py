"""Rows that go from one content of a catalog to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from services.ingest.itemsapi.folding import State
from services.ingest.itemsapi.parts import Written
from services.ingest.store.catalogs import CatalogRow
from services.ingest.store.items import ITEM_COLUMNS, reserve_sequences
from services.ingest.store.known import sequences_of
from services.ingest.store.ranges import ALL, IdRange
from services.ingest.store.rows import Target, rows_of, write_deletions
from services.ingest.store.statements import Form, Statement, of_content, remove_rows
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
    former: str,
    *,
    ids: IdRange = ALL,
    names: Sequence[str] | None = None,
    left_out: Sequence[str] = (),
) -> int:
    """Copies rows of the `former` content into another, of a range or those named, but for those `left_out`; how many.

    `table`: of items or of their deletions.
    """
    lists = {"names": names, "left_out": left_out or None}
    copied = _COPY[table].run(connection, lists, ids=ids, content=former, into=content)
    return int(copied.rowcount)


def _copying(table: sa.Table, form: Form) -> sa.Executable:
    rest = [column for column in table.columns if column.name != "catalog_id"]
    product_id = table.c.product_id
    query = sa.select(sa.bindparam("into", type_=sa.String), *rest)
    query = query.where(of_content(table), *form.within(product_id), *form.among(product_id))
    query = query.where(*map(sa.not_, form.among(product_id, "left_out")))
    names = ["catalog_id", *(column.name for column in rest)]
    return sa.insert(table).from_select(names, query).execution_options(preserve_rowcount=True)


_COPY = {table: Statement(partial(_copying, table)) for table in (items, item_deletions)}


def write_again(connection: sa.Connection, catalog: CatalogRow, content: str, ids: Sequence[str], again: Again) -> int:
    """Writes items of another content anew; by how many it grows. New ones keep the number that they have there."""
    numbers = sequences_of(connection, content, ids)
    written = [one.operation.product_id for one in again.written]
    missing = [name for name in written if name not in again.known and name not in numbers]
    if missing:
        first = reserve_sequences(connection, catalog["id"], len(missing))
        numbers |= {name: first + place for place, name in enumerate(missing)}
    rows = rows_of(again.target, again.written, again.known, numbers)
    touched = [*written, *(name for name, _ in again.deleted)]
    grown = len(rows)
    for table in (items, item_deletions):
        lost = remove_rows(connection, table, content, names=ids)
        found = copy_rows(connection, table, content, catalog["content"], names=ids, left_out=touched)
        grown += found - lost if table is items else 0
    upsert(connection, items, ITEM_COLUMNS, rows)
    write_deletions(connection, content, again.deleted)
    return grown
