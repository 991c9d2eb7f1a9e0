"""Fields that are compared as a whole, as numbers."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

Facts = dict[str, npt.NDArray[np.uint64]]
_FIELDS: Final = ("gtin14", "currency", "color", "size", "material", "parent_id")
_IN_STORE: Final = "in_store"
_COMPARED: Final = (*_FIELDS, _IN_STORE)
FACTS: Final = pl.Schema({**dict.fromkeys(_COMPARED, pl.UInt64), "price": pl.Float32})
"""A number for the text of each field, the barcode if it is one for use inside a company, and the price."""
_RESTRICTED: Final = "^(?:0*(?:02|04|2[0-9])[0-9]{11}|[02][0-9]{7}|[24][0-9]{11})$"
"""Barcodes that number what one company sells (GS1: prefixes 02, 04 and 20 to 29; 0 and 2 of the short ones)."""


def in_store_number(gtin: pl.Expr) -> pl.Expr:
    """Barcodes (as they are written) that number what one company sells, as numbers; null for others."""
    digits = gtin.str.replace_all(r"[\s-]", "")
    number = digits.str.zfill(14).cast(pl.UInt64, strict=False)
    return pl.when(digits.str.contains(_RESTRICTED)).then(number).alias(_IN_STORE)


def facts_of(products: pl.DataFrame) -> pl.DataFrame:
    """Return one line of `FACTS` per product; equal texts but for case, spaces and punctuation have equal numbers."""
    words = [
        pl.when(pl.col(name).str.strip_chars() != "")
        .then(pl.col(name).str.to_lowercase().str.replace_all(r"[\s\p{P}]+", " ").str.strip_chars().hash())
        .alias(name)
        for name in _FIELDS
    ]
    return products.select(*words, in_store_number(pl.col("gtin")), pl.col("price").cast(pl.Float32, strict=False))


def apart(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], facts: Facts) -> npt.NDArray[np.bool_]:
    """Whether the fields of two products alone forbid that they are one, see `decide.judged`; a hint, before evidence.

    Args:
        left: lines of `facts`.
        right: lines of `facts`, as many.
        facts: see `comparable`.
    """
    found = np.zeros(len(left), dtype=bool)
    for name, numbers in facts.items():
        one, two = numbers[left], numbers[right]
        found |= (one != 0) & (two != 0) & ((one == two) if name == "parent_id" else (one != two))
    return found


def comparable(facts: pl.DataFrame) -> Facts:
    """The fields of which two different ones, or two equal parents, keep products apart; 0 for none."""
    return {name: facts[name].fill_null(0).to_numpy() for name in ("gtin14", _IN_STORE, "size", "parent_id")}


def with_facts(lines: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Evidence of pairs with what their fields say: `…_same` and `price_ratio`, null unless both have one."""
    left = facts[lines["left"]]
    right = facts[lines["right"]]
    same = [(left[name] == right[name]).alias(f"{name}_same") for name in _COMPARED]
    one, two = left["price"], right["price"]
    smaller, larger = pl.min_horizontal(one, two), pl.max_horizontal(one, two)
    both = one.is_not_null() & two.is_not_null()
    # A currency that is not told is the other's, whichever product is the left one.
    one_currency = (left["currency"] == right["currency"]).fill_null(True)
    price = pl.select(pl.when(both & (smaller > 0) & one_currency).then(larger / smaller).alias("price_ratio"))
    return lines.with_columns(*same, price.to_series())
