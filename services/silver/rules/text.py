"""Text clean-up: what a person would not see, or should not see, in a value.

Source: the channels' rule "plain text, no HTML or entities" (channel facts), and trap 10 (HTML and entities in
descriptions). Form NFC, not NFKC: NFKC would turn "½" into "1⁄2" and "m²" into "m2", and so change what a value says.
"""

import html
import re
from typing import Final

import polars as pl

from services.silver.rules.sheet import Sheet, rows_where

SINGLE_LINE: Final = (
    "title",
    "brand",
    "categoryPath",
    "color",
    "size",
    "material",
    "pattern",
    "gender",
    "ageGroup",
    "availability",
    "condition",
    "metaTitle",
    "metaDescription",
)
MULTI_LINE: Final = ("description", "shortDescription")
CODES: Final = ("sku", "gtin", "mpn", "brandId", "categoryId", "parentId", "currency")
LISTS: Final = ("tags",)

_TAGS: Final = (
    "a|abbr|article|aside|b|big|blockquote|body|br|button|center|code|dd|del|div|dl|dt|em|figcaption|figure|font|footer|form|"
    "h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|main|mark|meta|nav|noscript|o:p|ol|option|p|pre|s|script|"
    "section|select|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|tfoot|th|thead|title|tr|u|ul|video"
)
# Names are ASCII, so their case is folded as ASCII: Unicode folding makes these patterns many times larger.
_BREAKING: Final = (
    r"</?(?i-u:p|br|div|li|ul|ol|tr|table|h[1-6]|section|article|blockquote|dd|dt|hr|pre)(?:\s[^<>]*)?/?>"
)
_TAG: Final = rf"</?(?i-u:{_TAGS})(?:\s[^<>]*)?/?>"
_INLINE_TAG: Final = r"</?(?i-u:a|abbr|b|big|code|del|em|font|i|ins|mark|s|small|span|strong|sub|sup|u)(?:\s[^<>]*)?>"
_UNSEEN_BLOCK: Final = (
    r"<(?i-u:script)[^<>]*>(?s:.*?)</(?i-u:script)\s*>|<(?i-u:style)[^<>]*>(?s:.*?)</(?i-u:style)\s*>|<!--(?s:.*?)-->"
)
_ENTITY: Final = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
_INVISIBLE: Final = (
    r"[\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}"
    r"\u{202a}-\u{202e}\u{2060}-\u{2064}\u{2066}-\u{206f}\u{feff}\u{fff9}-\u{fffb}]"
)
_STRAY_JOINER: Final = r"(^|[\x00-\x7f\s])[\u{200c}\u{200d}]+|[\u{200c}\u{200d}]+([\x00-\x7f\s]|$)"
_SPACE: Final = r"[\s\x1c-\x1f]"
_SINGLE_DIRTY: Final = r"[^ -~]|  |^ | $|&|<"
_MULTI_DIRTY: Final = r"[^ -~\n]|  |^[ \n]| $|\n$| \n|\n |\n\n\n|&|<"
_COMMON_ENTITIES: Final = {
    "&amp;": "&",
    "&quot;": '"',
    "&#34;": '"',
    "&apos;": "'",
    "&#39;": "'",
    "&#039;": "'",
    "&lt;": "<",
    "&gt;": ">",
    "&nbsp;": " ",
    "&#160;": " ",
    "&eacute;": "é",
    "&auml;": "ä",
    "&ouml;": "ö",
    "&uuml;": "ü",
    "&szlig;": "ß",
    "&euro;": "€",
}
_ODD: Final = pl.col("v").str.contains(r"[^ -~\n]").alias("odd")
_NO_BLOCK: Final = pl.col("v").str.replace_all(_UNSEEN_BLOCK, " ")
_UNTAGGED: Final = _NO_BLOCK.str.replace_all(_INLINE_TAG, "").str.replace_all(_TAG, " ")
_UNTAGGED_LINES: Final = (
    _NO_BLOCK.str.replace_all(_BREAKING, "\n").str.replace_all(_INLINE_TAG, "").str.replace_all(_TAG, " ")
)
_SPACED: Final = pl.col("v").str.replace_all(rf"{_SPACE}+", " ").str.strip_chars(" ").replace("", None)
_SPACED_LINES: Final = (
    pl.col("v")
    .str.replace_all(r"\r\n?|[\x0b\x0c\u{85}\u{2028}\u{2029}]", "\n")
    .str.replace_all(r"[^\S\n]+|[\x1c-\x1f]+", " ")
    .str.replace_all(r" *\n *", "\n")
    .str.replace_all(r"\n{3,}", "\n\n")
    .str.replace_all(r" {2,}", " ")
    .str.strip_chars(" \n")
    .replace("", None)
)
_MAX_ROUNDS: Final = 8


def normalize_text(sheet: Sheet) -> None:
    """Clean every text field. Rule ids: text.entities, text.html, text.invisible, text.unicode, text.whitespace."""
    _clean(sheet, SINGLE_LINE, _SINGLE_DIRTY, multi_line=False)
    _clean(sheet, MULTI_LINE, _MULTI_DIRTY, multi_line=True)
    _plain(sheet)
    _flag_replacement_characters(sheet)


def _clean(sheet: Sheet, fields: tuple[str, ...], dirty: str, *, multi_line: bool) -> None:
    present = [field for field in fields if sheet.has(field)]
    if not present:
        return
    masks = sheet.frame(present).select_seq(pl.all().str.contains(dirty))
    for field in present:
        if masks[field].any():
            _clean_rows(sheet, field, rows_where(masks[field]), multi_line=multi_line)


