"""Barcodes (GTIN-8, -12, -13, -14): cleaned, checked, and judged as identities.

Sources: GS1 mod-10 check digit and prefixes, Google product data specification and Prisjakt's GTIN page as collected
in the channel facts; traps 1 to 3 there. A barcode that is wrong stays as the source gave it, flagged, with no usable
key: a wrong identity is worse than none.
"""

from typing import Final

import polars as pl

from services.silver.rules.sheet import Sheet

_SOUND: Final = r"^(?:[0-9]{8}|[0-9]{12,14})$"
_SPREADSHEET: Final = r"(?i)^[0-9](?:[.,][0-9]+)?e\+?[0-9]+$"
_SUFFIX: Final = r"^([0-9]{8}|[0-9]{12,14})[-/_][0-9]{1,3}$"
_DECORATION: Final = r"^=?['’‘`´\"]+|['’‘`´\"]+$|^(?i:gtin|ean|upc)[-\s:]*(?:1[234])?[:\s]+"
_MADE_UP: Final = tuple(
    code.zfill(14)
    for code in ("1234567890128", "12345678901231", "123456789012", "012345678905", "12345670", "4012345678901")
)
_RESTRICTED: Final = r"^0(?:02|04|2)"
_COUPON: Final = r"^0(?:05|98|99)"
_UPC_E: Final = "^[01][0-9]{7}$"
_LOST_ZEROS: Final = r"^[0-9]{9,11}$"


def check_digit_fits(digits: pl.Expr) -> pl.Expr:
    """Tell whether the last digit is the GS1 mod-10 check digit of the others. Expects 1 to 14 ASCII digits.

    Weights run from the right, so leading zeros make no difference.
    """
    return _mod10_fits(digits.cast(pl.Int64, strict=False))


