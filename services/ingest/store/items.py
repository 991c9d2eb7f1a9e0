"""Raw items: single ones, and many at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import RowMapping

from services.ingest.errors import ProductExists, ProductNotFound
from services.ingest.parsing.documents import fingerprint_of
from services.ingest.store.catalogs import CatalogRow, catalog_to_change, find_catalog, note_changes
from services.ingest.store.clock import now_micros
from services.ingest.store.ranges import IdRange, ends_of
from services.ingest.store.statements import named
from services.ingest.store.variants import remove_variants
from services.ingest.tables import catalogs, items
from services.runtime.database import Database, Utf8, read_columns, settle, upsert

ITEM_COLUMNS = tuple(column.name for column in items.columns)
KEPT_ON_UPDATE = ("sequence", "created_at")
_FETCH_ROWS = 64
KEYS_AT_ONCE = 5_000
"""Rows that are read at a time where only keys are asked for: those of a partition of Gold together."""


@dataclass(frozen=True, slots=True)
class ItemKey:
    """One item of a workspace; an empty catalog id means the default catalog."""

    workspace_id: str
    catalog_id: str
    product_id: str


@dataclass(frozen=True, slots=True)
class Partition:
    """A contiguous range of product ids and how many products it has."""

    ids: IdRange
    count: int


ItemRow: TypeAlias = Mapping[str, Any]
"""Columns of the items table by name; `catalog_id` is the catalog's own."""
ItemColumns: TypeAlias = dict[str, list[Any]]
"""Columns of some items by name: product_id, fingerprint, sequence and parent_id (not with fingerprints only), document
as UTF-8 (not when only keys were asked for); with times also created_at and updated_at in microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is read of each item, and of how many items; `limit` 0 means all."""

    keys_only: bool = False
    times: bool = False
    limit: int = 0
    fingerprints_only: bool = False
    """With keys only: neither sequences nor parents."""


_WHOLE = ReadOptions()


class ItemStore:
    """Reads and writes the items of catalogs that belong to the workspace named; else CatalogNotFound."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: ItemKey) -> ItemRow:
        """The item's row. Raises ProductNotFound."""
        with self._database.read() as connection:
            catalog = find_catalog(connection, key.workspace_id, key.catalog_id)
            return _find(connection, catalog, key.product_id)

    def write(
        self,
        key: ItemKey,
        encode: Callable[[str | None], bytes],
        *,
        must_exist: bool = False,
        must_be_new: bool = False,
    ) -> ItemRow:
        """Changes one item in one transaction; returns its row as it is then.

        `encode` makes the new document from the stored one (None when there is none). Raises ProductNotFound,
        ProductExists.
        """

        def work(connection: sa.Connection) -> ItemRow:
            catalog = catalog_to_change(connection, key.workspace_id, key.catalog_id)
            found = _select(connection, catalog["content"], key.product_id, to_change=True)
            if found is None and must_exist:
                raise ProductNotFound(key.product_id)
            if found is not None and must_be_new:
                raise ProductExists(key.product_id)
            document = encode(found["document"] if found else None)
            _write_one(connection, catalog, key.product_id, document, found)
            return _find(connection, catalog, key.product_id)

        return settle(self._database, work)

    def delete(self, key: ItemKey) -> None:
        """Removes an item with its variants, and with theirs. Raises ProductNotFound."""

        def work(connection: sa.Connection) -> None:
            catalog = catalog_to_change(connection, key.workspace_id, key.catalog_id)
            here = (items.c.catalog_id == catalog["content"]) & (items.c.product_id == key.product_id)
            if connection.execute(sa.delete(items).where(here)).rowcount == 0:
                raise ProductNotFound(key.product_id)
            gone = [key.product_id, *remove_variants(connection, catalog["content"], {key.product_id: 0})]
            note_changes(connection, catalog, gone)
            count_products(connection, catalog["id"], -len(gone))

        settle(self._database, work)  # who writes the same item anew holds the catalog and waits for the item

    def partitions(self, workspace_id: str, catalog_id: str, size: int) -> list[Partition]:
        """Contiguous ranges of at most `size` products, in id order, covering the catalog."""
        with self._database.read() as connection:
            catalog = find_catalog(connection, workspace_id, catalog_id)
            here = items.c.catalog_id == catalog["content"]
            ends = ends_of(connection, items.c.product_id, here, size)
            rest = sa.select(sa.func.count(), sa.func.max(items.c.product_id)).where(
                here, items.c.product_id > (ends[-1] if ends else "")
            )
            count, last = connection.execute(rest).one()
            total = len(ends) * size + count
            if count:
                ends.append(last)
        starts = ["", *ends][: len(ends)]
        return [
            Partition(IdRange(start, end), min(size, total - place * size))
            for place, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]

    def read_range(
        self, workspace_id: str, catalog_id: str, ids: IdRange, options: ReadOptions = _WHOLE
    ) -> Iterator[ItemColumns]:
        """Items of the range in id order, some at a time, from one state of the database."""
        with self._database.read() as connection:
            catalog = find_catalog(connection, workspace_id, catalog_id)
            query = _columns(options).where(items.c.catalog_id == catalog["content"])
            query = query.where(*ids.holds(items.c.product_id)).order_by(items.c.product_id)
            yield from _fetch(connection, query, options)

    def read_list(
        self, workspace_id: str, catalog_id: str, ids: Sequence[str], options: ReadOptions = _WHOLE
    ) -> Iterator[ItemColumns]:
        """The named items that exist, in id order, each once."""
        with self._database.read() as connection:
            catalog = find_catalog(connection, workspace_id, catalog_id)
            query = _columns(options).where(items.c.catalog_id == catalog["content"], named(connection, ids))
            query = query.order_by(items.c.product_id)
            yield from _fetch(connection, query, options)


