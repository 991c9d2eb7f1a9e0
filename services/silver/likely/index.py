"""The index in the database: which products have a word or a model code.

It is made of segments, as indexes of texts are: a run writes what it has read as a new one, and segments of like size
are put together when there are many, so that nothing is ever changed in place. A segment lies in shards of some
thousand postings, of which a question reads those that its terms are in. What a product was before stays in older
segments until the next run over the whole catalog: whoever asks looks at the product as it is, and finds that out.
"""

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import sqlalchemy as sa

from services.runtime.database import chunked, upsert
from services.silver.matching import Strictness
from services.silver.matching.commonness import Commonness
from services.silver.matching.postings import Postings, Terms
from services.silver.shards import NO_POSTINGS, among, bits_for, in_shards, joined, packed, shard_of, unpacked
from services.silver.tables import LIKELY_INDEXES, LIKELY_POSTINGS

FANOUT: Final = 8
"""Segments of one size that are kept apart."""
_SHARD_BITS: Final = 20
_ARRAYS: Final = (("words", "<u4"), ("word_levels", "u1"), ("codes", "<u4"), ("code_levels", "u1"))
_COLUMNS: Final = (
    "catalog_id",
    "workspace_id",
    "strictness",
    "segments",
    "built",
    *(name for name, _ in _ARRAYS),
)
_OWNED: Final = (
    LIKELY_INDEXES.c.catalog_id == sa.bindparam("of_catalog"),
    LIKELY_INDEXES.c.workspace_id == sa.bindparam("of_workspace"),
)
_INDEX: Final = sa.select(LIKELY_INDEXES).where(*_OWNED)
_STATE: Final = sa.select(*(LIKELY_INDEXES.c[name] for name in ("strictness", "segments", "built"))).where(*_OWNED)
_OF_CATALOG: Final = LIKELY_POSTINGS.c.catalog_id == sa.bindparam("of_catalog")
_SLOTS: Final = sa.select(LIKELY_POSTINGS.c.postings).where(
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

    @property
    def slots(self) -> dict[str, int]:
        """The first and the last slot its shards may have."""
        return {"first": self.number << _SHARD_BITS, "last": (self.number + 1 << _SHARD_BITS) - 1}


class State(NamedTuple):
    """What an index is made for, and how large it is."""

    strictness: Strictness
    size: int
    built: int


class Index(NamedTuple):
    """An index as it was read."""

    strictness: Strictness
    segments: tuple[Segment, ...]
    built: int
    """Postings it had when it was made of the whole catalog."""
    commonness: Commonness


NO_INDEX: Final = Index(
    Strictness.NORMAL, (), 0, Commonness(*(np.zeros(0, dtype=np.dtype(kind)) for _, kind in _ARRAYS))
)


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
        arrays = (np.frombuffer(getattr(row, name), dtype=np.dtype(kind)) for name, kind in _ARRAYS)
        segments = tuple(Segment(*entry) for entry in json.loads(row.segments))
        return Index(Strictness(row.strictness), segments, row.built, Commonness(*arrays))

    def state(self, connection: sa.Connection) -> State | None:
        """What is told of the index without its arrays; None where none was made."""
        row = connection.execute(_STATE, self._mine).one_or_none()
        if row is None:
            return None
        size = sum(Segment(*entry).size for entry in json.loads(row.segments))
        return State(Strictness(row.strictness), size, row.built)

    def write(self, connection: sa.Connection, index: Index) -> None:
        """Keeps what `read` is to give."""
        arrays = [
            np.asarray(array, dtype=kind).tobytes() for array, (_, kind) in zip(index.commonness, _ARRAYS, strict=True)
        ]
        row = (*self._owner, str(index.strictness), json.dumps(index.segments), index.built, *arrays)
        upsert(connection, LIKELY_INDEXES, _COLUMNS, [row])

    def add(self, connection: sa.Connection, segments: tuple[Segment, ...], postings: Postings) -> tuple[Segment, ...]:
        """Writes sorted postings as a segment beside the others; returns the segments there are then."""
        if not len(postings):
            return segments
        number = max((segment.number for segment in segments), default=0) + 1
        bits = bits_for(len(postings))
        rows = [
            (self._mine["of_catalog"], number << _SHARD_BITS | place, packed(part))
            for place, part in in_shards(postings, bits)
        ]
        upsert(connection, LIKELY_POSTINGS, ("catalog_id", "slot", "postings"), rows)
        return (*segments, Segment(number, bits, len(postings)))

    def tidy(self, connection: sa.Connection, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Puts segments of like size together where there are many of them."""
        by_size: dict[int, list[Segment]] = {}
        for segment in segments:
            by_size.setdefault(segment.size.bit_length() // 3, []).append(segment)
        for alike in by_size.values():
            if len(alike) < FANOUT:
                continue
            together = np.unique(np.concatenate([self._whole(connection, segment) for segment in alike]))
            self.drop(connection, alike)
            return self.tidy(connection, self.add(connection, tuple(s for s in segments if s not in alike), together))
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
        slots = [
            segment.number << _SHARD_BITS | int(shard)
            for segment in segments
            for shard in np.unique(shard_of(terms, segment.bits))
        ]
        return joined(
            piece
            for some in chunked(slots)
            for blob in connection.execute(_SLOTS, self._mine | {"slots": some}).scalars()
            for piece in among(unpacked(blob), terms)
        )

    def _whole(self, connection: sa.Connection, segment: Segment) -> Postings:
        blobs = connection.execute(_SEGMENT, self._mine | segment.slots).scalars()
        return np.concatenate([NO_POSTINGS, *map(unpacked, blobs)])
