"""Exact duplicates: the same usable barcode, or the same brand and part number.

A wrong merge hides a product, a missed one only repeats it. So a shared identity is a candidate, not a verdict:
products that differ in colour, size, material or pack, and variants of one parent, stay apart, and so do products
whose other identity tells them apart: two usable barcodes are two trade items (GS1), two part numbers of one brand two
models. An identity that many differently named products share says nothing (traps 1, 3 and 11 of the channel facts).
"""

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from services.silver.rules.keys import key_expr

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
_DIMENSIONS: Final = ("color", "size", "material", "pack", "title_size", "gtin14")
_UNITS: Final = r"ml|cl|dl|l|ltr|liter|litre|mg|g|gr|kg|oz|lb|lbs|mm|cm|m|inch|gb|tb|mb|w|kw|v|mah"
_PACKS: Final = (
    r"pack|packs|pk|pcs|pc|piece|pieces|stück|stuck|stk|er pack|count|ct|tablets|capsules|rolls|x|er set|set|sachets"
)
_PACK: Final = rf"(?i)\b[0-9]+(?:[.,][0-9]+)?\s*-?(?:{_UNITS}|{_PACKS})\b|\b(?:pack|set|box) of [0-9]+\b|\bx\s?[0-9]+\b"
_TITLE_SIZE: Final = (
    r"\b(?:XXS|XS|S|M|L|XL|XXL|XXXL|[2-6]XL)\b"
    r"|\b(?i:size|größe|taille|talla|tamanho|eu|uk|us) ?[0-9]{1,3}(?:[.,]5)?\b"
)


def find_duplicates(products: pl.DataFrame) -> pl.DataFrame:
    """Return `product_id`, `duplicateOf` of every product that repeats an earlier one.

    Args:
        products: see `CANDIDATE_SCHEMA`; `sequence` is the order of first ingestion.

    The canonical product is the one of the group that was ingested first, and every other one points straight at it.
    """
    keyed = products.filter(pl.any_horizontal(pl.col(KEYS).is_not_null()))
    shared = keyed.filter(pl.any_horizontal((pl.len().over(key) > 1) & pl.col(key).is_not_null() for key in KEYS))
    if not shared.height:
        return _result([])
    rows = (
        shared.sort("sequence", "product_id")
        .with_columns_seq(
            title_key=key_expr(pl.col("title")),
            pack=pack_signature(pl.col("title")),
            title_size=_signature(pl.col("title"), _TITLE_SIZE),
            **{name: key_expr(pl.col(name)) for name in ("color", "size", "material")},
        )
        .with_row_index("row")
    )
    pairs = pl.concat([_candidate_pairs(rows, key) for key in KEYS]).unique().sort("later", "earlier")
    return _merge(rows, pairs)


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


def _candidate_pairs(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return (earlier, later) row pairs that share `key`, leaving out identities that prove nothing."""
    groups = (
        rows.drop_nulls(key)
        .with_columns_seq(members=pl.len().over(key), titles=pl.col("title_key").n_unique().over(key))
        .filter((pl.col("members") > 1) & ((pl.col("members") <= _MANY) | (pl.col("titles") == 1)))
    )
    small = groups.filter(pl.col("members") <= _MAX_PAIRED).select_seq("row", key)
    paired = small.join(small, on=key, suffix="_later").filter(pl.col("row") < pl.col("row_later"))
    # In a large group of one title, equal rows are paired with their first; comparing all pairs would be quadratic.
    large = groups.filter(pl.col("members") > _MAX_PAIRED).select_seq(
        "row", first=pl.col("row").min().over("parent_id", *KEYS, *_DIMENSIONS)
    )
    return pl.concat(
        [
            paired.select_seq(earlier="row", later="row_later"),
            large.filter(pl.col("row") != pl.col("first")).select_seq(earlier="first", later="row"),
        ]
    )


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


def _merge(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Join pairs into groups, earliest first, checking whole groups: colourless B must not join red A with blue C."""
    involved = rows.filter(pl.col("row").is_in(pl.concat([pairs["earlier"], pairs["later"]]).implode()))
    ids: dict[int, str] = {}
    leader: dict[int, int] = {}
    groups: dict[int, _Group] = {}
    for record in involved.select_seq("row", "product_id", "parent_id", "brand_mpn_key", *_DIMENSIONS).iter_rows(
        named=True
    ):
        row, product = record["row"], record["product_id"]
        ids[row], leader[row] = product, row
        parents = {record["parent_id"]} if record["parent_id"] else set()
        dimensions = {name: record[name] for name in _DIMENSIONS if record[name] is not None}
        if record["brand_mpn_key"]:
            brand, _, part = record["brand_mpn_key"].partition("\x1f")
            dimensions["part of " + brand] = part
        groups[row] = _Group({product}, parents, dimensions)

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    for earlier, later in pairs.select_seq("earlier", "later").iter_rows():
        one, two = find(earlier), find(later)
        if one == two or groups[one].excludes(groups[two]):
            continue
        kept, gone = (one, two) if one < two else (two, one)
        leader[gone] = kept
        merged = groups.pop(gone)
        groups[kept].ids |= merged.ids
        groups[kept].parents |= merged.parents
        groups[kept].dimensions |= merged.dimensions
    return _result([(ids[row], ids[find(row)]) for row in leader if find(row) != row])


def _result(found: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(found, schema={"product_id": pl.String, "duplicateOf": pl.String}, orient="row")
