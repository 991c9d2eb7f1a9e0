"""Product and image addresses: what can be mended without guessing, and a check of the syntax.

Sources: Google (link, image_link: http or https, encoded, at most 2,000 characters), Meta and OpenAI feed
specifications. Whether an image can be reached is another question, answered elsewhere.
"""

from typing import Final

import polars as pl

from services.silver.rules.fields import ITEM_BREAK, LISTS
from services.silver.rules.sheet import Sheet, zeros

_MAX_CHARS: Final = 2_000
_FIELDS: Final = ("url", "primaryImageUrl", "secondaryImages")
_UNTIDY: Final = r"^[\s\"'<]|[\s\"'>]$|[^\S\n]|&amp;|(?m:^//)|[\x00-\x09\x0b-\x1f\x7f\u{200b}\u{2060}\u{feff}]"
_CONTROL: Final = r"[\x00-\x09\x0b-\x1f\x7f\u{200b}\u{2060}\u{feff}]+"
_LABEL: Final = r"[^\x00-\x2c./:;<=>?@\[\\\]^`{|}~\x7f]+"
_SOUND: Final = (
    r"^[hH][tT][tT][pP][sS]?://(?:[^\x00-\x20/?#@\[\]]+@)?"
    rf"(?:{_LABEL}(?:\.{_LABEL})+\.?|localhost|\[[0-9a-fA-F:.]+\])(?::[0-9]{{1,5}})?"
    r"(?:[/?#][^\x00-\x20<>\"\\^`{|}\x7f]*)?$"
)


def normalize_urls(sheet: Sheet) -> pl.Series:
    """Tidy and check addresses; return how many image URLs of each product were checked (Int32).

    Rule id that changes: urls.tidy (quotes and blanks around it, `&amp;`, a missing "https:" before "//", blanks
    inside as %20). Issue: urls.broken, the value stays as it is.
    """
    sheet.apply("urls.tidy", _FIELDS, lambda value: value.str.contains(_UNTIDY), _tidy)
    present = [field for field in _FIELDS if sheet.has(field)]
    broken = sheet.frame(present).select_seq(
        _LIST_BROKEN if field in LISTS else _broken(pl.col(field)) for field in present
    )
    for mask in broken.get_columns():
        message = (
            "One or more are no valid http(s) address." if mask.name in LISTS else "This is no valid http(s) address."
        )
        sheet.flag("urls.broken", mask.name, "error", mask, message)
    if not sheet.has("primaryImageUrl") and not sheet.has("secondaryImages"):
        return zeros(sheet.height, pl.Int32).alias("_urls_validated")
    checked = sheet.frame(["primaryImageUrl", "secondaryImages"]).select_seq(
        pl.col("primaryImageUrl").is_not_null().cast(pl.Int32)
        + pl.when(pl.col("secondaryImages").is_not_null())
        .then(pl.col("secondaryImages").str.count_matches(ITEM_BREAK, literal=True) + 1)
        .otherwise(0)
        .cast(pl.Int32)
    )
    return checked.to_series().alias("_urls_validated")


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


def _broken(value: pl.Expr) -> pl.Expr:
    return ~value.str.contains(_SOUND) | (value.str.len_chars() > _MAX_CHARS)


_LIST_BROKEN: Final = pl.col("secondaryImages").str.split(ITEM_BREAK).list.eval(_broken(pl.element())).list.any()