def add_items(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows of `ITEM_COLUMNS`, but for those of items that are there."""
    upsert(connection, items, ITEM_COLUMNS, rows, keep=ITEM_COLUMNS)


def write_items(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts or updates rows of `ITEM_COLUMNS`; an updated item keeps its sequence and creation time."""
    upsert(connection, items, ITEM_COLUMNS, rows, keep=KEPT_ON_UPDATE)


def count_products(connection: sa.Connection, catalog_id: str, change: int) -> None:
    """Adds to the catalog's product count."""
    connection.execute(
        sa.update(catalogs)
        .where(catalogs.c.id == catalog_id)
        .values(product_count=catalogs.c.product_count + change, updated_at=now_micros())
    )


def reserve_sequences(connection: sa.Connection, catalog_id: str, count: int) -> int:
    """Takes `count` numbers of the catalog's order of first ingestion, never to be given again; returns the first."""
    next_sequence = catalogs.c.next_sequence + count
    statement = sa.update(catalogs).where(catalogs.c.id == catalog_id).values(next_sequence=next_sequence)
    return int(connection.execute(statement.returning(catalogs.c.next_sequence)).scalar_one()) - count


def _write_one(
    connection: sa.Connection, catalog: CatalogRow, product_id: str, document: bytes, found: RowMapping | None
) -> None:
    now = now_micros()
    fingerprint = fingerprint_of(document)
    if found is not None and found["fingerprint"] == fingerprint:
        return
    note_changes(connection, catalog, [product_id])
    sequence = found["sequence"] if found else reserve_sequences(connection, catalog["id"], 1)
    values = {
        "catalog_id": catalog["content"],
        "product_id": product_id,
        "workspace_id": catalog["workspace_id"],
        "item_type": "product",
        "item_id": product_id,
        "context": "",
        "parent_id": None,
        "source": "manual",
        "created_at": now,
        "feed": "",
        **(found or {}),
        "changed_at": 0,
        "patched": None,
        "ingestion_id": None,
        "sequence": sequence,
        "fingerprint": fingerprint,
        "updated_at": now,
        "document": document.decode(),
    }
    if found is not None:
        write_items(connection, [tuple(values[name] for name in ITEM_COLUMNS)])
        return
    connection.execute(sa.insert(items).values(values))  # refused when somebody else has made it meanwhile
    count_products(connection, catalog["id"], 1)


def _select(
    connection: sa.Connection, catalog_id: str, product_id: str, *, to_change: bool = False
) -> RowMapping | None:
    query = sa.select(items).where(items.c.catalog_id == catalog_id, items.c.product_id == product_id)
    if to_change:  # it stays as it is found until the end of the transaction
        query = query.with_for_update()
    return connection.execute(query).mappings().first()


def _find(connection: sa.Connection, catalog: CatalogRow, product_id: str) -> ItemRow:
    row = _select(connection, catalog["content"], product_id)
    if row is None:
        raise ProductNotFound(product_id)
    return {**row, "catalog_id": catalog["id"]}


def _columns(options: ReadOptions) -> sa.Select[Any]:
    names = ["product_id", "fingerprint"]
    names += [] if options.keys_only and options.fingerprints_only else ["sequence", "parent_id"]
    names += ["created_at", "updated_at"] if options.times else []
    document = [] if options.keys_only else [Utf8(items.c.document).label("document")]
    return sa.select(*(items.c[name] for name in names), *document)


def _fetch(connection: sa.Connection, query: sa.Select[Any], options: ReadOptions) -> Iterator[ItemColumns]:
    at_once = KEYS_AT_ONCE if options.keys_only else _FETCH_ROWS
    query = query.limit(options.limit) if options.limit else query
    names = query.selected_columns.keys()
    for columns in read_columns(connection, query, rows=at_once):
        yield dict(zip(names, columns, strict=True))
