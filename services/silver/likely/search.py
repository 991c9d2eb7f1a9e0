"""The search for likely duplicates in a stored catalog: all of it, or what a few products have to do with it."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import sqlalchemy as sa

from services.runtime.database import Database
from services.silver.likely.index import NO_INDEX, Index, IndexStore, Segment, State
from services.silver.likely.neighbours import Numbers, answering, nearest
from services.silver.likely.pairs import PairStore
from services.silver.likely.texts import Texts
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
from services.silver.matching.commonness import Commonness, code_level, word_level
from services.silver.matching.postings import (
    OTHER,
    OWN,
    WORD,
    Postings,
    Terms,
    codes_as_terms,
    kind_of,
    postings_of,
    product_of,
    term_of,
    value_of,
    words_as_terms,
)
from services.silver.matching.profile import Block, block
from services.silver.unsettled import UnsettledProducts

SEGMENT_PRODUCTS: Final = 100_000
"""Products of a segment in a run over the whole catalog."""
FEW: Final = 2_000
"""Changed products up to which they alone are compared with the rest."""
GROWN: Final = 1.5
"""How much larger than when it was made an index may be before a run over the whole catalog makes it anew."""
SMALL: Final = 200_000
"""Postings up to which a run over the whole catalog makes an index anew that anything was added to."""
THREADS: Final = 2


class LikelySearch:
    """Likely duplicates of one catalog. While a method runs no other one may run on the catalog (the job's lock)."""

    def __init__(self, database: Database, workspace_id: str, catalog_id: str) -> None:
        self._database = database
        self._texts = Texts(workspace_id, catalog_id)
        self._index = IndexStore(workspace_id, catalog_id)
        self._pairs = PairStore(catalog_id)
        self._unsettled = UnsettledProducts(workspace_id, catalog_id)

    def is_there(self) -> bool:
        """Whether there is an index. Where there is none, a run over the whole catalog makes it at its end."""
        with self._database.read() as connection:
            return self._index.state(connection) is not None

    def update(self, strictness: Strictness, *, whole: bool) -> set[int]:
        """Compares the products whose records the index does not know with all others, and adds them to it.

        Without an index, with another strictness, or with more than `FEW` products to compare, everything is compared
        with everything. `whole` tells that the run has read the whole catalog, and may make an index anew that holds
        much of what products no longer say.

        Returns the numbers (`sequence`) of products whose partners may have changed. Where the run has not read the
        whole catalog they are noted as unsettled as well.
        """
        with self._database.read() as connection:
            fresh = self._texts.unindexed(connection, FEW + 1)
            state = self._index.state(connection)
            known = state is not None and state.strictness == strictness and not (whole and _is_worn(state))
            if known and not fresh.height:
                return set()
            index = self._index.read(connection) if known and fresh.height <= FEW else None
        turned = self._compare(index, fresh, whole=whole) if index is not None else None
        return self._make(strictness, whole=whole) if turned is None else turned

    def partners(self, sequences: Iterable[int] | None = None) -> list[sa.Row[Any]]:
        """Chosen pairs, see `PairStore.partners`."""
        with self._database.read() as connection:
            return self._pairs.partners(connection, sequences)

    def _make(self, strictness: Strictness, *, whole: bool = True) -> set[int]:
        """Compares everything with everything, and makes the index anew. Returns as `update`.

        A small catalog is compared as a few products of a larger one are, so that there is no difference at all between
        one run and many; a large one by an index in memory, which reads less of each product's neighbourhood.
        """
        with self._database.read() as connection:
            old = self._index.read(connection).segments
            everything = self._texts.first(connection, FEW + 1)
        with self._database.write() as connection:
            self._index.drop_newer(connection, old)  # of a run that was broken off
        if everything.height <= FEW:
            index = NO_INDEX._replace(strictness=strictness)
            return self._compare(index, everything, whole=whole, instead_of=old) or set()
        base = _Base(self._database, self._index, old)
        read, blocks = read_catalog(self._texts.all(self._database), threads=THREADS, seen=base.add)
        base.flush()
        found = _numbered(all_accepted(read, blocks, strictness, threads=THREADS), base.numbers)
        with self._database.write() as connection:
            turned = self._paired(connection)
            self._pairs.replace_all(connection, found)
            turned |= self._paired(connection)
            self._note(connection, turned, whole=whole)
            self._index.drop(connection, old)
            size = sum(segment.size for segment in base.segments)
            self._index.write(connection, Index(strictness, base.segments, size, read.commonness))
            self._texts.note(connection, None)
        return turned

    def _compare(
        self, index: Index, fresh: pl.DataFrame, *, whole: bool, instead_of: tuple[Segment, ...] | None = None
    ) -> set[int] | None:
        """See `update`; None where so many other products are concerned that comparing all is less work.

        `instead_of` are the segments of an index that goes, with all pairs, when what is found is written: a run that
        breaks off before leaves it as it was.
        """
        blocks = [block(fresh)]
        mine = postings_of(blocks[0], fresh["sequence"].to_numpy())
        with self._database.read() as connection:
            known = self._postings(connection, index, mine)
            commonness, stirred = _with(index.commonness, known, mine)
            stirred -= set(fresh["sequence"])
            if len(stirred) > FEW:
                return None
            affected, questions = fresh, mine
            if stirred and (holders := self._texts.of(connection, stirred)).height:
                affected = pl.concat((fresh, holders))
                blocks.append(block(holders))
                questions = np.union1d(mine, postings_of(blocks[1], holders["sequence"].to_numpy()))
                known = self._postings(connection, index, questions)
            asking, found = nearest(questions, np.union1d(known, mine))
            others = self._texts.of(connection, set(found.tolist()) - set(affected["sequence"]))
        if others.height:
            blocks.append(block(others))
        products = pl.concat((affected, others))
        read = read_some(products, blocks, commonness)
        pairs = promising(_places(products["sequence"], asking, found), read.profile)
        kept = _numbered(accepted(read, pairs, index.strictness), products["sequence"])
        with self._database.write() as connection:
            turned: set[int] = set()
            if instead_of is not None:
                turned = self._paired(connection)
                self._index.drop(connection, instead_of)
                self._pairs.replace_all(connection, ACCEPTED_SCHEMA.to_frame())
            turned |= self._pairs.replace(connection, set(affected["sequence"]), kept)
            self._note(connection, turned, whole=whole)
            segments = self._index.tidy(connection, self._index.add(connection, index.segments, mine))
            built = index.built or sum(segment.size for segment in segments)
            self._index.write(connection, index._replace(segments=segments, built=built, commonness=commonness))
            self._texts.note(connection, fresh["product_id"])
        return turned

    def _paired(self, connection: sa.Connection) -> set[int]:
        """The products of all chosen pairs."""
        return {number for pair in self._pairs.partners(connection) for number in pair[:2]}

    def _note(self, connection: sa.Connection, turned: set[int], *, whole: bool) -> None:
        if not whole:  # a run over the whole catalog looks at all of them
            self._unsettled.add(connection, turned)

    def _postings(self, connection: sa.Connection, index: Index, questions: Postings) -> Postings:
        terms = _telling(np.unique(term_of(questions)), index.commonness)
        return self._index.postings(connection, index.segments, answering(terms))


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
        self._postings.append(postings_of(read, products["sequence"].to_numpy()))
        self._products += products.height
        if self._products >= SEGMENT_PRODUCTS:
            self.flush()

    def flush(self) -> None:
        """Writes what there is."""
        if self._postings:
            postings = np.sort(np.concatenate(self._postings))
            with self._database.write() as connection:
                self._segments = self._index.add(connection, self._segments, postings)
        self._postings, self._products = [], 0


def _is_worn(state: State) -> bool:
    """Whether an index may hold much of what products no longer say, which is counted as if they did."""
    return state.size > (state.built if state.size <= SMALL else GROWN * state.built)


def _telling(terms: Terms, commonness: Commonness) -> Terms:
    """Terms without those that are so common that they neither say who is near nor can change their step."""
    words, codes = commonness.most_common
    common = np.concatenate(
        (words_as_terms(words << np.uint32(8)), codes_as_terms(codes, OWN), codes_as_terms(codes, OTHER))
    )
    return terms[~np.isin(terms, common)]


def _with(commonness: Commonness, known: Postings, new: Postings) -> tuple[Commonness, set[int]]:
    """How common words and codes are with the new postings, and the products that have one whose step changes."""
    together = np.union1d(known, new)
    terms = _telling(np.unique(term_of(new)), commonness)
    terms = terms[kind_of(terms) != OTHER]
    before, after = _counts(known, terms), _counts(together, terms)
    is_word = kind_of(terms) == WORD
    levels = np.where(is_word, word_level(after), code_level(after))
    changed = levels != np.where(is_word, word_level(before), code_level(before))
    words, codes = changed & is_word, changed & ~is_word
    stirred = product_of(together[np.isin(term_of(together), terms[changed])])
    newer = commonness.changed(
        dict(zip(value_of(terms[words]).tolist(), levels[words].tolist(), strict=True)),
        dict(zip(value_of(terms[codes]).tolist(), levels[codes].tolist(), strict=True)),
    )
    return newer, set(stirred.tolist())


def _counts(postings: Postings, terms: Terms) -> npt.NDArray[np.int64]:
    listed = term_of(postings)
    return np.searchsorted(listed, terms, side="right") - np.searchsorted(listed, terms, side="left")


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
