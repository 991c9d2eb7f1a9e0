"""The rules of all channels, and which of them products break."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from services.gold.channels import google, meta, openai
from services.gold.channels.rule import Rule, inputs
from services.gold.rubric import identity
from services.gold.rubric.fields import IMAGE_FAULT, TEXT_COLUMNS

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "google": google.rules(),
    "meta": meta.rules(),
    "openai": openai.rules(),
}
"""By channel, errors first; the n-th rule is bit n. At most 64 each."""
ERRORS: Final[Mapping[str, int]] = {
    channel: sum(1 << bit for bit, rule in enumerate(rules) if rule.severity == "error")
    for channel, rules in RULES.items()
}
"""The bits of the rules for which each channel refuses a product: it is ready when it breaks none of them."""
MORE_TEXTS: Final = ("mpn", "condition", "parentId")
"""Texts of the canonical record that channels ask for and the rubric does not grade."""
COLUMNS: Final[Mapping[str, pl.DataType]] = {
    **dict.fromkeys(("product_id", *TEXT_COLUMNS, *MORE_TEXTS, IMAGE_FAULT), pl.String()),
    **dict.fromkeys(("_image_width", "_image_height", "_shared_gtin"), pl.Int32()),
    "secondaryImages": pl.List(pl.String()),
}
"""What rules read: the canonical record, and what is known of the primary image."""
_MASKS: Final = [
    pl.sum_horizontal(
        pl.when(rule.broken).then(pl.lit(1 << bit, dtype=pl.UInt64)).otherwise(pl.lit(0, dtype=pl.UInt64))
        for bit, rule in enumerate(rules)
    ).alias(channel)
    for channel, rules in RULES.items()
]


def broken(products: pl.DataFrame) -> pl.DataFrame:
    """Which rules each product breaks: a row a product in the same order, a column of bits (UInt64) a channel.

    Columns of `COLUMNS` that are not there count as absent, empty texts too.
    """
    return (
        products.select_seq(_columns(products))
        .with_columns_seq(*identity.inputs())
        .with_columns_seq(*inputs())
        .select_seq(_MASKS)
    )


def _columns(products: pl.DataFrame) -> list[pl.Expr]:
    return [
        pl.lit(None, dtype=dtype).alias(name)
        if name not in products.columns
        else pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name)).alias(name)
        if dtype == pl.String
        else pl.col(name)
        for name, dtype in COLUMNS.items()
    ]