def _clean_rows(sheet: Sheet, field: str, rows: pl.Series, *, multi_line: bool) -> None:
    """Apply the steps to the picked rows of one field, each under its own rule id, until nothing is left to do.

    A feed that was escaped twice hides tags in entities ("&amp;lt;b&amp;gt;"); one pass would leave a value that the
    next run changes again.
    """
    for turn in range(_MAX_ROUNDS + 1):
        start = sheet.get(field)[rows]
        found = start.alias("v").to_frame().select_seq(markup=pl.col("v").str.contains("[<&]"), odd=_ODD)
        markup = rows.filter(found["markup"])
        if len(markup):
            values = start.filter(found["markup"])
            if turn == _MAX_ROUNDS:  # nested deeper than any feed is: made to trip the rule, so the marks go
                values = values.str.replace_all("[<>&]+", " ")
            sheet.replace(field, markup, values := _without_entities(values), "text.entities")
            sheet.replace(field, markup, _without_tags(values, multi_line=multi_line), "text.html")
        if len(markup) or found["odd"].any():
            now = sheet.get(field)[rows].alias("v").to_frame()
            odd = rows.filter(now.select_seq(_ODD).to_series())
            sheet.replace(field, odd, values := _visible(sheet.get(field)[odd]), "text.invisible")
            sheet.replace(field, odd, values.str.normalize("NFC"), "text.unicode")
        sheet.replace(field, rows, _spaced(sheet.get(field)[rows], multi_line=multi_line), "text.whitespace")
        now = pl.DataFrame({"before": start, "now": sheet.get(field)[rows]})
        unstable = pl.col("before").ne_missing(pl.col("now")) & pl.col("now").str.contains("[<&]")
        rows = rows.filter(now.select_seq(unstable).to_series())
        if not len(rows):
            return


def _without_entities(values: pl.Series) -> pl.Series:
    if not values.str.contains("&", literal=True).any():
        return values
    common = pl.col("v").str.replace_all(r"&(?:amp;)+", "&").str.replace_many(_COMMON_ENTITIES)
    frame = values.alias("v").to_frame().select_seq(common).with_columns_seq(rest=pl.col("v").str.contains(_ENTITY))
    values = frame["v"]
    rows = rows_where(frame["rest"])
    if not len(rows):
        return values
    rest = [re.sub(_ENTITY, _entity, text) for text in values[rows]]
    return values.clone().scatter(rows, pl.Series(rest, dtype=pl.String))


def _entity(match: re.Match[str]) -> str:
    """Return the character of one entity; what no character has that name stays as it was written."""
    text = html.unescape(match[0])
    return text if text and text != "\N{REPLACEMENT CHARACTER}" else match[0]


def _without_tags(values: pl.Series, *, multi_line: bool) -> pl.Series:
    if not values.str.contains("<", literal=True).any():
        return values
    return values.alias("v").to_frame().select_seq(_UNTAGGED_LINES if multi_line else _UNTAGGED).to_series()


def _visible(values: pl.Series) -> pl.Series:
    """Remove control characters, zero-width and direction marks; joiners stay where scripts and emoji need them."""
    values = values.str.replace_all(_INVISIBLE, "")
    if values.str.contains(r"[\u{200c}\u{200d}]").any():
        values = values.str.replace_all(_STRAY_JOINER, "$1$2").str.replace_all(_STRAY_JOINER, "$1$2")
    return values


def _spaced(values: pl.Series, *, multi_line: bool) -> pl.Series:
    """Collapse white space and trim; texts of several lines keep single line breaks. Nothing left becomes null."""
    return values.alias("v").to_frame().select_seq(_SPACED_LINES if multi_line else _SPACED).to_series()


def _plain(sheet: Sheet) -> None:
    """Trim codes, ids and list items. Their inner characters are somebody's key, so only the unseen goes."""
    sheet.apply(
        "text.invisible",
        (*CODES, *LISTS),
        lambda value: value.str.contains(rf"{_INVISIBLE}|[\u{{200c}}\u{{200d}}]"),
        lambda value: value.str.replace_all(rf"{_INVISIBLE}|[\u{{200c}}\u{{200d}}]", "").replace("", None),
    )
    sheet.apply(
        "text.whitespace",
        CODES,
        lambda value: value.str.contains(rf"^{_SPACE}|{_SPACE}$|[^\S ]|  "),
        lambda value: value.str.replace_all(rf"{_SPACE}+", " ").str.strip_chars(" ").replace("", None),
    )
    sheet.apply(
        "text.whitespace",
        LISTS,
        lambda value: value.str.contains(r"[^\S\n]{2}|^\s|\s$|[^\S\n]\n|\n\s|[^\S \n]|[\x1c-\x1f]"),
        lambda value: (
            value.str.replace_all(r"[^\S\n]+|[\x1c-\x1f]+", " ")
            .str.replace_all(r" {2,}", " ")
            .str.replace_all(r"\s*\n\s*", "\n")
            .str.strip_chars(" \n")
            .replace("", None)
        ),
    )


def _flag_replacement_characters(sheet: Sheet) -> None:
    present = [field for field in (*SINGLE_LINE, *MULTI_LINE) if sheet.has(field)]
    broken = sheet.frame(present).select_seq(pl.all().str.contains("\N{REPLACEMENT CHARACTER}", literal=True))
    for mask in broken.get_columns():
        sheet.flag(
            "text.broken_encoding",
            mask.name,
            "warning",
            mask,
            "Some characters were destroyed before import; correct the text at its source.",
        )
