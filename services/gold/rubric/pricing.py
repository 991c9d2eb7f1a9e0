"""Pricing: price, currency and availability, without which no channel lists a product."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import GOOGLE, Check
from services.runtime.currencies import ISO_4217

AVAILABILITIES = ("in_stock", "out_of_stock", "preorder", "backorder", "discontinued")

CURRENCIES = tuple(sorted(ISO_4217))


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `price`, `currency` and `availability`.

    Prices are decimal texts. They are compared as doubles: reading a decimal as a double keeps the order of any two,
    so a comparison cannot come out wrong, and no amount is computed. A price of 0 means "unknown" in real files,
    an original price of 0 (Shopify's compare-at price) that there is none.
    """
    price = pl.col("price").cast(pl.Float64, strict=False)
    original = pl.col("originalPrice").cast(pl.Float64, strict=False)
    return {
        "price": (
            Check(
                price.is_finite().fill_null(value=False).not_() | (price <= 0),
                *(0, "not_positive", "not an amount above zero"),
                *("Fill in a price above zero.", None, GOOGLE),
            ),
            Check(
                *((original < price) & (original > 0), 500, "above_original", "the original price is below the price"),
                "Correct the original price, or leave it out.",
            ),
        ),
        "currency": (
            Check(
                *(~pl.col("currency").is_in(CURRENCIES), 0, "unknown", "not a currency code of ISO 4217"),
                *("Name the currency by its three letters of ISO 4217, as EUR.", None, GOOGLE),
            ),
        ),
        "availability": (
            Check(
                *(~pl.col("availability").is_in(AVAILABILITIES), 0, "unknown", "not one of the known availabilities"),
                *(f"Say one of {', '.join(AVAILABILITIES)}.", None, GOOGLE),
            ),
        ),
    }
