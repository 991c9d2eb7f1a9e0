"""The search for likely duplicates in a stored catalog: all of it, or what a few products have to do with it."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import sqlalchemy as sa

from services.runtime.database import Database
from services.runtime.errors import JobInterrupted
from services.silver.likely.asking import Numbers, answers, asked, with_keys
from services.silver.likely.gone import GoneProducts
from services.silver.likely.index import NO_INDEX, Index, IndexStore, Segment, State
from services.silver.likely.pairs import PairStore
from services.silver.likely.texts import Texts
from services.silver.likely.turning import Change, counted_anew
from services.silver.matching import (
    ACCEPTED_SCHEMA,
    Pairs,
    Strictness,
    accepted,
    all_accepted,
    promising,
    read_catalog,
    read_some,
)
from services.silver.matching.meeting import keys_of
from services.silver.matching.postings import PRODUCT_BITS, Postings, postings_of
from services.silver.matching.profile import Block, block
from services.silver.matching.terms import Terms
from services.silver.unsettled import UnsettledProducts

SEGMENT_PRODUCTS: Final = 100_000
"""Products of a segment in a run over the whole catalog."""
FEW: Final = 2_000
"""Changed products up to which they alone are compared with the rest."""
OTHERS: Final = 20_000
"""Other products up to which they are looked at for their sake."""
GROWN: Final = 1.5
"""How much larger than when it was made an index may be before a run over the whole catalog makes it anew."""
THREADS: Final = 2


class LikelySearch:
    """Likely duplicates of one catalog. While a method runs no other one may run on the catalog (the job's lock)."""

    def __init__(self, database: Database, workspace_id: str, catalog_id: str) -> None:
        self._database = database
        self._texts = Texts(workspace_id, catalog_id)
        self._index = IndexStore(workspace_id, catalog_id)
        self._pairs = PairStore(catalog_id)
        self._gone = GoneProducts(catalog_id)
        self._unsettled = UnsettledProducts(workspace_id, catalog_id)

    def is_there(self) -> bool:
        """Whether there is an index. Where there is none, a run over the whole catalog makes it at its end."""
        with self._database.read() as connection:
            return self._index.state(connection) is not None

    def update(self, strictness: Strictness, *, whole: bool, check: Callable[[], None] = lambda: None) -> set[int]:
        """Compares the products whose records the index does not know with all others, and adds them to it.

        Without an index, with another strictness, or with more than `FEW` products to compare, everything is compared
        with everything, and the same is found. `whole` tells that the run has read the whole catalog, and may make an
        index anew that has grown by what products no longer say. `check` is asked now and then while everything is
        compared, and may raise: what is written then is as that of a run that was broken off.

        Returns the numbers (`sequence`) of products whose partners may have changed. They are noted as unsettled as
        well: a run over the whole catalog looks at all products, but may be broken off before it does.
        """
        with self._database.read() as connection:
            fresh = self._texts.unindexed(connection, FEW + 1)
            gone = self._gone.first(connection, FEW + 1)
            state = self._index.state(connection)
            known = state is not None and state.strictness == strictness and not (whole and _is_worn(state))
            if known and not fresh.height and not gone:
                return set()
            index = self._index.read(connection) if known and fresh.height + len(gone) <= FEW else None
        turned = self._compare(index, fresh, gone) if index is not None else None
        return self._make(strictness, check) if turned is None else turned

    def partners(self, connection: sa.Connection, sequences: Iterable[int] | None = None) -> list[sa.Row[Any]]:
        """Chosen pairs, see `PairStore.partners`; within the caller's transaction."""
        return self._pairs.partners(connection, sequences)

    def _make(self, strictness: Strictness, check: Callable[[], None]) -> set[int]:
        """Compares everything with everything, and makes the index anew. Returns as `update`."""
        with self._database.read() as connection:
            old = self._segments(connection)
            everything = self._texts.first(connection, FEW + 1)
        with self._database.write() as connection:
            self._index.drop_newer(connection, old)  # of a run that was broken off
        if everything.height <= FEW:  # as some products of a larger one, which is the same and takes less time
            index = NO_INDEX._replace(strictness=strictness)
            found = self._compare(index, everything, set(), instead_of=old)
            if found is not None:
                return found
        base = _Base(self._database, self._index, old)

        def seen(products: pl.DataFrame, read: Block) -> None:
            check()
            base.add(products, read)

        read, blocks = read_catalog(self._texts.all(self._database), threads=THREADS, seen=seen)
        base.flush()
        base.add_keys(keys_of(read.profile, read.commonness))
        pairs = _numbered(all_accepted(read, blocks, strictness, threads=THREADS, check=check), base.numbers)
        with self._database.write() as connection:
            self._take(connection, old)
            turned = self._paired(connection)
            self._pairs.replace_all(connection, pairs)
            turned |= self._paired(connection)
            self._unsettled.add(connection, turned)
            self._index.drop(connection, old)
            size = sum(segment.size for segment in base.segments)
            self._index.write(connection, Index(strictness, base.segments, size, read.commonness))
            self._texts.note(connection, None)
            self._gone.settle(connection, None)
        return turned

    def _compare(
        self,
        index: Index,
        fresh: pl.DataFrame,
        gone: set[int],
        *,
        instead_of: tuple[Segment, ...] | None = None,
    ) -> set[int] | None:
        """See `update`; None where so many other products are concerned that comparing all is less work.

        `instead_of` are the segments of an index that goes, with all pairs, when what is found is written: a run that
        breaks off before leaves it as it was.
        """
        blocks = [block(fresh)]
        says = postings_of(blocks[0].profile, fresh["sequence"].to_numpy())
        numbers = set(fresh["sequence"])
        with self._database.read() as connection:

            def read_terms(terms: Terms) -> Postings:
                return self._index.postings(connection, index.segments, terms)

            said = self._index.said(connection, index.segments, numbers | gone)
            change = _difference(said, says)
            commonness, stirred = counted_anew(index.commonness, change, read_terms)
            stirred -= numbers
            if len(stirred) > FEW:
                return None
            rest = self._index.said(connection, index.segments, stirred)
            mine = with_keys(np.union1d(says, rest), commonness)
            change = _difference(with_keys(np.union1d(said, rest), index.commonness), mine)
            asking, terms = asked(mine, commonness)
            wanted = np.unique(terms)
            asking, found = answers(asking, terms, change.applied(read_terms(wanted), wanted))
            near = set(found.tolist()) - numbers - stirred
            if len(near) > OTHERS:
                return None
            affected = fresh
            if stirred and (holders := self._texts.of(connection, stirred)).height:
                affected = pl.concat((fresh, holders))
                blocks.append(block(holders))
            others = self._texts.of(connection, near)
        if others.height:
            blocks.append(block(others))
        products = pl.concat((affected, others))
        read = read_some(products, blocks, commonness)
        pairs = promising(_places(products["sequence"], asking, found), read.profile)
        kept = _numbered(accepted(read, pairs, index.strictness), products["sequence"])
        with self._database.write() as connection:
            self._take(connection, index.segments if instead_of is None else instead_of)
            concerned: set[int] = set()
            if instead_of is not None:
                concerned = self._paired(connection)
                self._index.drop(connection, instead_of)
                self._pairs.replace_all(connection, ACCEPTED_SCHEMA.to_frame())
                self._gone.settle(connection, None)
            self._index.drop_newer(connection, index.segments)  # of a run that was broken off
            concerned |= self._pairs.replace(connection, set(affected["sequence"]), kept)
            self._unsettled.add(connection, concerned)
            segments = self._index.add(connection, index.segments, change.new, change.gone)
            segments = self._index.tidy(connection, segments)
            built = index.built or sum(segment.size for segment in segments)
            self._index.write(connection, index._replace(segments=segments, built=built, commonness=commonness))
            self._texts.note(connection, fresh["product_id"])
            self._gone.settle(connection, gone)
        return concerned

    def _segments(self, connection: sa.Connection) -> tuple[Segment, ...]:
        state = self._index.state(connection)
        return () if state is None else state.segments

    def _take(self, connection: sa.Connection, segments: tuple[Segment, ...]) -> None:
        """Nobody else changes pairs or index from here on, nor has since these segments were read.

        Otherwise the job is somebody else's by now, who was faster: JobInterrupted.
        """
        self._pairs.hold(connection)
        if self._segments(connection) != segments:
            raise JobInterrupted("Somebody else has taken the job over.")

    def _paired(self, connection: sa.Connection) -> set[int]:
        """The products of all chosen pairs."""
        return {number for pair in self._pairs.partners(connection) for number in pair[:2]}


class _Base:
    """The segments of a new index, written while the catalog is read."""

    def __init__(self, database: Database, index: IndexStore, old: tuple[Segment, ...]) -> None:
        self._database = database
        self._index = index
        self._old = old
        self._segments = old
        self._postings: list[Postings] = []
        self._products = 0
        self._numbers: list[pl.Series] = [pl.Series([], dtype=pl.Int64)]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The new segments."""
        return self._segments[len(self._old) :]

    @property
    def numbers(self) -> pl.Series:
        """`sequence` of the products, as they were read."""
        return pl.concat(self._numbers)

    def add(self, products: pl.DataFrame, read: Block) -> None:
        """Takes a block."""
        self._numbers.append(products["sequence"])
        self._postings.append(postings_of(read.profile, products["sequence"].to_numpy()))
        self._products += products.height
        if self._products >= SEGMENT_PRODUCTS:
            self.flush()

    def add_keys(self, keys: tuple[Numbers, Terms]) -> None:
        """Writes the keys of products, which are told by their places."""
        lines, terms = keys
        numbers = self.numbers.to_numpy()[lines].astype(np.uint64)
        with self._database.write() as connection:
            self._segments = self._index.add(connection, self._segments, np.sort(terms << PRODUCT_BITS | numbers))

    def flush(self) -> None:
        """Writes what there is."""
        if self._postings:
            postings = np.sort(np.concatenate(self._postings))
            with self._database.write() as connection:
                self._segments = self._index.add(connection, self._segments, postings)
        self._postings, self._products = [], 0


def _is_worn(state: State) -> bool:
    """Whether an index holds much of what products no longer say."""
    return state.size > GROWN * state.built


def _difference(before: Postings, after: Postings) -> Change:
    return Change(np.setdiff1d(after, before, assume_unique=True), np.setdiff1d(before, after, assume_unique=True))


def _places(sequences: pl.Series, asking: Numbers, found: Numbers) -> Pairs:
    """Pairs of numbers as pairs of places, each once; products that are not there are left out."""
    numbers = sequences.to_numpy()
    order = np.argsort(numbers)
    sorted_numbers = numbers[order]

    def place(wanted: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
        at = np.minimum(np.searchsorted(sorted_numbers, wanted), len(numbers) - 1)
        return order[at], sorted_numbers[at] == wanted

    (one, is_one), (two, is_two) = place(asking), place(found)
    there = is_one & is_two
    one, two = one[there], two[there]
    pairs = np.unique(np.minimum(one, two) << 32 | np.maximum(one, two))
    return Pairs(pairs >> 32, pairs & 0xFFFFFFFF, np.ones(len(pairs), dtype=np.float32))


def _numbered(pairs: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """Pairs of places as pairs of numbers, the lower one left."""
    one, two = numbers.gather(pairs["left"]), numbers.gather(pairs["right"])
    ends = pl.DataFrame([one.alias("one"), two.alias("two")])
    return pairs.with_columns(
        ends.select(left=pl.min_horizontal("one", "two"), right=pl.max_horizontal("one", "two")).get_columns()
    )
