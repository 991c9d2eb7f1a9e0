"""Products as the search reads them (`PRODUCT_SCHEMA`), from their stored records."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from services.runtime.database import Database, by_index, chunked
from services.silver.matching import PRODUCT_SCHEMA
from services.silver.tables import PRODUCTS

READ: Final = 4_000
"""Products in memory as text at a time."""
_FIELDS: Final = {
    "parentId": "parent_id",
    **{name: name for name in PRODUCT_SCHEMA if name not in {"product_id", "sequence", "gtin14", "parent_id"}},
}
_RECORD: Final = pl.Struct(dict.fromkeys(_FIELDS, pl.String))
_NO_PRODUCTS: Final = pl.DataFrame(schema=PRODUCT_SCHEMA)
_COLUMNS: Final = (PRODUCTS.c.product_id, PRODUCTS.c.sequence, PRODUCTS.c.gtin14, PRODUCTS.c.document)
_MINE: Final = (
    PRODUCTS.c.catalog_id == sa.bindparam("of_catalog"),
    PRODUCTS.c.workspace_id == sa.bindparam("of_workspace"),
    # There is a record. The text stands in the statement, or the index of what is not indexed may not be used.
    PRODUCTS.c.source_fingerprint != sa.literal_column("''"),
    PRODUCTS.c.error.is_(None),  # and it is up to date
)
_AFTER: Final = (
    sa.select(*_COLUMNS)
    .where(*_MINE, PRODUCTS.c.product_id > sa.bindparam("after"))
    .order_by(PRODUCTS.c.product_id)
    .limit(sa.bindparam("most"))
)
_OF_SEQUENCES: Final = sa.select(*_COLUMNS).where(
    *_MINE, PRODUCTS.c.sequence.in_(sa.bindparam("values", expanding=True))
)
_UNINDEXED: Final = (
    sa.select(*_COLUMNS)
    .where(*_MINE, PRODUCTS.c.indexed.is_distinct_from(PRODUCTS.c.fingerprint))
    .limit(sa.bindparam("most"))
)
_NOTE: Final = (
    sa.update(PRODUCTS)
    .where(*_MINE, PRODUCTS.c.product_id == sa.bindparam("noted"))
    .values(indexed=PRODUCTS.c.fingerprint)
)
_NOTE_ALL: Final = (
    sa.update(PRODUCTS)
    .where(*_MINE, PRODUCTS.c.indexed.is_distinct_from(PRODUCTS.c.fingerprint))
    .values(indexed=PRODUCTS.c.fingerprint)
)


class Texts:
    """The records of one catalog."""

    def __init__(self, workspace_id: str, catalog_id: str) -> None:
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def all(self, database: Database) -> Iterator[pl.DataFrame]:
        """All products, some thousand at a time."""
        after = ""
        while True:
            with database.read() as connection:
                rows = connection.execute(_AFTER, self._mine | {"after": after, "most": READ}).all()
            if not rows:
                return
            after = rows[-1].product_id
            yield _frame(rows)

    def first(self, connection: sa.Connection, most: int) -> pl.DataFrame:
        """Up to so many products."""
        return _frame(connection.execute(_AFTER, self._mine | {"after": "", "most": most}))

    def of(self, connection: sa.Connection, sequences: Iterable[int]) -> pl.DataFrame:
        """The products of these numbers that are there."""
        rows: list[Any] = []
        for some in chunked(sorted(sequences)):
            rows += connection.execute(_OF_SEQUENCES, self._mine | {"values": some}).all()
        return _frame(rows)

    def unindexed(self, connection: sa.Connection, most: int) -> pl.DataFrame:
        """Up to so many products whose record is not the one that the index knows; mostly none. Read by an index."""
        by_index(connection)
        return _frame(list(connection.execute(_UNINDEXED, self._mine | {"most": most})))

    def note(self, connection: sa.Connection, product_ids: Collection[str] | None) -> None:
        """Notes that the index knows the records of these products; None: of all."""
        if product_ids is None:
            connection.execute(_NOTE_ALL, self._mine)
        elif len(product_ids):
            connection.execute(_NOTE, [self._mine | {"noted": product_id} for product_id in product_ids])


def _frame(rows: Iterable[Any]) -> pl.DataFrame:
    given = [tuple(row) for row in rows]
    if not given:  # what each small run of unchanged products finds: in no time
        return _NO_PRODUCTS
    schema = {"product_id": pl.String, "sequence": pl.Int64, "gtin14": pl.String, "document": pl.String}
    frame = pl.DataFrame(given, schema=schema, orient="row")
    record = frame["document"].str.json_decode(_RECORD).struct.unnest().rename(_FIELDS)
    return frame.drop("document").hstack(record).select_seq(PRODUCT_SCHEMA.names())
