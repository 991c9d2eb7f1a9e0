"""Who has which identity and which brand: an index beside the products, in the database.

A run over a whole catalog writes with each partition the postings of what it wrote (a part), and makes the index of
them at its end. A run over some products changes the index in the transaction that changes the products. Parts that no
run has taken in yet, of one that is under way or was broken off, are read as well; what products no longer say may
stay in them and in the index until a whole run is through, and whoever asks compares with the products.

Measured: as four indexes over `products` the same took half the time of writing them, and more with every product there
is, because keys come in no order (docs/performance.md).
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from services.runtime.database import chunked, hold, upsert
from services.silver import components
from services.silver.identity import identities
from services.silver.matching.postings import Postings, product_of, term_of
from services.silver.matching.terms import Terms
from services.silver.rules.duplicates import MANY
from services.silver.shards import among, bits_for, in_shards, joined, packed, shard_of, unpacked
from services.silver.tables import KEY_INDEXES, KEY_PARTS, KEY_SHARDS

AT_ONCE: Final = 2_000_000
"""Postings in memory while an index is made."""
GROWN: Final = 4
"""How many times as large as when it was made an index may be before it gets more shards."""

_OWNED: Final = (
    KEY_INDEXES.c.catalog_id == sa.bindparam("of_catalog"),
    KEY_INDEXES.c.workspace_id == sa.bindparam("of_workspace"),
)
_STATE: Final = sa.select(KEY_INDEXES.c.bits, KEY_INDEXES.c.size, KEY_INDEXES.c.built).where(*_OWNED)
_OF_CATALOG: Final = KEY_SHARDS.c.catalog_id == sa.bindparam("of_catalog")
_SHARDS: Final = sa.select(KEY_SHARDS.c.shard, KEY_SHARDS.c.postings).where(
    _OF_CATALOG, KEY_SHARDS.c.shard.in_(sa.bindparam("shards", expanding=True))
)
# Of whole catalogs: read some at a time, where the driver would read all.
_STREAMED: Final[dict[str, Any]] = {"yield_per": 32}
_ALL_SHARDS: Final = (
    sa.select(KEY_SHARDS.c.postings).where(_OF_CATALOG).order_by(KEY_SHARDS.c.shard).execution_options(**_STREAMED)
)
_DROP_SHARDS: Final = sa.delete(KEY_SHARDS).where(_OF_CATALOG)
_OF_PARTS: Final = (
    KEY_PARTS.c.catalog_id == sa.bindparam("of_catalog"),
    KEY_PARTS.c.workspace_id == sa.bindparam("of_workspace"),
)
_PARTS: Final = sa.select(KEY_PARTS.c.postings).where(*_OF_PARTS)
_PARTS_OF_RUN: Final = (
    _PARTS.where(KEY_PARTS.c.run == sa.bindparam("of_run"))
    .order_by(KEY_PARTS.c.partition)
    .execution_options(**_STREAMED)
)
# PostgreSQL's sum of such numbers is no such number.
_SIZE_OF_RUN: Final = sa.select(sa.cast(sa.func.sum(KEY_PARTS.c.size), sa.BigInteger)).where(
    *_OF_PARTS, KEY_PARTS.c.run == sa.bindparam("of_run")
)
_DROP_PARTS: Final = sa.delete(KEY_PARTS).where(*_OF_PARTS)


class KeyIndex:
    """The index of one catalog, within the caller's transactions."""

    def __init__(self, workspace_id: str, catalog_id: str) -> None:
        self._catalog_id = catalog_id
        self._workspace_id = workspace_id
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def holders(self, connection: sa.Connection, wanted: Terms) -> Postings:
        """All postings of terms, sorted and distinct."""
        wanted = np.unique(wanted)
        state = connection.execute(_STATE, self._mine).one_or_none()
        pieces = []
        if state is not None:
            numbers = sorted(set(map(int, shard_of(wanted, state.bits))))
            for some in chunked(numbers):
                for row in connection.execute(_SHARDS, self._mine | {"shards": some}):
                    pieces += among(unpacked(row.postings), wanted)
        for blob in connection.execute(_PARTS, self._mine).scalars():
            pieces += among(unpacked(blob), wanted)
        return joined(pieces)

    def hold(self, connection: sa.Connection) -> None:
        """From here to the end of the transaction nobody else changes the index.

        To be called before what products say is read, by whoever tells the index how that changes: partitions of one
        run may change the same shard.
        """
        hold(connection, f"keys {self._catalog_id}")

    def put_part(self, connection: sa.Connection, run: int, partition: int, postings: Postings) -> None:
        """Keeps what a partition of a run over the whole catalog wrote, in place of what it said before."""
        row = (self._catalog_id, run, partition, self._workspace_id, len(postings), packed(postings))
        columns = ("catalog_id", "run", "partition", "workspace_id", "size", "postings")
        upsert(connection, KEY_PARTS, columns, [row])

    def change(self, connection: sa.Connection, gone: Postings, new: Postings) -> set[int]:
        """Takes away the postings that are `gone` and not `new`, and adds the others. Nothing is written for equals.

        Returns the products that have an identity in common with so many that what it says may have turned.
        """
        gone, new = np.setdiff1d(gone, new), np.setdiff1d(new, gone)
        if not len(gone) and not len(new):
            return set()
        self.hold(connection)
        turned = self._turned(connection, gone, new)
        bits, size, built = connection.execute(_STATE, self._mine).one_or_none() or (0, 0, 0)
        less, more = dict(in_shards(gone, bits)), dict(in_shards(new, bits))
        numbers = sorted(less.keys() | more.keys())
        before = {
            row.shard: unpacked(row.postings)
            for some in chunked(numbers)
            for row in connection.execute(_SHARDS, self._mine | {"shards": some})
        }
        nothing = new[:0]
        after = {
            number: np.union1d(
                np.setdiff1d(before.get(number, nothing), less.get(number, nothing), assume_unique=True),
                more.get(number, nothing),
            )
            for number in numbers
        }
        self._write(connection, list(after.items()))
        size += sum(len(after[number]) - len(before.get(number, nothing)) for number in numbers)
        self._note(connection, bits, size, built or size)
        if bits_for(size) > bits and size > GROWN * built:
            self._cut_anew(connection)
        return turned

    def make(self, connection: sa.Connection, run: int) -> None:
        """Makes the index of what the partitions of a run over the whole catalog wrote, and drops all parts.

        Does nothing when there are none: it was made.
        """
        of_run = self._mine | {"of_run": run}
        self.hold(connection)
        size = connection.execute(_SIZE_OF_RUN, of_run).scalar_one()
        if size is None:
            return
        bits = bits_for(size)
        connection.execute(_DROP_SHARDS, self._mine)
        passes = min(-(-size // AT_ONCE), 1 << bits)
        for number in range(passes):  # some shards at a time, so that memory does not grow with the catalog
            low, high = ((number + at) * (1 << bits) // passes for at in (0, 1))
            pieces = [
                postings if passes == 1 else postings[_between(shard_of(term_of(postings), bits), low, high)]
                for postings in map(unpacked, connection.execute(_PARTS_OF_RUN, of_run).scalars())
            ]
            self._write(connection, list(in_shards(joined(pieces), bits)))
        connection.execute(_DROP_PARTS, self._mine)
        self._note(connection, bits, size, size)

    def shared(self, connection: sa.Connection) -> Iterator[Postings]:
        """The postings of identities that more than one product has, shard by shard; parts are not looked at."""
        for blob in connection.execute(_ALL_SHARDS, self._mine).scalars():
            postings = identities(unpacked(blob))
            listed = term_of(postings)
            same = listed[1:] == listed[:-1]
            if same.any():
                yield postings[np.concatenate((same, [False])) | np.concatenate(([False], same))]

    def _turned(self, connection: sa.Connection, gone: Postings, new: Postings) -> set[int]:
        """The holders of identities that more than `MANY` share before or after; of crowds before and after, nobody."""
        changed = np.unique(term_of(np.concatenate((identities(gone), identities(new)))))
        if not len(changed):
            return set()
        was = self.holders(connection, changed)
        now = np.union1d(np.setdiff1d(was, gone, assume_unique=True), new)
        turned: set[int] = set()
        before, after = (_counts(postings, changed) for postings in (was, now))
        telling = (np.maximum(before, after) > MANY) & (np.minimum(before, after) <= components.CROWD)
        for piece in among(now, changed[telling]):
            turned |= set(product_of(piece).tolist())
        return turned

    def _cut_anew(self, connection: sa.Connection) -> None:
        """More shards for an index that has grown a lot by runs over some products."""
        everything = joined(map(unpacked, connection.execute(_ALL_SHARDS, self._mine).scalars()))
        bits = bits_for(len(everything))
        connection.execute(_DROP_SHARDS, self._mine)
        self._write(connection, list(in_shards(everything, bits)))
        self._note(connection, bits, len(everything), len(everything))

    def _write(self, connection: sa.Connection, shards: list[tuple[int, Postings]]) -> None:
        rows = [(self._catalog_id, number, packed(postings)) for number, postings in shards]
        upsert(connection, KEY_SHARDS, ("catalog_id", "shard", "postings"), rows)

    def _note(self, connection: sa.Connection, bits: int, size: int, built: int) -> None:
        row = (self._catalog_id, self._workspace_id, bits, size, built)
        upsert(connection, KEY_INDEXES, ("catalog_id", "workspace_id", "bits", "size", "built"), [row])


def _counts(postings: Postings, terms: Terms) -> npt.NDArray[np.int64]:
    listed = term_of(postings)
    return np.searchsorted(listed, terms, side="right") - np.searchsorted(listed, terms, side="left")


def _between(shards: Any, low: int, high: int) -> Any:
    return (shards >= np.uint64(low)) & (shards < np.uint64(high))
