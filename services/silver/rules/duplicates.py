"""Exact duplicates: the same usable barcode, or the same brand and part number.

A wrong merge hides a product, a missed one only repeats it. So a shared identity is a candidate, not a verdict:
products that differ in colour, size, material or pack, and variants of one parent, stay apart, and so do products
whose other identity tells them apart: two usable barcodes are two trade items (GS1), two part numbers of one brand two
models. An identity that many differently named products share says nothing (traps 1, 3 and 11 of the channel facts).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import polars as pl

from services.silver.rules.keys import identity_key

KEYS: Final = ("gtin14", "brand_mpn_key")
CANDIDATE_SCHEMA: Final = pl.Schema(
    {
        "product_id": pl.String,
        "sequence": pl.Int64,
        "gtin14": pl.String,
        "brand_mpn_key": pl.String,
        "parent_id": pl.String,
        "title": pl.String,
        "color": pl.String,
        "size": pl.String,
        "material": pl.String,
    }
)
"""What `find_duplicates` reads: one row per product. Products without any key need not be in it."""

_MANY: Final = 10
_MAX_PAIRED: Final = 50
_TRAITS: Final = ("color", "size", "material")
_UNITS: Final = r"ml|cl|dl|l|ltr|liter|litre|mg|g|gr|kg|oz|lb|lbs|mm|cm|m|inch|gb|tb|mb|w|kw|v|mah"
_PACKS: Final = (
    r"pack|packs|pk|pcs|pc|piece|pieces|stück|stuck|stk|er pack|count|ct|tablets|capsules|rolls|x|er set|set|sachets"
)
_PACK: Final = rf"(?i)\b[0-9]+(?:[.,][0-9]+)?\s*-?(?:{_UNITS}|{_PACKS})\b|\b(?:pack|set|box) of [0-9]+\b|\bx\s?[0-9]+\b"
_TITLE_SIZE: Final = (
    r"\b(?:XXS|XS|S|M|L|XL|XXL|XXXL|[2-6]XL)\b"
    r"|\b(?i:size|größe|taille|talla|tamanho|eu|uk|us) ?[0-9]{1,3}(?:[.,]5)?\b"
)


class _Candidate(NamedTuple):
    """A product that shares a key; its traits are keys and signatures, not the texts themselves."""

    product_id: str
    title: str | None
    parent_id: str | None
    brand_mpn_key: str | None
    gtin14: str | None
    color: str | None
    size: str | None
    material: str | None
    pack: str | None
    title_size: str | None

    def dimensions(self) -> dict[str, str]:
        """What another product must not contradict, by name."""
        named = {name: value for name, value in zip(_DIMENSIONS, self[-len(_DIMENSIONS) :], strict=True) if value}
        if self.brand_mpn_key:
            brand, _, part = self.brand_mpn_key.partition("\x1f")
            named["part of " + brand] = part
        return named


_DIMENSIONS: Final = _Candidate._fields[_Candidate._fields.index("gtin14") :]


def find_duplicates(products: pl.DataFrame) -> pl.DataFrame:
    """Return `product_id`, `duplicateOf` of every product that repeats an earlier one.

    Args:
        products: see `CANDIDATE_SCHEMA`; `sequence` is the order of first ingestion.

    The canonical product is the one of the group that was ingested first, and every other one points straight at it.
    """
    if not any(_repeats(products[key]) for key in KEYS):
        return _NONE
    return _merged(_candidates(products.filter(_SHARED).sort("sequence", "product_id")))


def _repeats(keys: pl.Series) -> bool:
    nulls = keys.null_count()
    return keys.n_unique() < len(keys) - nulls + (nulls > 0)


def _candidates(shared: pl.DataFrame) -> list[_Candidate]:
    signatures = shared.select_seq(_SIGNATURES)
    traits = [[identity_key(text) if text else None for text in shared[name].to_list()] for name in _TRAITS]
    told = [shared[name].to_list() for name in ("product_id", "title", "parent_id", "brand_mpn_key", "gtin14")]
    columns = [*told, *traits, *(column.to_list() for column in signatures.get_columns())]
    return [_Candidate(*values) for values in zip(*columns, strict=True)]


def pack_signature(title: pl.Expr) -> pl.Expr:
    """Return the amounts and pack sizes that a title names, in a fixed spelling and order; null without any."""
    return _signature(title, _PACK)


def _signature(title: pl.Expr, pattern: str) -> pl.Expr:
    found = (
        title.str.extract_all(pattern)
        .list.eval(
            pl.element().str.to_lowercase().str.replace_all(r"[\s-]", "").str.replace_all(",", ".", literal=True)
        )
        .list.unique()
        .list.sort()
        .list.join("|")
    )
    return pl.when(found != "").then(found)


_SIGNATURES: Final = (
    pack_signature(pl.col("title")).alias("pack"),
    _signature(pl.col("title"), _TITLE_SIZE).alias("title_size"),
)
_SHARED: Final = pl.any_horizontal(pl.col(key).is_duplicated() & pl.col(key).is_not_null() for key in KEYS)


def _telling_groups(candidates: list[_Candidate], key: str) -> dict[str, list[int]]:
    """Return the rows that share `key`, by its value, leaving out identities that prove nothing."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, candidate in enumerate(candidates):
        if (value := getattr(candidate, key)) is not None:
            rows[value].append(row)
    return {
        value: members
        for value, members in rows.items()
        if len(members) <= _MANY or len({identity_key(candidates[row].title or "") for row in members}) == 1
    }


def _pairs(candidates: list[_Candidate]) -> Iterator[tuple[int, int]]:
    """Give (earlier, later) rows that share a key, ordered by the later one.

    In a large group of one title, equal rows are paired with their first; comparing all pairs would be quadratic.
    """
    groups = {key: _telling_groups(candidates, key) for key in KEYS}
    firsts: dict[tuple[str | None, ...], int] = {}
    for later, candidate in enumerate(candidates):
        partners: set[int] = set()
        for key in KEYS:
            members = groups[key].get(getattr(candidate, key), ())
            if len(members) > _MAX_PAIRED:
                partners.add(firsts.setdefault((key, *candidate[2:]), later))
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

    def excludes(self, other: "_Group") -> bool:
        """Tell whether merging would put variants of one parent, or different makes of a product, together."""
        if self.parents & other.parents or self.parents & other.ids or other.parents & self.ids:
            return True
        return any(other.dimensions.get(name, value) != value for name, value in self.dimensions.items())


def _merged(candidates: list[_Candidate]) -> pl.DataFrame:
    """Join pairs into groups, earliest first, checking whole groups: colourless B must not join red A with blue C."""
    leader = list(range(len(candidates)))
    groups: dict[int, _Group] = {}
    for row, candidate in enumerate(candidates):
        parents = {candidate.parent_id} if candidate.parent_id else set()
        groups[row] = _Group({candidate.product_id}, parents, candidate.dimensions())

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    for earlier, later in _pairs(candidates):
        one, two = find(earlier), find(later)
        if one == two or groups[one].excludes(groups[two]):
            continue
        kept, gone = (one, two) if one < two else (two, one)
        leader[gone] = kept
        merged = groups.pop(gone)
        groups[kept].ids |= merged.ids
        groups[kept].parents |= merged.parents
        groups[kept].dimensions |= merged.dimensions
    found = [(row, find(row)) for row in range(len(leader))]
    return _result([(candidates[a].product_id, candidates[b].product_id) for a, b in found if a != b])


def _result(found: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(found, schema={"product_id": pl.String, "duplicateOf": pl.String}, orient="row")


_NONE: Final = _result([])
