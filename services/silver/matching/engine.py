"""Likely duplicates: the same thing in other words.

Three steps, each its own module: `profile` reads the texts into arrays, `candidates` asks an inverted index for the
nearest of each product, `compare` and `decide` weigh the evidence of each pair. One fixed configuration for every
catalog; nothing is learnt, nothing is fetched, and the result depends on the set of products only, not on their order.
"""

from typing import Final

import polars as pl

from services.silver.matching.candidates import nearest
from services.silver.matching.compare import Rarity, Weights, evidence
from services.silver.matching.decide import Strictness, chosen, judged, promising
from services.silver.matching.profile import profile

PRODUCT_SCHEMA: Final = pl.Schema(
    {
        "product_id": pl.String,
        "sequence": pl.Int64,
        "title": pl.String,
        "brand": pl.String,
        "mpn": pl.String,
        "sku": pl.String,
        "gtin14": pl.String,
        "price": pl.String,
        "currency": pl.String,
        "color": pl.String,
        "size": pl.String,
        "material": pl.String,
        "description": pl.String,
        "parent_id": pl.String,
    }
)
"""What `find_likely` reads: one row per product, all of one catalog; all but the first two may be null."""

_NAMES: Final = pl.List(pl.String)
PAIR_SCHEMA: Final = pl.Schema(
    [
        ("earlier", pl.String()),
        ("later", pl.String()),
        ("similarity", pl.Float64()),
        ("agree", _NAMES),
        ("disagree", _NAMES),
    ]
)
"""What it returns: ids of both products (the earlier was ingested first), similarity from 0 to 1, names of fields."""

_BLOCK: Final = 50_000
"""Pairs compared at a time."""
_FIELDS: Final = ("gtin14", "currency", "color", "size", "material", "parent_id")


def find_likely(
    products: pl.DataFrame, strictness: Strictness = Strictness.NORMAL, *, threads: int = 2
) -> pl.DataFrame:
    """Return the pairs that are likely one product, each with its evidence.

    Args:
        products: see `PRODUCT_SCHEMA`.
        strictness: how many points a pair needs.
        threads: cores the index may use; the result does not depend on it.

    Returns:
        Rows of `PAIR_SCHEMA`, in the order of ingestion of the later and the earlier product.
    """
    products = products.sort("sequence", "product_id")
    read, blocks = profile(products, threads)
    pairs = nearest(blocks, lambda found: promising(found, read), threads=threads)
    rarity, weights = Rarity(read), Weights(read)
    facts = _facts(products)
    kept = []
    for offset in range(0, len(pairs.left), _BLOCK):
        lines = evidence(pairs.part(offset, _BLOCK), read, rarity, weights)
        kept.append(judged(_compared(lines, facts), strictness))
    if not kept:
        return PAIR_SCHEMA.to_frame()
    return _explained(chosen(pl.concat(kept)), products["product_id"])


def _facts(products: pl.DataFrame) -> pl.DataFrame:
    """Numbers instead of texts for the columns that are compared as a whole."""
    words = [
        pl.when(pl.col(name).str.strip_chars() != "")
        .then(pl.col(name).str.to_lowercase().str.replace_all(r"[\s\p{P}]+", " ").str.strip_chars().hash())
        .alias(name)
        for name in _FIELDS
    ]
    return products.select(*words, pl.col("price").cast(pl.Float32, strict=False))


def _compared(lines: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Evidence with what the columns say beside the arrays."""
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


def _explained(pairs: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Names of fields that agree and disagree, and the points between 0 and 1."""
    model = pl.max_horizontal("full", "cross", "stem", "weak") > 0
    agree = {
        "title": pl.col("likeness") >= 0.5,
        "model": model,
        "brand": pl.col("brand_agrees"),
        "quantity": pl.col("facts_agree"),
        "color": pl.col("colour_agrees") | pl.col("color_same"),
        "size": pl.col("size_same"),
        "material": pl.col("material_same"),
        "gtin": pl.col("gtin14_same"),
        "price": pl.col("price_ratio") < 1.2,
    }
    disagree = {
        "title": pl.col("likeness") < 0.5,
        "model": pl.col("spare_left") & pl.col("spare_right") & ~model,
        "brand": pl.col("brand_differs"),
        "edition": pl.col("editions_differ"),
        "color": pl.col("hint_differs") & ~pl.col("colour_agrees"),
        "material": ~pl.col("material_same"),
        "price": pl.col("price_ratio") > 1.8,
    }

    def named(tests: dict[str, pl.Expr]) -> pl.Expr:
        return pl.concat_list(pl.when(test).then(pl.lit(name)) for name, test in tests.items()).list.drop_nulls()

    return pairs.sort("right", "left").select(
        earlier=ids.gather(pairs.sort("right", "left")["left"]),
        later=ids.gather(pairs.sort("right", "left")["right"]),
        similarity=(1 / (1 + (-pl.col("points").cast(pl.Float64)).exp())).round(4),
        agree=named(agree),
        disagree=named(disagree),
    )
