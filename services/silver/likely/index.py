"""The index in the database: which products have a word or a model code, and which of them a product has.

It is made of segments, as indexes of texts are: a run writes what products say now and did not say before as a new
one, what they no longer say as another, and segments of like size are put together when there are many, so that nothing
is ever changed in place. A posting is there if it was added once more than it was taken away. A segment lies in shards
of some thousand postings, of which a question reads those that its terms, or its products, are in.
"""

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import sqlalchemy as sa

from services.runtime.database import chunked, upsert
from services.silver.matching import Strictness
from services.silver.matching.commonness import Commonness, Counts
from services.silver.matching.postings import PRODUCT_BITS, TERM_BITS, Postings, by_product, by_term, term_of
from services.silver.matching.terms import KEY, Terms, kind_of
from services.silver.shards import NO_POSTINGS, among, balance, bits_for, in_shards, packed, shard_of, unpacked
from services.silver.tables import LIKELY_INDEXES, LIKELY_POSTINGS

FANOUT: Final = 8
"""Segments of one size that are kept apart."""
_SHARD_BITS: Final = 20
_COUNTS: Final = ("words", "codes", "readings", "looks")
_COLUMNS: Final = (
    "catalog_id",
    "workspace_id",
    "strictness",
    "segments",
    "built",
    *_COUNTS,
)
_OWNED: Final = (
    LIKELY_INDEXES.c.catalog_id == sa.bindparam("of_catalog"),
    LIKELY_INDEXES.c.workspace_id == sa.bindparam("of_workspace"),
)
_INDEX: Final = sa.select(LIKELY_INDEXES).where(*_OWNED)
_STATE: Final = sa.select(*(LIKELY_INDEXES.c[name] for name in ("strictness", "segments", "built"))).where(*_OWNED)
_OF_CATALOG: Final = LIKELY_POSTINGS.c.catalog_id == sa.bindparam("of_catalog")
_SLOTS: Final = sa.select(LIKELY_POSTINGS.c.slot, LIKELY_POSTINGS.c.postings).where(
    _OF_CATALOG, LIKELY_POSTINGS.c.slot.in_(sa.bindparam("slots", expanding=True))
)
_WITHIN: Final = (_OF_CATALOG, LIKELY_POSTINGS.c.slot.between(sa.bindparam("first"), sa.bindparam("last")))
_SEGMENT: Final = sa.select(LIKELY_POSTINGS.c.postings).where(*_WITHIN)
_DROP_SEGMENT: Final = sa.delete(LIKELY_POSTINGS).where(*_WITHIN)


class Segment(NamedTuple):
    """A part of the index: its number, how many bits its shards' numbers have, and how many postings it holds."""

    number: int
    bits: int
    size: int
    turned: bool
    """Whether it lies by product instead of by term."""
    gone: bool
    """Whether its postings are taken away."""

    @property
    def slots(self) -> dict[str, int]:
        """The first and the last slot its shards may have."""
        return {"first": self.number << _SHARD_BITS, "last": (self.number + 1 << _SHARD_BITS) - 1}


class State(NamedTuple):
    """What an index is made for, and how large it is."""

    strictness: Strictness
    segments: tuple[Segment, ...]
    built: int

    @property
    def size(self) -> int:
        """Postings in all segments."""
        return sum(segment.size for segment in self.segments)


class Index(NamedTuple):
    """An index as it was read."""

    strictness: Strictness
    segments: tuple[Segment, ...]
    built: int
    """Postings it had when it was made of the whole catalog."""
    commonness: Commonness


_NOTHING: Final = Counts(np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.uint32))
NO_INDEX: Final = Index(Strictness.NORMAL, (), 0, Commonness(_NOTHING, _NOTHING, _NOTHING, _NOTHING))


