"""The rules of all channels, and which of them products break."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
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
_BITS: Final = 64
_INPUTS: Final = inputs()
_IDENTITY: Final = identity.inputs()
_BROKEN: Final = {rule.broken.meta.serialize(): rule.broken for rules in RULES.values() for rule in rules}
"""Each expression once: channels ask much the same."""
_CHECKS: Final = [
    expression.fill_null(value=False).alias(str(place)) for place, expression in enumerate(_BROKEN.values())
]
_PLACES: Final = {
    channel: [list(_BROKEN).index(rule.broken.meta.serialize()) for rule in rules] for channel, rules in RULES.items()
}
"""Where each rule's expression is among the checks."""


def broken(products: pl.DataFrame) -> pl.DataFrame:
    """Which rules each product breaks: a row a product in the same order, a column of bits (UInt64) a channel.

    Columns of `COLUMNS` that are not there count as absent, empty texts too.
    """
    canonical = products.select_seq(_columns(tuple(products.columns)))
    checked = canonical.with_columns_seq(_IDENTITY).with_columns_seq(_INPUTS).select_seq(_CHECKS).to_numpy()
    return pl.DataFrame({channel: _masks(checked[:, places]) for channel, places in _PLACES.items()})


def _masks(checked: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """A row of answers as bits, the first one least."""
    bits = np.zeros((len(checked), _BITS), dtype=np.bool_)
    bits[:, : checked.shape[1]] = checked
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").ravel()


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...]) -> tuple[pl.Expr, ...]:
    return tuple(
        pl.lit(None, dtype=dtype).alias(name)
        if name not in names
        else pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name)).alias(name)
        if dtype == pl.String
        else pl.col(name)
        for name, dtype in COLUMNS.items()
    )


def is_ready(masks: pl.Series, channel: str) -> pl.Series:
    """Whether the channel takes products that break these rules (bits) all the same."""
    return (masks & pl.Series([ERRORS[channel]], dtype=pl.UInt64)) == 0
