"""Sorted postings in shards: how the indexes of this service lie in its database.

A posting is one unsigned number of 64 bits, term above and product below (see `matching.postings`). All postings of a
term are in one shard, so that whoever asks for a few terms reads a few rows, and whoever writes many products writes
few and large ones: in an index over the rows themselves, keys that come in no order change pages all over the index.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.silver.matching.arrays import distinct
from services.silver.matching.postings import PRODUCT_BITS, Postings
from services.silver.matching.terms import Terms

SHARD: Final = 4_096
"""Postings in a shard, about."""
NO_POSTINGS: Final[Postings] = np.zeros(0, dtype=np.uint64)
_FAST_BITS: Final = 16
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


def in_shards(postings: Postings, bits: int, below: np.uint64 = PRODUCT_BITS) -> Iterator[tuple[int, Postings]]:
    """The shards that sorted postings fall into, with the postings of each, sorted.

    `below` is how many bits are below of what is asked for: of a posting the product, or the term, if it is turned.
    """
    if not len(postings):
        return
    shard = shard_of(postings >> below, bits)
    if bits <= _FAST_BITS:
        shard = shard.astype(np.uint16)  # sorted digit by digit, in a fraction of the time
    order = np.argsort(shard, kind="stable")
    shards, starts = np.unique(shard[order], return_index=True)
    yield from zip(map(int, shards), np.split(postings[order], starts[1:]), strict=True)


def packed(postings: Postings) -> bytes:
    """Postings as they are stored."""
    return np.asarray(postings, dtype="<u8").tobytes()


def unpacked(blob: Any) -> Postings:
    """Postings as they were stored."""
    return np.frombuffer(blob, dtype="<u8")


def among(postings: Postings, terms: Terms, below: np.uint64 = PRODUCT_BITS) -> list[Postings]:
    """The postings of (sorted, distinct) terms among sorted postings, in pieces.

    Term by term: beside them there may be a term that half of the catalog has.
    """
    starts = np.searchsorted(postings, terms << below)
    # With the highest number below instead of the next term, which after the last one is beyond 64 bits.
    ends = np.searchsorted(postings, terms << below | (np.uint64(1) << below) - np.uint64(1), side="right")
    return [postings[start:end] for start, end in zip(starts, ends, strict=True) if end > start]


def joined(pieces: Iterable[Postings]) -> Postings:
    """Pieces as one array of sorted, distinct postings."""
    return distinct(np.concatenate([NO_POSTINGS, *pieces]))


def balance(added: Iterable[Postings], taken: Iterable[Postings]) -> tuple[Postings, Postings]:
    """What is left of postings that were added and taken away again, in whatever order: more added, more taken.

    Both are sorted; a posting is there as many times as it was once more.
    """
    plus, minus = (np.concatenate([NO_POSTINGS, *pieces]) for pieces in (added, taken))
    if not len(minus):
        return np.sort(plus), minus
    both = np.concatenate((plus, minus))
    times = np.concatenate((np.ones(len(plus), dtype=np.int64), np.full(len(minus), -1)))
    order = np.argsort(both, kind="stable")
    both, times = both[order], times[order]
    first = np.flatnonzero(np.concatenate(([True], both[1:] != both[:-1])))
    sums = np.add.reduceat(times, first)
    return np.repeat(both[first], np.maximum(sums, 0)), np.repeat(both[first], np.maximum(-sums, 0))
