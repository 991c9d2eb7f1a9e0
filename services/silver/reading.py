"""Stored products as the columns of a bulk read, many at a time: Gold reads a whole catalog through this."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import sqlalchemy as sa
from assay.silver.v1 import product_service_pb2 as pb

from services.runtime.database import Database, Utf8, chunked, read_columns
from services.silver.products import category_state
from services.silver.tables import PRODUCTS

MESSAGE_BYTES: Final = 1024 * 1024
Columns: TypeAlias = list[list[Any]]
"""Those of `_COLUMNS`."""

_COLUMNS: Final = (
    PRODUCTS.c.product_id,
    PRODUCTS.c.source_fingerprint,
    PRODUCTS.c.fingerprint,
    Utf8(PRODUCTS.c.document),
    Utf8(PRODUCTS.c.attributes),
    Utf8(sa.func.coalesce(PRODUCTS.c.images, "")),
    PRODUCTS.c.category,
    sa.func.coalesce(PRODUCTS.c.shared_gtin, 0),
)
_MINE: Final = (
    PRODUCTS.c.catalog_id == sa.bindparam("of_catalog"),
    PRODUCTS.c.workspace_id == sa.bindparam("of_workspace"),
)
_BETWEEN: Final = (
    sa.select(*_COLUMNS)
    .where(*_MINE, PRODUCTS.c.product_id.between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(PRODUCTS.c.product_id)
)
_OF_IDS: Final = sa.select(*_COLUMNS).where(*_MINE, PRODUCTS.c.product_id.in_(sa.bindparam("ids", expanding=True)))
# A category without a text has the state none; of what is not in Silver nothing is told.
_NOT_THERE: Final = ("", None, "", b"", b"", b"", "", 0)


class BulkReads:
    """Products of one catalog for Gold."""

    def __init__(self, database: Database, workspace_id: str, catalog_id: str) -> None:
        self._database = database
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def between(self, first: str, last: str) -> Columns:
        """The stored products from `first` through `last`, in id order."""
        with self._database.read() as connection:
            return _read(connection, _BETWEEN, [self._mine | {"first": first, "last": last}])

    def of_ids(self, ids: Sequence[str]) -> Columns:
        """The stored products with these ids, in any order."""
        with self._database.read() as connection:
            return _read(connection, _OF_IDS, [self._mine | {"ids": list(some)} for some in chunked(ids)])


def _read(connection: sa.Connection, query: sa.Select[Any], parts: Sequence[Mapping[str, Any]]) -> Columns:
    """What the query finds with each of the parameters."""
    columns: list[list[Any]] = [[] for _ in _COLUMNS]
    for part in parts:
        for found in read_columns(connection, query, part):
            for column, values in zip(columns, found, strict=True):
                column.extend(values)
    return columns


def messages(ids: list[str], sources: list[str], stored: Columns) -> Iterator[pb.ReadProductsResponse]:
    """What is told of products, in messages of about `MESSAGE_BYTES`.

    Args:
        ids: of the products there are, in their order; at least one.
        sources: fingerprints of their items now.
        stored: those that were normalised, and perhaps others.
    """
    stored = stored if stored[0] == ids else _aligned(ids, stored)
    states: list[Any] = [pb.PRODUCT_STATE_SILVER] * len(ids)
    if stored[1] != sources:
        stored = [list(column) for column in stored]
        for place in [place for place, pair in enumerate(zip(stored[1], sources, strict=True)) if pair[0] != pair[1]]:
            states[place] = pb.PRODUCT_STATE_BRONZE
            for column, nothing in zip(stored, _NOT_THERE, strict=True):
                column[place] = nothing
    _, _, fingerprints, documents, attributes, images, categories, shared = stored
    start = 0
    for end in _cuts(documents, attributes, images):
        yield pb.ReadProductsResponse(
            ids=ids[start:end],
            states=states[start:end],
            fingerprints=fingerprints[start:end],
            documents=documents[start:end],
            attributes=attributes[start:end],
            images=images[start:end],
            category_states=map(category_state, categories[start:end]),
            shared_gtins=shared[start:end],
        )
        start = end


def _aligned(ids: Sequence[str], stored: Columns) -> Columns:
    """The columns with a place for each of the products, also for those that are not stored."""
    known = {product_id: place for place, product_id in enumerate(stored[0])}
    places = [known.get(product_id, -1) for product_id in ids]
    with_none = [[*column, nothing] for column, nothing in zip(stored, _NOT_THERE, strict=True)]
    return [[column[place] for place in places] for column in with_none]


def _cuts(*texts: Sequence[bytes]) -> list[int]:
    """Where messages end: each after the text that fills it."""
    products = len(texts[0])
    sizes = sum(np.fromiter(map(len, column), dtype=np.int64, count=products) for column in texts)
    filled = np.cumsum(sizes)
    cuts: list[int] = []
    end, before = 0, 0
    while end < products:
        end = min(int(np.searchsorted(filled, before + MESSAGE_BYTES)) + 1, products)
        before = int(filled[end - 1])
        cuts.append(end)
    return cuts
