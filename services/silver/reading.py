"""Stored products as the columns of a bulk read, many at a time: Gold reads a whole catalog through this."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, Final, TypeAlias

import numpy as np
import sqlalchemy as sa
from assay.silver.v1 import product_service_pb2 as pb

from services.runtime.database import Database, chunked
from services.silver.products import category_state
from services.silver.tables import PRODUCTS

MESSAGE_CHARS: Final = 1024 * 1024
Stored: TypeAlias = Sequence[Any]
"""A row of `_COLUMNS`."""

_COLUMNS: Final = (
    PRODUCTS.c.product_id,
    PRODUCTS.c.source_fingerprint,
    PRODUCTS.c.fingerprint,
    PRODUCTS.c.document,
    PRODUCTS.c.attributes,
    sa.func.coalesce(PRODUCTS.c.images, ""),
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
_NOT_THERE: Final = ("", "", "", "", "", "", "", 0)


class BulkReads:
    """Products of one catalog for Gold."""

    def __init__(self, database: Database, workspace_id: str, catalog_id: str) -> None:
        self._database = database
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def between(self, first: str, last: str) -> Sequence[Stored]:
        """The stored products from `first` through `last`, in id order."""
        with self._database.read() as connection:
            return connection.execute(_BETWEEN, self._mine | {"first": first, "last": last}).all()

    def of_ids(self, ids: Sequence[str]) -> Sequence[Stored]:
        """The stored products with these ids, in any order."""
        with self._database.read() as connection:
            return [
                row for some in chunked(ids) for row in connection.execute(_OF_IDS, self._mine | {"ids": list(some)})
            ]


def messages(ids: Sequence[str], sources: Sequence[str], stored: Sequence[Stored]) -> Iterator[pb.ReadProductsResponse]:
    """What is told of products, in messages of about `MESSAGE_CHARS`.

    Args:
        ids: of the products there are, in their order; at least one.
        sources: fingerprints of their items now.
        stored: rows of those that were normalised, and perhaps of others.
    """
    columns: list[Sequence[Any]] = list(zip(*stored, strict=True)) or [()] * len(_COLUMNS)
    states: Sequence[Any] = list(repeat(pb.PRODUCT_STATE_SILVER, len(ids)))
    if columns[0] != tuple(ids) or columns[1] != tuple(sources):  # else all are there, as their items are
        by_id = {row[0]: row for row in stored}
        found = (by_id.get(product_id, _NOT_THERE) for product_id in ids)
        told = [row if row[1] == source else _NOT_THERE for row, source in zip(found, sources, strict=True)]
        columns = list(zip(*told, strict=True))
        bronze, silver = pb.PRODUCT_STATE_BRONZE, pb.PRODUCT_STATE_SILVER
        states = [bronze if row is _NOT_THERE else silver for row in told]
    _, _, fingerprints, documents, attributes, images, categories, shared = columns
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


def _cuts(*texts: Sequence[str]) -> list[int]:
    """Where messages end: each after the text that fills it."""
    products = len(texts[0])
    sizes = sum(np.fromiter(map(len, column), dtype=np.int64, count=products) for column in texts)
    filled = np.cumsum(sizes)
    cuts: list[int] = []
    end, before = 0, 0
    while end < products:
        end = min(int(np.searchsorted(filled, before + MESSAGE_CHARS)) + 1, products)
        before = int(filled[end - 1])
        cuts.append(end)
    return cuts
