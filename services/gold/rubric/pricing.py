"""Pricing: price, currency and availability, without which no channel lists a product."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from services.gold.rubric.features import Features, Looks, Mask, Test
from services.gold.rubric.fields import GOOGLE, Check
from services.runtime.currencies import ISO_4217

AVAILABILITIES = ("in_stock", "out_of_stock", "preorder", "backorder", "discontinued")

CURRENCIES = tuple(sorted(ISO_4217))


def looks() -> Sequence[Looks]:
    """Prices as doubles, NaN where there is no number, and whether currency and availability are none of the known."""
    return (
        {
            "price_number": _number("price"),
            "original_number": _number("originalPrice"),
            "currency_known": pl.col("currency").is_in(CURRENCIES).fill_null(value=False),
            "availability_known": pl.col("availability").is_in(AVAILABILITIES).fill_null(value=False),
        },
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `price`, `currency` and `availability`.

    Prices are decimal texts. They are compared as doubles: reading a decimal as a double keeps the order of any two,
    so a comparison cannot come out wrong, and no amount is computed. A price of 0 means "unknown" in real files,
    an original price of 0 (Shopify's compare-at price) that there is none.
    """
    return {
        "price": (
            Check(
                _not_positive,
                *(0, "not_positive", "not an amount above zero"),
                *("Fill in a price above zero.", None, GOOGLE),
            ),
            Check(
                *(_above_original, 500, "above_original", "the original price is below the price"),
                "Correct the original price, or leave it out.",
            ),
        ),
        "currency": (
            Check(
                *(unknown("currency"), 0, "unknown", "not a currency code of ISO 4217"),
                *("Name the currency by its three letters of ISO 4217, as EUR.", None, GOOGLE),
            ),
        ),
        "availability": (
            Check(
                *(unknown("availability"), 0, "unknown", "not one of the known availabilities"),
                *(f"Say one of {', '.join(AVAILABILITIES)}.", None, GOOGLE),
            ),
        ),
    }


def unknown(column: str) -> Test:
    """There is a currency, or an availability, that is none of the known."""
    return lambda of: of.given(column) & ~of[f"{column}_known"]


def _not_positive(of: Features) -> Mask:
    price = of["price_number"]
    mask: Mask = ~np.isfinite(price) | (price <= 0)
    return mask


def _above_original(of: Features) -> Mask:
    price, original = of["price_number"], of["original_number"]
    mask: Mask = (original < price) & (original > 0)
    return mask


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False).fill_null(float("nan"))
