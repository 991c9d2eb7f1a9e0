"""Identity: SKU, GTIN and brand, what other systems recognise a product by."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import GOOGLE, Check
from services.gold.rubric.text import placeholder

MADE_UP = (1234567890128, 12345678901231, 123456789012, 12345678905, 12345670, 4012345678901)
"""Numbers with a sound check digit that people type where a field wants any barcode."""


def inputs() -> Sequence[pl.Expr]:
    """`_gtin_digits`: the GTIN without spaces and dashes; `_gtin_14`: left-padded to 14 digits, as a number or null;
    `gtin_products`: how many unlike products carry the same one, if any; and lengths in characters.
    """
    digits = pl.col("gtin").str.replace_all(r"[\s\-]", "")
    is_code = digits.str.contains(r"^(?:\d{8}|\d{12,14})$")
    number = pl.when(is_code).then(digits).str.to_integer(strict=False, dtype=pl.Int64)
    shared = pl.col("_shared_gtin")
    return (
        digits.alias("_gtin_digits"),
        number.alias("_gtin_14"),
        pl.when(shared > 0).then(shared).alias("gtin_products"),
        pl.col("sku").str.len_chars().alias("sku_chars"),
        pl.col("brand").str.len_chars().alias("brand_chars"),
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `sku`, `gtin` and `brand`.

    A GTIN is worth its full share or nothing: Google disapproves a product for a wrong one, so none is better; one that
    unlike products share is wrong on all but one of them.
    Refused prefixes of the 13-digit form are those of Google's specification and GS1: 020–029, 040–049 and 200–299
    (restricted circulation), 050–059 and 980–999 (coupons, refund receipts), 952 (GS1's own examples).
    A brand is worth its full share once it is linked to a brand of the workspace (`brandId` is there), half before.
    """
    sku, brand = pl.col("sku"), pl.col("brand")
    digits, number = pl.col("_gtin_digits"), pl.col("_gtin_14")
    drop = "Correct the GTIN or leave it out: channels refuse a product for a wrong one."
    return {
        "sku": (
            Check(placeholder(sku), 0, "placeholder", "placeholder instead of a SKU", "Give the product a SKU."),
            Check(
                *(
                    pl.col("sku_chars") > 50,
                    800,
                    "too_long",
                    "longer than 50 characters, the channels' limit for an id",
                ),
                *("The SKU has {value} characters; channels take 50.", "sku_chars", GOOGLE),
            ),
        ),
        "gtin": (
            Check(number.is_null(), 0, "malformed", "not a number of 8, 12, 13 or 14 digits", drop, source=GOOGLE),
            Check(~_check_digit_fits(number), 0, "check_digit", "wrong check digit", drop, source=GOOGLE),
            Check(
                _restricted(digits, number), 0, "restricted", "restricted, coupon or test prefix", drop, source=GOOGLE
            ),
            Check(number.is_in(MADE_UP), 0, "made_up", "a made-up number", drop),
            Check(
                *(pl.col("gtin_products") > 0, 0, "shared", "shared with unlike products"),
                *("Unlike products with the same GTIN: {value}; a GTIN names one product.", "gtin_products", GOOGLE),
            ),
        ),
        "brand": (
            Check(
                *(placeholder(brand), 0, "placeholder", "placeholder instead of a brand"),
                *("Fill in the brand, or the maker where there is no brand.", None, GOOGLE),
            ),
            Check(
                *(pl.col("brandId").is_null(), 500, "unlinked", "not linked to a brand of the workspace"),
                "Register the brand in the workspace, or correct its spelling.",
            ),
            Check(
                *(pl.col("brand_chars") > 70, 800, "too_long", "longer than 70 characters"),
                *("The brand has {value} characters; channels take 70.", "brand_chars", GOOGLE),
            ),
        ),
    }


def _check_digit_fits(number: pl.Expr) -> pl.Expr:
    """GS1's modulo-10 check over 14 digits. All zeros fit the sum and are refused all the same."""
    weighted = (((number // 10**place) % 10) * (3 if place % 2 else 1) for place in range(14))
    return (pl.sum_horizontal(*weighted) % 10 == 0) & (number > 0)


def _restricted(digits: pl.Expr, number: pl.Expr) -> pl.Expr:
    """A prefix that identifies no trade item. 8-digit codes have prefixes of their own: 0 and 2 are restricted."""
    prefix = (number // 10**10) % 1000
    long = prefix.is_between(20, 29) | prefix.is_between(40, 59) | prefix.is_between(200, 299) | (prefix == 952)
    return pl.when(digits.str.len_bytes() == 8).then(digits.str.contains("^[02]")).otherwise(long | (prefix >= 980))
