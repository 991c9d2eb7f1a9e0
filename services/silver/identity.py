"""Identities and brands of products as postings (see `shards`): who has a barcode, a part or stock number, a brand.

A term is the kind and a hash of the key, so that it is short. Two keys may have one hash: whoever asks who has a key
reads the products and compares the keys as well.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from services.silver.matching.postings import PRODUCT_BITS, Postings
from services.silver.matching.terms import Terms
from services.silver.rules.duplicates import KEYS

KEYED: Final = (*KEYS, "brand")
"""Columns of `products` that are looked up; their places are the kinds of terms."""
_KIND_BITS: Final = 32


def term(column: str, key: str) -> int:
    """The term of a key in one of the columns of `KEYED`."""
    return KEYED.index(column) << _KIND_BITS | crc32(key.encode())


def terms(column: str, keys: Iterable[str]) -> Terms:
    """The terms of keys, in their order."""
    return np.fromiter((term(column, key) for key in keys), dtype=np.uint64)


def postings_of(columns: Sequence[Sequence[str | None]], sequences: Sequence[int]) -> Postings:
    """The sorted postings of products: their keys by column of `KEYED`, and their numbers (`sequence`)."""
    numbers = np.asarray(sequences, dtype=np.uint64)
    kinds: list[npt.NDArray[np.uint64]] = []
    for kind, keys in enumerate(columns):
        hashes = np.fromiter((-1 if key is None else crc32(key.encode()) for key in keys), np.int64, len(keys))
        there = hashes >= 0
        own = hashes[there].astype(np.uint64) | np.uint64(kind << _KIND_BITS)
        kinds.append(own << PRODUCT_BITS | numbers[there])
    return np.sort(np.concatenate(kinds))


def postings_of_rows(rows: Sequence[Any]) -> Postings:
    """The same of rows that have `sequence`, `error` and the columns of `KEYED`: what the index knows of them.

    Of a product that the last run could not take that is the brand, under which its record is still listed. Its
    identities are nobody's: it is compared with nothing, and is not counted among those who share one.
    """
    columns = [[row._mapping[column] if row.error is None else None for row in rows] for column in KEYS]
    return postings_of([*columns, [row.brand for row in rows]], [row.sequence for row in rows])


def identities(postings: Postings) -> Postings:
    """Those of sorted postings that are of identities, and not of brands."""
    brands = np.uint64(KEYED.index("brand") << _KIND_BITS) << PRODUCT_BITS
    return postings[: np.searchsorted(postings, brands)]
