"""Product and image addresses: what can be mended without guessing, and a check of the syntax.

Sources: Google (link, image_link: http or https, encoded, at most 2,000 characters), Meta and OpenAI feed
specifications. Whether an image can be reached is another question, answered elsewhere.
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

from services.silver.rules.fields import ITEM_BREAK, LISTS
from services.silver.rules.lists import split_images
from services.silver.rules.sheet import Sheet, rows_where, zeros

_MAX_CHARS: Final = 2_000
_FIELDS: Final = ("url", "primaryImageUrl", "secondaryImages")
# What nearly every address looks like, neither untidy nor broken, in a pattern that is cheap to build. An "&" before
# "a" is left out for the sake of "&amp;".
_NAME: Final = "[0-9A-Za-z_-]+"
_REST: Final = r"[/?#](?:[!#-%(-;=?-\[\]_a-z~]|&[0-9A-Zb-z_])*"
_PLAIN_LINES: Final = rf"^(?:https?://{_NAME}(?:\.{_NAME})+(?:{_REST})?\n)*\.$"
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
        .str.replace_all(r"(?m)^[\s\"'<,|;]+|[\s\"'>,|;]+$", "")
        .str.replace_all(r"[^\S\n]+", "%20")
        .str.replace_all(r"\n{2,}", ITEM_BREAK)
        .str.replace_all(r"(?m)^//", "https://")
        .str.strip_chars(ITEM_BREAK)
    )
    return tidied.replace("", None)


def _broken(value: pl.Expr) -> pl.Expr:
    return ~value.str.contains(_SOUND) | (value.str.len_chars() > _MAX_CHARS)


# One address a line and a point behind them all: one look at one text, where not even an empty last item hides.
_LINES: Final = pl.concat_str(*_FIELDS, pl.lit("."), separator="\n", ignore_nulls=True)
_SINGLE: Final = pl.concat_str("url", "primaryImageUrl", ignore_nulls=True)
_IS_PLAIN: Final = (
    _LINES.str.contains(_PLAIN_LINES)
    & (_LINES.str.len_bytes() <= _MAX_CHARS)
    & ~_SINGLE.str.contains(ITEM_BREAK, literal=True)
).alias("plain")
_IS_UNTIDY: Final = pl.all().str.contains(_UNTIDY)
_TIDIED: Final = _tidy(pl.all())
_IS_BROKEN: Final = _broken(pl.all())
_HAS_BROKEN: Final = pl.all().str.split(ITEM_BREAK).list.eval(_broken(pl.element())).list.any()
_CHECKED: Final = (
    (pl.col("primaryImageUrl").is_not_null() + pl.col("secondaryImages").str.split(ITEM_BREAK).list.len().fill_null(0))
    .cast(pl.Int32)
    .alias("_urls_validated")
)


def normalize_urls(sheet: Sheet) -> pl.Series:
    """Tidy and check addresses; return how many image URLs of each product were checked (Int32).

    Rule id that changes: urls.tidy (quotes and blanks around it, `&amp;`, a missing "https:" before "//", blanks
    inside as %20). Issue: urls.broken, the value stays as it is.
    """
    if not any(map(sheet.has, _FIELDS)):
        return zeros(sheet.height, pl.Int32).alias("_urls_validated")
    facts = sheet.frame(_FIELDS).select_seq(_IS_PLAIN, _CHECKED)
    if facts["plain"].all():
        return facts["_urls_validated"]
    rows = rows_where(~facts["plain"])
    for field in filter(sheet.has, _FIELDS):
        _mend(sheet, field, rows)
    if sheet.has("secondaryImages"):
        _drop_repeats(sheet, rows)
    return sheet.frame(_FIELDS).select_seq(_CHECKED).to_series()


def broken_urls(urls: Iterable[str]) -> set[str]:
    """Return those of the tidied `urls` that `urls.broken` is about."""
    texts = pl.Series("url", list(urls), dtype=pl.String)
    return set(texts.filter(texts.to_frame().select_seq(_IS_BROKEN).to_series()))


def _drop_repeats(sheet: Sheet, rows: pl.Series) -> None:
    """Take out images that are the same now that they are tidy."""
    primary, secondary = sheet.get("primaryImageUrl")[rows], sheet.get("secondaryImages")[rows]
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    _, kept = split_images(primary, secondary, nothing)
    sheet.replace("secondaryImages", rows, kept, "urls.tidy")


def _mend(sheet: Sheet, field: str, rows: pl.Series) -> None:
    """Tidy the addresses at `rows` and flag what is broken still."""
    values = sheet.get(field)[rows]
    untidy = values.to_frame().select_seq(_IS_UNTIDY).to_series()
    if untidy.any():
        tidied = values.filter(untidy).to_frame().select_seq(_TIDIED).to_series()
        sheet.replace(field, rows.filter(untidy), tidied, "urls.tidy")
        values = sheet.get(field)[rows]
    broken = values.to_frame().select_seq(_HAS_BROKEN if field in LISTS else _IS_BROKEN).to_series()
    if broken.any():
        message = "One or more are no valid http(s) address." if field in LISTS else "This is no valid http(s) address."
        mask = pl.Series([False]).new_from_index(0, sheet.height).scatter(rows, broken)
        sheet.flag("urls.broken", field, "error", mask, message)
