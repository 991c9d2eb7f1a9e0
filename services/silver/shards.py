"""Sorted postings in shards: how the indexes of this service lie in its database.

A posting is one unsigned number of 64 bits, term above and product below (see `matching.postings`). All postings of a
term are in one shard, so that whoever asks for a few terms reads a few rows, and whoever writes many products writes
few and large ones: in an index over the rows themselves, keys that come in no order change pages all over the index.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.silver.matching.postings import PRODUCT_BITS, Postings, Terms, term_of

SHARD: Final = 4_096
"""Postings in a shard, about."""
NO_POSTINGS: Final[Postings] = np.zeros(0, dtype=np.uint64)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def bits_for(size: int) -> int:
    """How many bits the numbers of shards need, so that each holds about `SHARD` of so many postings."""
    return max(0, int(np.ceil(np.log2(size / SHARD)))) if size > SHARD else 0


def shard_of(terms: Terms, bits: int) -> npt.NDArray[np.uint64]:
    """The number of each term's shard."""
    if not bits:
        return np.zeros(len(terms), dtype=np.uint64)
    with np.errstate(over="ignore"):
        return terms * _MIX >> np.uint64(64 - bits)


def in_shards(postings: Postings, bits: int) -> Iterator[tuple[int, Postings]]:
    """The shards that sorted postings fall into, with the postings of each, sorted."""
    if not len(postings):
        return
    shard = shard_of(term_of(postings), bits)
    order = np.argsort(shard, kind="stable")
    shards, starts = np.unique(shard[order], return_index=True)
    yield from zip(map(int, shards), np.split(postings[order], starts[1:]), strict=True)


def packed(postings: Postings) -> bytes:
    """Postings as they are stored."""
    return np.asarray(postings, dtype="<u8").tobytes()


def unpacked(blob: Any) -> Postings:
    """Postings as they were stored."""
    return np.frombuffer(blob, dtype="<u8")


def among(postings: Postings, terms: Terms) -> list[Postings]:
    """The postings of (sorted, distinct) terms among sorted postings, in pieces.

    Term by term: beside them there may be a term that half of the catalog has.
    """
    starts = np.searchsorted(postings, terms << PRODUCT_BITS)
    ends = np.searchsorted(postings, terms + np.uint64(1) << PRODUCT_BITS)
    return [postings[start:end] for start, end in zip(starts, ends, strict=True) if end > start]


def joined(pieces: Iterable[Postings]) -> Postings:
    """Pieces as one array of sorted, distinct postings."""
    together = np.sort(
        np.concatenate([NO_POSTINGS, *pieces])
    )  # `unique` alone works by hashing, which takes thrice as long
    return together[np.concatenate(([True], together[1:] != together[:-1]))] if len(together) else together
