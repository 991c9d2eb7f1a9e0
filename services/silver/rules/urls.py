"""Product and image addresses: what can be mended without guessing, and a check of the syntax.

Sources: Google (link, image_link: http or https, encoded, at most 2,000 characters), Meta and OpenAI feed
specifications. Whether an image can be reached is another question, answered elsewhere.
"""

from typing import Final

import polars as pl

from services.silver.rules.fields import ITEM_BREAK, LISTS
from services.silver.rules.sheet import Sheet, rows_where, zeros

_MAX_CHARS: Final = 2_000
_FIELDS: Final = ("url", "primaryImageUrl", "secondaryImages")
# What nearly every address looks like, in a pattern that is cheap to build: neither untidy nor broken.
_NAME: Final = "[0-9A-Za-z_-]+"
_ADDRESS: Final = rf"https?://{_NAME}(?:\.{_NAME})+(?:[/?#][!#-&(-;=?-\[\]_a-z~]*)?"
_PLAIN: Final = rf"^{_ADDRESS}(?:\n{_ADDRESS})*$"
_UNTIDY: Final = r"^[\s\"'<]|[\s\"'>]$|[^\S\n]|&amp;|(?m:^//)|[\x00-\x09\x0b-\x1f\x7f\u{200b}\u{2060}\u{feff}]"
_CONTROL: Final = r"[\x00-\x09\x0b-\x1f\x7f\u{200b}\u{2060}\u{feff}]+"
_LABEL: Final = r"[^\x00-\x2c./:;<=>?@\[\\\]^`{|}~\x7f]+"
_SOUND: Final = (
    r"^[hH][tT][tT][pP][sS]?://(?:[^\x00-\x20/?#@\[\]]+@)?"
    rf"(?:{_LABEL}(?:\.{_LABEL})+\.?|localhost|\[[0-9a-fA-F:.]+\])(?::[0-9]{{1,5}})?"
    r"(?:[/?#][^\x00-\x20<>\"\\^`{|}\x7f]*)?$"
)


def _tidy(value: pl.Expr) -> pl.Expr:
    tidied = (
        value.str.replace_all(_CONTROL, "")
        .str.replace_all(r"&(?:amp;)+", "&")
        .str.replace_all(r"(?m)^[\s\"'<]+|[\s\"'>]+$", "")
        .str.replace_all(r"[^\S\n]+", "%20")
        .str.replace_all(r"\n{2,}", ITEM_BREAK)
        .str.replace_all(r"(?m)^//", "https://")
        .str.strip_chars(ITEM_BREAK)
    )
    return tidied.replace("", None)


def _plain(field: str) -> pl.Expr:
    value = pl.col(field)
    plain = value.str.contains(_PLAIN) & ~value.str.contains("&amp;", literal=True)
    return plain & (value.str.len_bytes() <= _MAX_CHARS) & (field in LISTS or ~value.str.contains("\n", literal=True))


def _broken(value: pl.Expr) -> pl.Expr:
    return ~value.str.contains(_SOUND) | (value.str.len_chars() > _MAX_CHARS)


_IS_PLAIN: Final = {field: _plain(field) for field in _FIELDS}
_IS_UNTIDY: Final = pl.all().str.contains(_UNTIDY)
_TIDIED: Final = _tidy(pl.all())
_IS_BROKEN: Final = _broken(pl.all())
_HAS_BROKEN: Final = pl.all().str.split(ITEM_BREAK).list.eval(_broken(pl.element())).list.any()
_IMAGES: Final = (
    pl.col("primaryImageUrl").is_not_null()
    + (pl.col("secondaryImages").str.count_matches(ITEM_BREAK, literal=True) + 1).fill_null(0)
).cast(pl.Int32)


def normalize_urls(sheet: Sheet) -> pl.Series:
    """Tidy and check addresses; return how many image URLs of each product were checked (Int32).

    Rule id that changes: urls.tidy (quotes and blanks around it, `&amp;`, a missing "https:" before "//", blanks
    inside as %20). Issue: urls.broken, the value stays as it is.
    """
    present = [field for field in _FIELDS if sheet.has(field)]
    if present:
        for plain in sheet.frame(present).select_seq(_IS_PLAIN[field] for field in present).get_columns():
            if not plain.all():
                _mend(sheet, plain.name, ~plain)
    if not sheet.has("primaryImageUrl") and not sheet.has("secondaryImages"):
        return zeros(sheet.height, pl.Int32).alias("_urls_validated")
    checked = sheet.frame(["primaryImageUrl", "secondaryImages"]).select_seq(_IMAGES)
    return checked.to_series().alias("_urls_validated")


def _mend(sheet: Sheet, field: str, odd: pl.Series) -> None:
    """Tidy the addresses that `odd` picks and flag what is broken still."""
    rows = rows_where(odd)
    values = sheet.get(field)[rows]
    untidy = values.to_frame().select_seq(_IS_UNTIDY).to_series()
    if untidy.any():
        tidied = values.filter(untidy).to_frame().select_seq(_TIDIED).to_series()
        sheet.replace(field, rows.filter(untidy), tidied, "urls.tidy")
        values = sheet.get(field)[rows]
    broken = values.to_frame().select_seq(_HAS_BROKEN if field in LISTS else _IS_BROKEN).to_series()
    if broken.any():
        message = "One or more are no valid http(s) address." if field in LISTS else "This is no valid http(s) address."
        sheet.flag("urls.broken", field, "error", odd.scatter(rows, broken), message)