class IndexStore:
    """The index of one catalog, within the caller's transactions."""

    def __init__(self, workspace_id: str, catalog_id: str) -> None:
        self._mine = {"of_workspace": workspace_id, "of_catalog": catalog_id}
        self._owner = (catalog_id, workspace_id)

    def read(self, connection: sa.Connection) -> Index:
        """The index; `NO_INDEX` where none was made."""
        row = connection.execute(_INDEX, self._mine).one_or_none()
        if row is None:
            return NO_INDEX
        arrays = (np.frombuffer(getattr(row, name), dtype="<u4").reshape(2, -1) for name in _COUNTS)
        segments = tuple(Segment(*entry) for entry in json.loads(row.segments))
        return Index(Strictness(row.strictness), segments, row.built, Commonness(*(Counts(*both) for both in arrays)))

    def state(self, connection: sa.Connection) -> State | None:
        """What is told of the index without its arrays; None where none was made."""
        row = connection.execute(_STATE, self._mine).one_or_none()
        if row is None:
            return None
        segments = tuple(Segment(*entry) for entry in json.loads(row.segments))
        return State(Strictness(row.strictness), segments, row.built)

    def write(self, connection: sa.Connection, index: Index) -> None:
        """Keeps what `read` is to give."""
        arrays = [np.asarray(counts, dtype="<u4").tobytes() for counts in index.commonness]
        row = (*self._owner, str(index.strictness), json.dumps(index.segments), index.built, *arrays)
        upsert(connection, LIKELY_INDEXES, _COLUMNS, [row])

    def add(
        self, connection: sa.Connection, segments: tuple[Segment, ...], new: Postings, gone: Postings = NO_POSTINGS
    ) -> tuple[Segment, ...]:
        """Writes sorted postings that are new, and such as are gone, as segments; returns the segments there are then.

        What is new must not have been there, what is gone must have been.
        """
        for postings, is_gone in ((new, False), (gone, True)):
            segments = self._add(connection, segments, postings, turned=False, gone=is_gone)
            said = by_product(postings[kind_of(term_of(postings)) != KEY])  # keys follow from the rest
            segments = self._add(connection, segments, said, turned=True, gone=is_gone)
        return segments

    def tidy(self, connection: sa.Connection, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Puts segments of like size together where there are many of them."""
        by_size: dict[tuple[bool, int], list[Segment]] = {}
        for segment in segments:
            by_size.setdefault((segment.turned, segment.size.bit_length() // 3), []).append(segment)
        for (turned, _), alike in by_size.items():
            if len(alike) < FANOUT:
                continue
            added, taken = (
                [self._whole(connection, segment) for segment in alike if segment.gone is gone]
                for gone in (False, True)
            )
            together = balance(added, taken)
            self.drop(connection, alike)
            rest = tuple(segment for segment in segments if segment not in alike)
            for postings, gone in zip(together, (False, True), strict=True):
                rest = self._add(connection, rest, postings, turned=turned, gone=gone)
            return self.tidy(connection, rest)
        return segments

    def drop(self, connection: sa.Connection, segments: Iterable[Segment]) -> None:
        """Deletes segments."""
        for segment in segments:
            connection.execute(_DROP_SEGMENT, self._mine | segment.slots)

    def drop_newer(self, connection: sa.Connection, segments: tuple[Segment, ...]) -> None:
        """Deletes what is newer than these segments."""
        last = max((segment.number for segment in segments), default=0)
        connection.execute(_DROP_SEGMENT, self._mine | {"first": last + 1 << _SHARD_BITS, "last": 2**62})

    def postings(self, connection: sa.Connection, segments: Iterable[Segment], terms: Terms) -> Postings:
        """All postings of these (sorted, distinct) terms, sorted."""
        asked = [segment for segment in segments if not segment.turned]
        return self._read(connection, asked, terms, PRODUCT_BITS)

    def said(self, connection: sa.Connection, segments: Iterable[Segment], products: Iterable[int]) -> Postings:
        """All postings of these products but their keys, sorted by term."""
        numbers = np.array(sorted(products), dtype=np.uint64)
        asked = [segment for segment in segments if segment.turned]
        return by_term(self._read(connection, asked, numbers, TERM_BITS))

    def _add(
        self, connection: sa.Connection, segments: tuple[Segment, ...], postings: Postings, *, turned: bool, gone: bool
    ) -> tuple[Segment, ...]:
        if not len(postings):
            return segments
        number = max((segment.number for segment in segments), default=0) + 1
        bits = bits_for(len(postings))
        rows = [
            (self._mine["of_catalog"], number << _SHARD_BITS | place, packed(part))
            for place, part in in_shards(postings, bits, TERM_BITS if turned else PRODUCT_BITS)
        ]
        upsert(connection, LIKELY_POSTINGS, ("catalog_id", "slot", "postings"), rows)
        return (*segments, Segment(number, bits, len(postings), turned, gone))

    def _read(self, connection: sa.Connection, segments: list[Segment], asked: Terms, below: np.uint64) -> Postings:
        slots = [
            segment.number << _SHARD_BITS | int(shard)
            for segment in segments
            for shard in np.unique(shard_of(asked, segment.bits))
        ]
        gone = {segment.number for segment in segments if segment.gone}
        added: list[Postings] = []
        taken: list[Postings] = []
        for some in chunked(slots):
            for row in connection.execute(_SLOTS, self._mine | {"slots": some}):
                pieces = taken if row.slot >> _SHARD_BITS in gone else added
                pieces += among(unpacked(row.postings), asked, below)
        return balance(added, taken)[0]

    def _whole(self, connection: sa.Connection, segment: Segment) -> Postings:
        blobs = connection.execute(_SEGMENT, self._mine | segment.slots).scalars()
        return np.concatenate([NO_POSTINGS, *map(unpacked, blobs)])
