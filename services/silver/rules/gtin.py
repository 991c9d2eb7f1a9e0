"""Barcodes (GTIN-8, -12, -13, -14): cleaned, checked, and judged as identities.

Sources: GS1 mod-10 check digit and prefixes, Google product data specification and Prisjakt's GTIN page as collected
in the channel facts; traps 1 to 3 there. A barcode that is wrong stays as the source gave it, flagged, with no usable
key: a wrong identity is worse than none.
"""

import re
from typing import Final

import polars as pl

from services.silver.rules.sheet import Severity, Sheet, rows_where

_LENGTHS: Final = (8, 12, 13, 14)
_SOUND: Final = re.compile("[0-9]{8}|[0-9]{12,14}")
_SPREADSHEET: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
_QUOTES: Final = "'’‘`\""
_DECORATION: Final = r"^=?['’‘`´\"]+|['’‘`´\"]+$|^(?i:gtin|ean|upc|isbn|jan)[-\s:]*(?:1[0234])?[:\s]+"
_SUFFIX: Final = re.compile("([0-9]{8}|[0-9]{12,14})[-/_][0-9]{1,3}")
_ENDS_IN_SUFFIX: Final = r"[0-9][-/_][0-9]{1,3}\W*$"
_ISBN_10: Final = re.compile("(?:97[89])?[0-9 -]{9,13}[xX]|[0-9]{10}")
_LOST_ZEROS: Final = re.compile("[0-9]{9,11}")
_MADE_UP: Final = frozenset(
    int(code)
    for code in (
        *("0" * 14, "1" * 14, "9" * 14),
        *("1234567890128", "12345678901231", "123456789012", "012345678905", "12345670", "4012345678901"),
    )
)
# Restricted and coupon prefixes are refused in the 13-digit form only (Prisjakt). Of the 8-digit codes those that
# begin with 0 or 2 are restricted (GS1), which is also why no GTIN-8 can have lost leading zeros.
_PREFIXES_OF_13: Final = {
    **dict.fromkeys(("02", "04", *(f"2{digit}" for digit in range(10))), "gtin.restricted"),
    **dict.fromkeys(("05", "98", "99"), "gtin.coupon"),
}
_PREFIXES_OF_8: Final = ("0", "2")
_ISSUES: Final[dict[str, tuple[Severity, str]]] = {
    "gtin.spreadsheet": ("error", "A spreadsheet destroyed this barcode; export it again as text."),
    "gtin.not_digits": ("error", "A barcode holds digits only."),
    "gtin.length": ("error", "A barcode has 8, 12, 13 or 14 digits."),
    "gtin.placeholder": ("error", "This barcode is a placeholder, nobody's product."),
    "gtin.check_digit": ("error", "The check digit is wrong: at least one digit of this barcode is not right."),
    "gtin.restricted": ("warning", "Barcodes with this prefix are for use inside one company."),
    "gtin.coupon": ("error", "Barcodes with this prefix are coupons."),
}
_UNSOUND: Final = ("gtin.spreadsheet", "gtin.not_digits", "gtin.length")
_WEIGHED: Final = [n // 1000 * 3 + n // 100 % 10 + n // 10 % 10 * 3 + n % 10 for n in range(10_000)]
"""Sums of the weighted digits of every block of four."""
_BARE: Final = (
    pl.col("gtin")
    .str.normalize("NFKC")
    .str.strip_chars()
    .str.replace_all(_DECORATION, "")
    .str.replace(r"^([0-9]{7,14})\.0+$", "$1")
)


_FEW: Final = 32
"""So few codes are judged one by one: the expression costs more than they do."""
_AS_NUMBER: Final = pl.col("gtin").cast(pl.Int64, strict=False)
_NUMBER: Final = pl.col("number")
_LENGTH: Final = pl.col("gtin").str.len_bytes()
_SUM: Final = pl.sum_horizontal(_NUMBER // 10**place % 10 * (3 if place % 2 else 1) for place in range(14))
# What `_fault` finds no fault with, for the many that are sound; the others are looked at one by one.
_SURE_KEY: Final = (
    pl.when(
        pl.col("gtin").str.contains("^(?:[0-9]{8}|[0-9]{12,14})$")
        & (_SUM % 10 == 0)
        & ~_NUMBER.is_in(sorted(_MADE_UP))
        & ((_LENGTH != 13) | ~(_NUMBER // 10**11).is_in([int(prefix) for prefix in _PREFIXES_OF_13]))
        & ((_LENGTH != 8) | ~(_NUMBER // 10**7).is_in([int(prefix) for prefix in _PREFIXES_OF_8]))
    )
    .then(pl.col("gtin").str.zfill(14))
    .alias("_gtin14")
)


def check_digit_fits(digits: str) -> bool:
    """Tell whether the last digit is the GS1 mod-10 check digit of the others. Expects 1 to 14 ASCII digits.

    Weights run from the right, so leading zeros make no difference.
    """
    return _fits(int(digits))


def _fits(number: int) -> bool:
    high = number // 100_000_000
    low = _WEIGHED[number % 10_000] + _WEIGHED[number // 10_000 % 10_000]
    return (low + _WEIGHED[high % 10_000] + _WEIGHED[high // 10_000]) % 10 == 0


def normalize_gtin(sheet: Sheet) -> pl.Series:
    """Clean and check `gtin`; return the usable 14-digit key per product, null where there is none.

    Rule ids that change: gtin.digits (apostrophes, spaces, dashes, ".0"), gtin.suffix, gtin.leading_zeros, gtin.isbn10,
    gtin.upc_e.
    Issues: gtin.spreadsheet, gtin.not_digits, gtin.length, gtin.check_digit, gtin.placeholder, gtin.restricted,
    gtin.coupon.
    """
    if not sheet.has("gtin"):
        return pl.Series("_gtin14", [None], dtype=pl.String).new_from_index(0, sheet.height)
    column = sheet.get("gtin")
    if sheet.height <= _FEW:
        codes: list[str | None] = column.to_list()
        rows = [row for row, code in enumerate(codes) if code is not None]
        judged = dict(zip(rows, _judged(sheet, rows, [code for code in codes if code is not None]), strict=True))
        return pl.Series("_gtin14", [judged.get(row) for row in range(sheet.height)], dtype=pl.String)
    keys = column.to_frame().with_columns_seq(number=_AS_NUMBER).select_seq(_SURE_KEY).to_series()
    unsure = rows_where(column.is_not_null() & keys.is_null())
    if not len(unsure):
        return keys
    found = _judged(sheet, unsure.to_list(), column[unsure].to_list())
    return keys.clone().scatter(unsure, pl.Series(found, dtype=pl.String))


def _judged(sheet: Sheet, rows: list[int], codes: list[str]) -> list[str | None]:
    """Return the keys of `codes`, those at `rows`; mended and flagged where they need it."""
    faults = [_fault(code) for code in codes]
    odd = [place for place, fault in enumerate(faults) if fault]
    if odd:
        _mend(sheet, [rows[place] for place in odd], [rows[place] for place in odd if faults[place] in _UNSOUND])
        for place, code in zip(odd, sheet.get("gtin")[[rows[place] for place in odd]].to_list(), strict=True):
            codes[place], faults[place] = code or "", _fault(code or "")
        for rule, (severity, message) in _ISSUES.items():
            found = [row for row, fault in zip(rows, faults, strict=True) if fault == rule]
            sheet.flag_rows(rule, "gtin", severity, pl.Series(found, dtype=pl.UInt32), message)
    return [None if fault else code.zfill(14) for code, fault in zip(codes, faults, strict=True)]


def _fault(code: str) -> str | None:
    """Return the rule that a code breaks, None when it is a usable barcode."""
    if not (code.isascii() and code.isdigit()):
        return "gtin.spreadsheet" if _SPREADSHEET.fullmatch(code) else "gtin.not_digits"
    length = len(code)
    if length not in _LENGTHS:
        return "gtin.length"
    number = int(code)
    if number in _MADE_UP:
        return "gtin.placeholder"
    if not _fits(number):
        return "gtin.check_digit"
    if length == 13:
        return _PREFIXES_OF_13.get(code[:2])
    return "gtin.restricted" if length == 8 and code.startswith(_PREFIXES_OF_8) else None


def _mend(sheet: Sheet, odd: list[int], unsound: list[int]) -> None:
    """Take off what is not part of a code, then mend what only one reading can mend."""
    if unsound:
        _replace(sheet, unsound, _cleaned(sheet.get("gtin")[unsound]))
    _replace(sheet, odd, [(_upc_a(code), "gtin.upc_e") for code in sheet.get("gtin")[odd].to_list()])


def _replace(sheet: Sheet, rows: list[int], mended: list[tuple[str, str]]) -> None:
    for rule in dict.fromkeys(rule for _, rule in mended):
        picked = [(row, code) for row, (code, by) in zip(rows, mended, strict=True) if by == rule]
        where, codes = zip(*picked, strict=True)
        sheet.replace("gtin", pl.Series(where, dtype=pl.UInt32), pl.Series(codes, dtype=pl.String), rule)


def _cleaned(codes: pl.Series) -> list[tuple[str, str]]:
    """Return each code as it should be, and the last rule that had a say in it."""
    stripped = [code.strip(_QUOTES) for code in codes.to_list()]
    if all(map(_SOUND.fullmatch, stripped)):
        return [(code, "gtin.digits") for code in stripped]
    frame = codes.to_frame().select_seq(_BARE.alias("bare"))
    frame = frame.with_columns_seq(joined=pl.col("bare").str.replace_all(r"[\s-]", ""))
    suffixed = [_SUFFIX.fullmatch(bare) for bare in frame["bare"].to_list()]
    ends = codes.str.contains(_ENDS_IN_SUFFIX).to_list() if any(suffixed) else suffixed
    cleaned = []
    texts = zip(codes.to_list(), frame["bare"].to_list(), frame["joined"].to_list(), suffixed, ends, strict=True)
    for code, bare, joined, suffix, end in texts:
        if suffix:
            sound = end and check_digit_fits(suffix[1])
            cleaned.append((suffix[1] if sound else code, "gtin.suffix"))
        elif joined.isascii() and joined.isdigit() and len(joined) <= 14:
            cleaned.append(_lengthened(joined, "gtin.digits"))
        else:
            longer, rule = _lengthened(bare, "gtin.digits")
            cleaned.append((code if longer == bare else longer, rule))
    return cleaned


def _lengthened(code: str, rule: str) -> tuple[str, str]:
    """Return the ISBN-13 of an ISBN-10, or a code with the leading zeros it lost, and the rule; or both as they are."""
    if _ISBN_10.fullmatch(code):
        isbn = re.sub("[ -]", "", code).upper()
        if _isbn10_fits(isbn) and not (isbn.isdigit() and check_digit_fits(isbn)):
            return _isbn13(isbn), "gtin.isbn10"
    if _LOST_ZEROS.fullmatch(code) and check_digit_fits(code) and code.strip("0"):
        return code.zfill(12), "gtin.leading_zeros"
    return code, rule


def _upc_a(code: str) -> str:
    """Return the UPC-A behind a UPC-E (Google: "UPC-E converted to 12") where only that reading's check digit fits."""
    if len(code) != 8 or code[0] not in "01" or not (code.isascii() and code.isdigit()):
        return code
    last = code[6]
    if last in "012":
        long = code[:3] + last + "0000" + code[3:6] + code[7]
    elif last == "3":
        long = code[:4] + "00000" + code[4:6] + code[7]
    elif last == "4":
        long = code[:5] + "00000" + code[5] + code[7]
    else:
        long = code[:6] + "0000" + code[6:]
    return long if check_digit_fits(long) and not check_digit_fits(code) else code


def _isbn10_fits(isbn: str) -> bool:
    if not re.fullmatch("[0-9]{9}[0-9X]", isbn):
        return False
    digits = [10 if char == "X" else int(char) for char in isbn]
    return sum(digit * (10 - position) for position, digit in enumerate(digits)) % 11 == 0


def _isbn13(isbn: str) -> str:
    """Return the ISBN-13 of an ISBN-10 (Google: "ISBN-10 converted")."""
    body = "978" + isbn[:9]
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(body))
    return f"{body}{-total % 10}"
