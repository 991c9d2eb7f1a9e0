"""Duplicates: the same usable barcode, the same brand and part number or stock number, or likely the same thing.

A wrong merge hides a product, a missed one only repeats it. So a shared identity is a candidate, not a verdict:
products that differ in colour, size, material or pack, and variants of one parent, stay apart, and so do products
whose other identity tells them apart: two usable barcodes are two trade items (GS1), two part numbers of one brand two
models. An identity that many differently named products share says nothing (traps 1, 3 and 11 of the channel facts).

Products that are likely the same (see `matching`) join groups after that, the likeliest first, under the same rules.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import polars as pl

from services.silver.matching.facts import in_store_number
from services.silver.matching.lexicon import COLOURS, NOT_COLOURED
from services.silver.rules.duplicate_evidence import Joined, Told
from services.silver.rules.keys import identity_key
from services.silver.rules.title_signs import (
    amounts_contradict,
    numbers_contradict,
    signatures,
    sizes_contradict,
    told,
)

KEYS: Final = ("gtin14", "brand_mpn_key", "brand_sku_key")
CANDIDATE_SCHEMA: Final = pl.Schema(
    {
        "product_id": pl.String,
        "sequence": pl.Int64,
        "gtin14": pl.String,
        "gtin": pl.String,
        "brand_mpn_key": pl.String,
        "brand_sku_key": pl.String,
        "parent_id": pl.String,
        "brand": pl.String,
        "mpn": pl.String,
        "price": pl.String,
        "title": pl.String,
        "color": pl.String,
        "size": pl.String,
        "material": pl.String,
    }
)
"""What `find_duplicates` reads: one row per product. Products without any key need not be in it.

`gtin` is the barcode as it is written, `gtin14` the usable one.
"""

SHARED_GTIN: Final = "gtin.shared"
MANY: Final = 10
"""Products of different titles that may share an identity before it says nothing."""
_MAX_PAIRED: Final = 50
_TRAITS: Final = ("color", "size", "material")

_WORD: Final = re.compile(rf"\w+(?!\W(?:{'|'.join(NOT_COLOURED.split())})\b)\b")
_FAMILIES: Final = {word: family for family, words in COLOURS.items() for word in words.split()}


class Likely(NamedTuple):
    """Two products that are likely one, by id; similarity from 0 to 1, names of fields."""

    one: str
    other: str
    similarity: float
    agree: tuple[str, ...]
    disagree: tuple[str, ...]


class Found(NamedTuple):
    """What repeats what."""

    duplicates: dict[str, str]
    """The product that was ingested first, by the id of each that repeats it."""
    evidence: dict[str, str]
    """JSON of each duplicate's evidence, see `evidence_text`."""
    shared: dict[str, int]
    """Barcodes that many products share which are not alike, and how many they are."""


class Candidate(NamedTuple):
    """A product that shares a key or is likely another; what it is compared by are keys and signatures."""

    product_id: str
    title: str | None
    parent_id: str | None
    brand: str | None
    mpn: str | None
    price: str | None
    brand_mpn_key: str | None
    brand_sku_key: str | None
    gtin14: str | None
    color: str | None
    size: str | None
    material: str | None
    pack: str | None
    title_size: str | None
    numbers: str | None
    digits: str | None
    in_store: str | None

    def kind(self) -> tuple[str | None, ...]:
        """Whatever decides about merging beside the keys that are shared."""
        return (self.parent_id, self.brand_mpn_key, *self[_FIRST_DIMENSION:])

    def dimensions(self) -> dict[str, str]:
        """What another product must not contradict, by name."""
        named = {name: value for name, value in zip(_DIMENSIONS, self[_FIRST_DIMENSION:], strict=False) if value}
        if self.brand_mpn_key:
            brand, _, part = self.brand_mpn_key.partition("\x1f")
            named["part of " + brand] = part
        return named


_FIRST_DIMENSION: Final = Candidate._fields.index("gtin14")
_DIMENSIONS: Final = Candidate._fields[_FIRST_DIMENSION : Candidate._fields.index("pack")]


