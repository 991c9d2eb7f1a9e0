"""Identity: SKU, GTIN and brand, what other systems recognise a product by."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from services.gold.rubric.asking import above, absent, longer, placeholder
from services.gold.rubric.features import Features, Looks, Mask
from services.gold.rubric.fields import GOOGLE, Check

MADE_UP = (1234567890128, 12345678901231, 123456789012, 12345678905, 12345670, 4012345678901)
"""Numbers with a sound check digit that people type where a field wants any barcode."""
_PLACES: Final = 10 ** np.arange(14, dtype=np.int64)
_WEIGHTS: Final = np.where(np.arange(14) % 2, 3, 1)
_REFUSED: Final = np.zeros(1000, dtype=np.bool_)
for _first, _last in ((20, 29), (40, 59), (200, 299), (952, 952), (980, 999)):
    _REFUSED[_first : _last + 1] = True


def looks() -> tuple[Looks, Looks]:
    """The GTIN without spaces and dashes (`gtin_digits`), its length, and as a number where it is one (`gtin_number`);
    `gtin_products`: how many unlike products carry the same one, if any.
    """
    digits = pl.col("gtin_digits")
    is_code = digits.str.contains(r"^(?:\d{8}|\d{12,14})$")
    shared = pl.col("_shared_gtin")
    return (
        {
            "gtin_digits": pl.col("gtin").str.replace_all(r"[\s\-]", ""),
            "gtin_products": pl.when(shared > 0).then(shared),
        },
        {
            "gtin_length": digits.str.len_bytes().fill_null(0),
            "gtin_number": pl.when(is_code).then(digits).str.to_integer(strict=False, dtype=pl.Int64).fill_null(-1),
        },
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `sku`, `gtin` and `brand`.

    A GTIN is worth its full share or nothing: Google disapproves a product for a wrong one, so none is better; one that
    unlike products share is wrong on all but one of them.
    Refused prefixes of the 13-digit form are those of Google's specification and GS1: 020–029, 040–049 and 200–299
    (restricted circulation), 050–059 and 980–999 (coupons, refund receipts), 952 (GS1's own examples).
    A brand is worth its full share once it is linked to a brand of the workspace (`brandId` is there), half before.
    """
    drop = "Correct the GTIN or leave it out: channels refuse a product for a wrong one."
    return {
        "sku": (
            Check(placeholder("sku"), 0, "placeholder", "placeholder instead of a SKU", "Give the product a SKU."),
            Check(
                *(
                    longer("sku", 50),
                    800,
                    "too_long",
                    "longer than 50 characters, the channels' limit for an id",
                ),
                *("The SKU has {value} characters; channels take 50.", "sku_chars", GOOGLE),
            ),
        ),
        "gtin": (
            Check(_malformed, 0, "malformed", "not a number of 8, 12, 13 or 14 digits", drop, source=GOOGLE),
            Check(_wrong_digit, 0, "check_digit", "wrong check digit", drop, source=GOOGLE),
            Check(_restricted, 0, "restricted", "restricted, coupon or test prefix", drop, source=GOOGLE),
            Check(_made_up, 0, "made_up", "a made-up number", drop),
            Check(
                *(above("gtin_products", 0), 0, "shared", "shared with unlike products"),
                *("Unlike products with the same GTIN: {value}; a GTIN names one product.", "gtin_products", GOOGLE),
            ),
        ),
        "brand": (
            Check(
                *(placeholder("brand"), 0, "placeholder", "placeholder instead of a brand"),
                *("Fill in the brand, or the maker where there is no brand.", None, GOOGLE),
            ),
            Check(
                *(absent("brandId"), 500, "unlinked", "not linked to a brand of the workspace"),
                "Register the brand in the workspace, or correct its spelling.",
            ),
            Check(
                *(longer("brand", 70), 800, "too_long", "longer than 70 characters"),
                *("The brand has {value} characters; channels take 70.", "brand_chars", GOOGLE),
            ),
        ),
    }


def unusable_gtin(of: Features) -> Mask:
    """There is a GTIN, and nothing is given for it, whoever else carries it."""
    return of.once("unusable_gtin", _unusable)


def _unusable(of: Features) -> Mask:
    return of.given("gtin") & (_malformed(of) | _wrong_digit(of) | _restricted(of) | _made_up(of))


def _malformed(of: Features) -> Mask:
    mask: Mask = of["gtin_number"] < 0
    return mask


def _wrong_digit(of: Features) -> Mask:
    """By GS1's modulo-10 check over 14 digits. All zeros fit the sum and are refused all the same."""
    digits = of["gtin_number"][:, np.newaxis] // _PLACES % 10
    mask: Mask = ((digits @ _WEIGHTS) % 10 != 0) | (of["gtin_number"] <= 0)
    return mask


def _restricted(of: Features) -> Mask:
    """A prefix that identifies no trade item. 8-digit codes have prefixes of their own: 0 and 2 are restricted."""
    number = of["gtin_number"]
    prefix = number // 10**10 % 1000
    first_of_8 = number // 10**7
    mask: Mask = np.where(of["gtin_length"] == 8, (first_of_8 == 0) | (first_of_8 == 2), _REFUSED[prefix])
    return mask & ~_malformed(of)


def _made_up(of: Features) -> Mask:
    number = of["gtin_number"]
    mask: Mask = np.logical_or.reduce([number == made_up for made_up in MADE_UP])
    return mask
