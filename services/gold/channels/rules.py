"""The rules of all channels, and which of them products break."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from services.gold.channels import google, meta, openai
from services.gold.channels.rule import Rule, looks
from services.gold.rubric.features import IMAGE_FAULT, TEXTS, Features

_MADE: Final = {"google": google.rules(), "meta": meta.rules(), "openai": openai.rules()}
RULES: Final[Mapping[str, tuple[Rule, ...]]] = {channel: rules.made() for channel, rules in _MADE.items()}
"""By channel, errors first; the n-th rule is bit n. At most 64 each."""
ERRORS: Final[Mapping[str, int]] = {
    channel: sum(1 << bit for bit, rule in enumerate(rules) if rule.severity == "error")
    for channel, rules in RULES.items()
}
"""The bits of the rules for which each channel refuses a product: it is ready when it breaks none of them."""
COLUMNS: Final[Mapping[str, pl.DataType]] = {
    **dict.fromkeys(("product_id", *TEXTS, IMAGE_FAULT), pl.String()),
    **dict.fromkeys(("_image_width", "_image_height", "_shared_gtin"), pl.Int32()),
    "secondaryImages": pl.List(pl.String()),
}
"""What rules read: the canonical record, and what is known of the primary image."""
_BITS: Final = 64
_FIRST, _SECOND = looks()
_LOOKS: Final = (_FIRST, _SECOND | {name: look for rules in _MADE.values() for name, look in rules.looks.items()})


def broken(products: pl.DataFrame) -> pl.DataFrame:
    """Which rules each product breaks: a row a product in the same order, a column of bits (UInt64) a channel.

    Columns of `COLUMNS` that are not there count as absent, empty texts too.
    """
    return broken_of(Features(products))


def broken_of(of: Features) -> pl.DataFrame:
    """The same, of products of which something may be known already."""
    of.look(*_LOOKS)
    return pl.DataFrame({channel: _masks(of, rules) for channel, rules in RULES.items()})


def _masks(of: Features, rules: tuple[Rule, ...]) -> pl.Series:
    """A row of answers as bits, the first one least."""
    bits = np.zeros((_BITS, of.height), dtype=np.bool_)
    for bit, rule in enumerate(rules):
        bits[bit] = rule.broken(of)
    masks = np.packbits(np.ascontiguousarray(bits.T), axis=1, bitorder="little").view("<u8")
    return pl.Series(masks.ravel(), dtype=pl.UInt64)


def is_ready(masks: pl.Series, channel: str) -> pl.Series:
    """Whether the channel takes products that break these rules (bits) all the same."""
    return (masks & pl.Series([ERRORS[channel]], dtype=pl.UInt64)) == 0