def find_duplicates(products: pl.DataFrame, likely: Collection[Likely] = ()) -> Found:
    """Return every product that repeats an earlier one, with its evidence.

    Args:
        products: see `CANDIDATE_SCHEMA`; `sequence` is the order of first ingestion.
        likely: pairs among them, in any order.

    The canonical product is the one of the group that was ingested first, and every other one points straight at it.
    """
    if not products.height:
        return Found({}, {}, {})
    named = {product_id for pair in likely for product_id in (pair.one, pair.other)}
    if not named and not any(_repeats(products[key]) for key in KEYS):
        return Found({}, {}, {})
    concerned = _SHARED | pl.col("product_id").is_in(list(named)) if named else _SHARED
    candidates = _candidates(products.filter(concerned).sort("sequence", "product_id"))
    return _merged(candidates, likely)


def shared_gtin_issue(products: int) -> dict[str, str]:
    """Return the issue of a product whose barcode so many unlike products have."""
    message = f"{products:,} products that are not alike have this GTIN, so it identifies none of them."
    return {"field": "gtin", "rule": SHARED_GTIN, "severity": "error", "message": message}


def _repeats(keys: pl.Series) -> bool:
    nulls = keys.null_count()
    return keys.n_unique() < len(keys) - nulls + (nulls > 0)


def _candidates(shared: pl.DataFrame) -> list[Candidate]:
    traits = [[identity_key(text) if text else None for text in shared[name].to_list()] for name in _TRAITS]
    told = [shared[name].to_list() for name in Candidate._fields[: Candidate._fields.index(_TRAITS[0])]]
    in_store = shared.select(in_store_number(pl.col("gtin")).cast(pl.String)).to_series().to_list()
    columns = [*told, *traits, *(column.to_list() for column in signatures(shared["title"]).get_columns()), in_store]
    return [Candidate(*values) for values in zip(*columns, strict=True)]


def title_colours(title: str) -> frozenset[str]:
    """Return the families of colours that a title names in any of the seven languages."""
    return frozenset(_FAMILIES[word] for word in _WORD.findall(title.lower()) if word in _FAMILIES)


_SHARED: Final = pl.any_horizontal(pl.col(key).is_duplicated() & pl.col(key).is_not_null() for key in KEYS)