def _mod10_fits(number: pl.Expr) -> pl.Expr:
    total = pl.lit(0, dtype=pl.Int64)
    for position in range(14):
        digit = (number // 10**position) % 10
        total = total + digit * (3 if position % 2 else 1)
    return total % 10 == 0


_G: Final = pl.col("g")
_BASICS: Final = {
    "sound": _G.str.contains(_SOUND),
    "digits": _G.str.contains(r"^[0-9]+$"),
    "padded": _G.str.zfill(14),
    "thirteen": _G.str.len_bytes() == 13,
    "eight": _G.str.len_bytes() == 8,
    "number": pl.when(_G.str.contains(_SOUND)).then(_G).cast(pl.Int64, strict=False),
}
_JUDGEMENT: Final = {
    "made_up": pl.col("padded").str.contains(r"^(?:0+|1+|9+)$") | pl.col("padded").is_in(list(_MADE_UP)),
    "fits": _mod10_fits(pl.col("number")),
}
_TRUE: Final = pl.col("fits") & ~pl.col("made_up")
# At most one of these fits a value.
_CHECKS: Final = {
    "gtin.spreadsheet": (
        ~pl.col("digits") & _G.str.contains(_SPREADSHEET),
        "A spreadsheet destroyed this barcode; export it again as text.",
    ),
    "gtin.not_digits": (~pl.col("digits") & ~_G.str.contains(_SPREADSHEET), "A barcode holds digits only."),
    "gtin.length": (pl.col("digits") & ~pl.col("sound"), "A barcode has 8, 12, 13 or 14 digits."),
    "gtin.placeholder": (pl.col("sound") & pl.col("made_up"), "This barcode is a placeholder, nobody's product."),
    "gtin.check_digit": (
        pl.col("sound") & ~pl.col("made_up") & ~pl.col("fits"),
        "The check digit is wrong: at least one digit of this barcode is not right.",
    ),
    # Restricted and coupon prefixes are refused in the 13-digit form only (Prisjakt). Of the 8-digit codes those that
    # begin with 0 or 2 are restricted (GS1), which is also why no GTIN-8 can have lost leading zeros.
    "gtin.restricted": (
        _TRUE
        & (
            (pl.col("thirteen") & pl.col("padded").str.contains(_RESTRICTED))
            | (pl.col("eight") & _G.str.contains("^[02]"))
        ),
        "Barcodes with this prefix are for use inside one company.",
    ),
    "gtin.coupon": (
        _TRUE & pl.col("thirteen") & pl.col("padded").str.contains(_COUPON),
        "Barcodes with this prefix are coupons.",
    ),
}
_FAULTS: Final = {rule: fault.fill_null(value=False) for rule, (fault, _) in _CHECKS.items()}


def normalize_gtin(sheet: Sheet) -> pl.Series:
    """Clean and check `gtin`; return the usable 14-digit key per product, null where there is none.

    Rule ids that change: gtin.digits (apostrophes, spaces, dashes, ".0"), gtin.suffix, gtin.leading_zeros, gtin.isbn10,
    gtin.upc_e.
    Issues: gtin.spreadsheet, gtin.not_digits, gtin.length, gtin.check_digit, gtin.placeholder, gtin.restricted,
    gtin.coupon.
    """
    if not sheet.has("gtin"):
        return pl.Series("_gtin14", [None], dtype=pl.String).new_from_index(0, sheet.height)
    _clean(sheet)
    sheet.apply("gtin.upc_e", ["gtin"], lambda value: value.str.contains(_UPC_E), _upc_a)
    # In steps, because an expression that is used twice in one step is computed twice.
    facts = sheet.get("gtin").alias("g").to_frame().with_columns_seq(**_BASICS).with_columns_seq(**_JUDGEMENT)
    facts = facts.with_columns_seq(**_FAULTS)
    for rule, (_, message) in _CHECKS.items():
        sheet.flag(rule, "gtin", "error" if rule != "gtin.restricted" else "warning", facts[rule], message)
    faultless = _TRUE & ~pl.any_horizontal(_FAULTS.keys())
    return facts.select_seq(pl.when(faultless).then("padded").alias("_gtin14")).to_series()


def _clean(sheet: Sheet) -> None:
    """Take off what is not part of the code, then mend what only one reading can mend."""
    odd = ~sheet.get("gtin").str.contains(_SOUND)
    if not odd.any():
        return
    raw = pl.col("gtin").str.normalize("NFKC").str.strip_chars()
    bare = raw.str.replace_all(_DECORATION, "").str.replace(r"^([0-9]{7,14})\.0+$", "$1")
    joined = bare.str.replace_all(r"[\s-]", "")
    digits = (
        pl.when(joined.str.contains(r"^[0-9]+$") & (joined.str.len_bytes() <= 14) & ~bare.str.contains(_SUFFIX))
        .then(joined)
        .otherwise("gtin")
    )
    sheet.apply("gtin.digits", ["gtin"], lambda value: ~value.str.contains(_SOUND), lambda _: digits)
    head = bare.str.extract(_SUFFIX, 1)
    sheet.apply(
        "gtin.suffix",
        ["gtin"],
        lambda value: value.str.contains(r"[0-9][-/_][0-9]{1,3}\W*$"),
        lambda _: pl.when(check_digit_fits(head)).then(head).otherwise("gtin"),
    )
    isbn = pl.col("gtin").str.replace_all("[ -]", "").str.to_uppercase()
    sheet.apply(
        "gtin.isbn10",
        ["gtin"],
        lambda value: value.str.contains(r"^(?:97[89])?[[0-9] -]{9,13}[xX]$|^[0-9]{10}$"),
        lambda _: pl.when(_isbn10_fits(isbn) & ~_fits_as_number(isbn)).then(_isbn13(isbn)).otherwise("gtin"),
    )
    sheet.apply(
        "gtin.leading_zeros",
        ["gtin"],
        lambda value: value.str.contains(_LOST_ZEROS),
        lambda value: (
            pl.when(check_digit_fits(value) & ~value.str.contains("^0+$")).then(value.str.zfill(12)).otherwise(value)
        ),
    )


def _upc_a(code: pl.Expr) -> pl.Expr:
    """Return the UPC-A behind a UPC-E (Google: "UPC-E converted to 12") where only that reading's check digit fits."""
    long = (
        code.str.replace(r"^([01]\d\d)(\d{3})([012])(\d)$", "${1}${3}0000${2}${4}")
        .str.replace(r"^([01]\d{3})(\d\d)3(\d)$", "${1}00000${2}${3}")
        .str.replace(r"^([01]\d{4})(\d)4(\d)$", "${1}00000${2}${3}")
        .str.replace(r"^([01]\d{5})([5-9])(\d)$", "${1}0000${2}${3}")
    )
    return pl.when(check_digit_fits(long) & ~check_digit_fits(code)).then(long).otherwise(code)


def _fits_as_number(isbn: pl.Expr) -> pl.Expr:
    return isbn.str.contains(r"^[0-9]+$") & check_digit_fits(isbn).fill_null(value=False)


def _isbn10_fits(isbn: pl.Expr) -> pl.Expr:
    total = pl.lit(0, dtype=pl.Int64)
    for position in range(9):
        total = total + isbn.str.slice(position, 1).cast(pl.Int64, strict=False) * (10 - position)
    last = pl.when(isbn.str.ends_with("X")).then(10).otherwise(isbn.str.slice(9, 1).cast(pl.Int64, strict=False))
    return (isbn.str.contains(r"^[0-9]{9}[[0-9]X]$") & ((total + last) % 11 == 0)).fill_null(value=False)


def _isbn13(isbn: pl.Expr) -> pl.Expr:
    """Return the ISBN-13 of an ISBN-10 (Google: "ISBN-10 converted")."""
    body = pl.lit("978") + isbn.str.slice(0, 9)
    total = pl.lit(0, dtype=pl.Int64)
    for position in range(12):
        total = total + body.str.slice(position, 1).cast(pl.Int64, strict=False) * (3 if position % 2 else 1)
    return body + ((10 - total % 10) % 10).cast(pl.String)
