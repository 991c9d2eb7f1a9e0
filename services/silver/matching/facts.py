"""Fields that are compared as a whole, as numbers."""

from typing import Final

import polars as pl

_FIELDS: Final = ("gtin14", "currency", "color", "size", "material", "parent_id")
FACTS: Final = pl.Schema({**dict.fromkeys(_FIELDS, pl.UInt64), "price": pl.Float32})
"""A number for the text of each field, and the price."""


def facts_of(products: pl.DataFrame) -> pl.DataFrame:
    """Return one line of `FACTS` per product; equal texts but for case, spaces and punctuation have equal numbers."""
    words = [
        pl.when(pl.col(name).str.strip_chars() != "")
        .then(pl.col(name).str.to_lowercase().str.replace_all(r"[\s\p{P}]+", " ").str.strip_chars().hash())
        .alias(name)
        for name in _FIELDS
    ]
    return products.select(*words, pl.col("price").cast(pl.Float32, strict=False))


def with_facts(lines: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Evidence of pairs with what their fields say: `…_same` (null unless both have one), and `price_ratio`."""
    left = facts[lines["left"]]
    right = facts[lines["right"]]
    same = [(left[name] == right[name]).alias(f"{name}_same") for name in _FIELDS]
    smaller = pl.min_horizontal(left["price"], right["price"])
    larger = pl.max_horizontal(left["price"], right["price"])
    price = pl.select(
        pl.when((smaller > 0) & (left["currency"].eq_missing(right["currency"]) | left["currency"].is_null()))
        .then(larger / smaller)
        .alias("price_ratio")
    )
    return lines.with_columns(*same, price.to_series())