def _groups(candidates: list[Candidate], key: str) -> dict[str, list[int]]:
    """Return the rows that share `key`, by its value."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, candidate in enumerate(candidates):
        if (value := getattr(candidate, key)) is not None:
            rows[value].append(row)
    return rows


def _is_telling(candidates: list[Candidate], members: list[int]) -> bool:
    """Tell whether those who share an identity may be one: few do, or all have the same title."""
    return len(members) <= MANY or len({identity_key(candidates[row].title or "") for row in members}) == 1


def _pairs(candidates: list[Candidate], groups: Mapping[str, Mapping[str, list[int]]]) -> Iterator[tuple[int, int]]:
    """Give (earlier, later) rows that share a key, ordered by the later one.

    In a large group of one title, equal rows are paired with their first; comparing all pairs would be quadratic.
    """
    firsts: dict[tuple[str | None, ...], int] = {}
    for later, candidate in enumerate(candidates):
        partners: set[int] = set()
        for key in KEYS:
            members = groups[key].get(getattr(candidate, key), ())
            if len(members) > _MAX_PAIRED:
                partners.add(firsts.setdefault((key, *candidate.kind()), later))
            else:
                partners.update(members[: bisect_left(members, later)])
        partners.discard(later)
        for earlier in sorted(partners):
            yield earlier, later


@dataclass(slots=True)
class _Group:
    """What the members of one group say together."""

    ids: set[str] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)
    dimensions: dict[str, str] = field(default_factory=dict)
    colours: frozenset[str] = frozenset()
    """Families of colours that titles name."""
    amounts: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    """Those that stand alone in titles."""
    digits: frozenset[str] = frozenset()
    """All numbers in titles."""
    in_store: frozenset[str] = frozenset()
    """Barcodes for use inside a company."""

    def take(self, other: "_Group") -> None:
        """Become the group of both."""
        self.ids |= other.ids
        self.parents |= other.parents
        self.dimensions |= other.dimensions
        self.colours = self.colours & other.colours or self.colours | other.colours
        self.amounts |= other.amounts
        self.sizes |= other.sizes
        self.numbers |= other.numbers
        self.digits |= other.digits
        self.in_store |= other.in_store

    def excludes(self, other: "_Group") -> bool:
        """Tell whether merging would put variants of one parent, or different makes of a product, together."""
        if self.parents & other.parents or self.parents & other.ids or other.parents & self.ids:
            return True
        if self.colours and other.colours and not self.colours & other.colours:
            return True
        if amounts_contradict(self.amounts, other.amounts) or sizes_contradict(self.sizes, other.sizes):
            return True
        return any(other.dimensions.get(name, value) != value for name, value in self.dimensions.items())

    def is_sold_apart(self, other: "_Group") -> bool:
        """Tell whether a company numbers both for its own use, and not alike."""
        return bool(self.in_store and other.in_store and not self.in_store & other.in_store)

    def counts_otherwise(self, other: "_Group") -> bool:
        """Tell whether numbers in titles contradict each other: another generation, size or year."""
        return numbers_contradict(self.numbers - other.digits, other.numbers - self.digits)


class _Merging:
    """Groups of rows that are one product, and what speaks for it."""

    def __init__(self, candidates: list[Candidate]) -> None:
        self._leader = list(range(len(candidates)))
        self._groups = {
            row: _Group(
                {one.product_id},
                {one.parent_id} if one.parent_id else set(),
                one.dimensions(),
                title_colours(one.title or ""),
                told(one.pack),
                told(one.title_size),
                told(one.numbers),
                told(one.digits),
                told(one.in_store),
            )
            for row, one in enumerate(candidates)
        }

    def leader(self, row: int) -> int:
        """The first row of a row's group."""
        leader = self._leader
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    def join(self, one: int, two: int, *, certain: bool) -> bool:
        """Make one group of two rows' groups, unless that puts things together that differ; tell whether they are one.

        Whole groups are compared: colourless B must not join red A with blue C. Of certain pairs the numbers in titles
        decide as well; of likely ones they have been looked at already, beside the model codes, and what a company
        numbers for its own use decides instead: shops that share an identity number it each in their own way.
        """
        first, second = sorted((self.leader(one), self.leader(two)))
        if first == second:
            return True
        mine, other = self._groups[first], self._groups[second]
        if mine.excludes(other) or (mine.counts_otherwise(other) if certain else mine.is_sold_apart(other)):
            return False
        self._leader[second] = first
        mine.take(self._groups.pop(second))
        return True


def _merged(candidates: list[Candidate], likely: Collection[Likely]) -> Found:
    """Join pairs into groups: those that share an identity, earliest first, then the likely ones, likeliest first."""
    groups = {key: _groups(candidates, key) for key in KEYS}
    telling = {
        key: {value: rows for value, rows in of_key.items() if _is_telling(candidates, rows)}
        for key, of_key in groups.items()
    }
    shared = {value: len(rows) for value, rows in groups["gtin14"].items() if value not in telling["gtin14"]}
    merging = _Merging(candidates)
    joined = Joined()
    for earlier, later in _pairs(candidates, telling):
        if merging.join(earlier, later, certain=True):
            joined.certainly(earlier, later)
    rows = {candidate.product_id: row for row, candidate in enumerate(candidates)}
    there = [pair for pair in likely if pair.one in rows and pair.other in rows]
    ends = [tuple(sorted((rows[pair.one], rows[pair.other]))) for pair in there]
    for place in sorted(range(len(there)), key=lambda place: (-there[place].similarity, ends[place])):
        earlier, later = ends[place]
        if merging.join(earlier, later, certain=False):
            joined.likely(earlier, later, Told(*there[place][2:]))
    leaders = [merging.leader(row) for row in range(len(candidates))]
    repeated = [(row, leader) for row, leader in enumerate(leaders) if row != leader]
    return Found(
        {candidates[row].product_id: candidates[leader].product_id for row, leader in repeated},
        {candidates[row].product_id: joined.text(candidates, row, leader) for row, leader in repeated},
        shared,
    )
