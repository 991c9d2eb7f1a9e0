"""Text clean-up: what a person would not see, or should not see, in a value.

Source: the channels' rule "plain text, no HTML or entities" (channel facts), and trap 10 (HTML and entities in
descriptions). Form NFC, not NFKC: NFKC would turn "½" into "1⁄2" and "m²" into "m2", and so change what a value says.
"""

import html
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import polars as pl

from services.silver.rules.mojibake import SUSPECT, unscrambled
from services.silver.rules.sheet import Sheet, rows_where, zeros

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
_LINE_TAGS: Final = ((_BREAKING, "\n"), (_INLINE_TAG, ""), (_TAG, " "))
_UNSEEN_BLOCK: Final = (
    r"<(?i-u:script)[^<>]*>(?s:.*?)</(?i-u:script)\s*>|<(?i-u:style)[^<>]*>(?s:.*?)</(?i-u:style)\s*>|<!--(?s:.*?)-->"
)
_ENTITY: Final = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
INVISIBLE: Final = (
    r"[\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}"
    r"\u{202a}-\u{202e}\u{2060}-\u{2064}\u{2066}-\u{206f}\u{feff}\u{fff9}-\u{fffb}]"
)
_STRAY_JOINER: Final = r"(^|[\x00-\x7f\s])[\u{200c}\u{200d}]+|[\u{200c}\u{200d}]+([\x00-\x7f\s]|$)"
_SPACE: Final = r"[\s\x1c-\x1f]"
_SEEN: Final = r" -~\u{a1}-\u{ac}\u{ae}-\u{2ff}\u{2010}-\u{2027}\u{20ac}\u{2122}"
"""Characters of everyday Latin text: all of them visible, and in form NFC whatever stands beside them."""
_SINGLE_DIRTY: Final = rf"[^{_SEEN}]|  |^ | $|&[#a-zA-Z]|<|{SUSPECT}"
_MULTI_DIRTY: Final = rf"{SUSPECT}|[^{_SEEN}\n]|  |^[ \n]| $|\n$| \n|\n |\n\n\n|&[#a-zA-Z]|<"
_LIST_DIRTY: Final = rf"{SUSPECT}|[^{_SEEN}\n]|  |^[ \n]| $|\n$| \n|\n |\n\n"
_DIRTY: Final = {
    field: pl.col(field).str.contains(pattern)
    for fields, pattern in (
        (SINGLE_LINE, _SINGLE_DIRTY),
        (CODES, _SINGLE_DIRTY),  # a pattern that is there already costs less than one that picks fewer codes
        (MULTI_LINE, _MULTI_DIRTY),
        (LISTS, _LIST_DIRTY),
    )
    for field in fields
}
_RULES: Final = ("text.entities", "text.html", "text.mojibake", "text.invisible", "text.unicode", "text.whitespace")
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
_HAS_ENTITY: Final = pl.first().str.contains("&[#a-zA-Z]").alias("entity")
_HAS_TAG: Final = pl.first().str.contains("<", literal=True).alias("tag")
_IS_ODD: Final = pl.first().str.contains(rf"[^{_SEEN}\n]").alias("odd")
_HAS_RAISED: Final = pl.first().str.contains("</(?i-u:sup)>")
_HAS_BLOCK: Final = pl.first().str.contains("<(?i-u:script|style|!--)")
_HAS_JOINER: Final = pl.first().str.contains(r"[\u{200c}\u{200d}]").alias("joiner")
_IS_SUSPECT: Final = pl.first().str.contains(SUSPECT).alias("suspect")
_STILL_MARKED: Final = (
    _IS_SUSPECT | pl.first().str.contains("<", literal=True) | pl.first().str.contains("&", literal=True)
)
_IS_BROKEN: Final = pl.all().str.contains("\N{REPLACEMENT CHARACTER}", literal=True)
_COMMON: Final = pl.first().str.replace_all(r"&(?:amp;)+", "&").str.replace_many(_COMMON_ENTITIES)
_SEEN_ONLY: Final = pl.first().str.replace_all(INVISIBLE, "").alias("seen")
_SPACED: Final = pl.first().str.replace_all(rf"{_SPACE}+", " ").str.strip_chars(" ")


def _spaced_lines(text: pl.Expr) -> pl.Expr:
    text = text.str.replace_all(r" *\n *", "\n").str.replace_all(r"\n{3,}", "\n\n").str.replace_all(r" {2,}", " ")
    return text.str.strip_chars(" \n")


_SPACED_LINES: Final = _spaced_lines(pl.first())
_SPACED_ODD_LINES: Final = _spaced_lines(
    pl.first()
    .str.replace_all(r"\r\n?|[\x0b\x0c\u{85}\u{2028}\u{2029}]", "\n")
    .str.replace_all(r"[^\S\n]+|[\x1c-\x1f]+", " ")
)
_LIST: Final = r'^\[\s*["{\]]'
_MAX_ROUNDS: Final = 8


# "10<sup>2</sup>" is not "102", and "m²" has a character of its own.
_RAISED: Final = re.compile(r"<sup(?:\s[^<>]*)?>\s*([0-9]{1,3})\s*</sup>", re.IGNORECASE)
_SUPERSCRIPTS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def normalize_text(sheet: Sheet) -> None:
    """Clean every text field.

    Rule ids: text.entities, text.html, text.mojibake, text.invisible, text.unicode, text.whitespace.
    """
    present = [field for field in _DIRTY if sheet.has(field)]
    masks = sheet.frame(present).select_seq([_DIRTY[field] for field in present])
    dirty = {mask.name: mask for mask in masks.get_columns() if mask.any()}
    for fields, multi_line in ((SINGLE_LINE, False), (MULTI_LINE, True)):
        picked = [dirty[field] for field in fields if field in dirty]
        if picked:
            _clean(sheet, picked, multi_line=multi_line)
            _flag_replacement_characters(sheet, [mask.name for mask in picked])
    _plain(sheet, [field for field in CODES if field in dirty], [field for field in LISTS if field in dirty])


def _clean(sheet: Sheet, masks: Sequence[pl.Series], *, multi_line: bool) -> None:
    """Clean the cells that `masks` (each named as its field) pick: those of all fields as one column."""
    source = pl.concat([sheet.get(mask.name).filter(mask) for mask in masks])
    values, rules = _cleaned(source, multi_line=multi_line)
    listed = values.str.starts_with("[")
    if listed.any():  # out of its markup it would be a JSON list to the next run, so it stays as it came
        rows = rows_where(listed & values.str.contains(_LIST))
        values, rules = values.clone().scatter(rows, source[rows]), rules.clone().scatter(rows, 0)
    blank = rows_where(values == "")
    if len(blank):
        values, rules = values.clone().scatter(blank, None), rules.scatter(blank, len(_RULES))
    start = 0
    for mask in masks:
        rows = rows_where(mask)
        applied, cells = rules.slice(start, len(rows)), values.slice(start, len(rows))
        start += len(rows)
        for number in set(applied.to_list()) - {0}:
            hits = applied == number
            sheet.replace(mask.name, rows.filter(hits), cells.filter(hits), _RULES[number - 1])


def _cleaned(values: pl.Series, *, multi_line: bool, turn: int = 0) -> tuple[pl.Series, pl.Series]:
    """Return `values` cleaned, and the number (from 1) of the last of `_RULES` that changed each, 0 where none did.

    A feed that was escaped twice hides tags in entities ("&amp;lt;b&amp;gt;"); one turn would leave a value that the
    next run changes again. So what changed and still holds marks is cleaned once more.
    """
    found = values.to_frame().select_seq(_HAS_ENTITY, _HAS_TAG, _IS_SUSPECT, _IS_ODD)
    plain = values
    if turn == _MAX_ROUNDS:  # nested deeper than any feed is: made to trip the rule, so the marks go
        plain = values.str.replace_all("[<>&]+", " ")
    elif found["entity"].any():
        plain = _where(found["entity"], values, _without_entities)
        found = plain.to_frame().select_seq(_HAS_TAG, _IS_SUSPECT, _IS_ODD)
    untagged = _where(found["tag"], plain, lambda cells: _without_tags(cells, multi_line=multi_line))
    meant = _where(found["suspect"], untagged, unscrambled)
    odd = found["odd"] if meant is untagged else meant.to_frame().select_seq(_IS_ODD).to_series()
    seen = _where(odd, meant, visible)
    joined = _where(odd, seen, _composed_for_good)
    lines = _SPACED_ODD_LINES if odd.any() else _SPACED_LINES
    spaced = joined.to_frame().select_seq(lines if multi_line else _SPACED).to_series()
    rules = zeros(len(values), pl.UInt8)
    for number, (before, after) in enumerate(pairwise((values, plain, untagged, meant, seen, joined, spaced)), start=1):
        if after is not before:
            rules = rules.scatter(rows_where(before != after), number)
    unstable = (values != spaced) & spaced.to_frame().select_seq(_STILL_MARKED).to_series()
    if turn == _MAX_ROUNDS or not unstable.any():
        return spaced, rules
    rows = rows_where(unstable)
    again, later = _cleaned(spaced.filter(unstable), multi_line=multi_line, turn=turn + 1)
    rules = rules.scatter(rows.filter(later > 0), later.filter(later > 0))
    return spaced.clone().scatter(rows, again), rules


def _where(mask: pl.Series, values: pl.Series, step: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return `values` after `step`, which sees only those of `mask`; the same object when there are none."""
    if not mask.any():
        return values
    return values.clone().scatter(rows_where(mask), step(values.filter(mask)))


def _without_entities(values: pl.Series) -> pl.Series:
    values = values.to_frame().select_seq(_COMMON).to_series()
    rest = values.str.contains(_ENTITY)
    if not rest.any():
        return values
    texts = [re.sub(_ENTITY, _entity, text) for text in values.filter(rest).to_list()]
    return values.clone().scatter(rows_where(rest), pl.Series(texts, dtype=pl.String))


def _entity(match: re.Match[str]) -> str:
    """Return the character of one entity; what no character has that name stays as it was written."""
    text = html.unescape(match[0])
    return text if text and text != "\N{REPLACEMENT CHARACTER}" else match[0]


def _without_tags(values: pl.Series, *, multi_line: bool) -> pl.Series:
    """Remove tags; what breaks the line on a page breaks it in texts of several lines."""
    if values.to_frame().select_seq(_HAS_BLOCK).to_series().any():
        values = values.str.replace_all(_UNSEEN_BLOCK, " ")
    if (raised := values.to_frame().select_seq(_HAS_RAISED).to_series()).any():
        values = _where(raised, values, _with_superscripts)
    for pattern, replacement in _LINE_TAGS if multi_line else _LINE_TAGS[1:]:
        if not values.to_frame().select_seq(_HAS_TAG).to_series().any():
            break  # these patterns are long, and long to compile
        values = values.str.replace_all(pattern, replacement)
    return values


def _with_superscripts(values: pl.Series) -> pl.Series:
    texts = [_RAISED.sub(lambda found: found[1].translate(_SUPERSCRIPTS), text) for text in values.to_list()]
    return pl.Series(texts, dtype=pl.String)


def visible(values: pl.Series) -> pl.Series:
    """Remove control characters, zero-width and direction marks; joiners stay where scripts and emoji need them."""
    found = values.to_frame().select_seq(_SEEN_ONLY, _HAS_JOINER)
    seen = found["seen"]
    if found["joiner"].any():
        seen = seen.str.replace_all(_STRAY_JOINER, "$1$2").str.replace_all(_STRAY_JOINER, "$1$2")
    return seen


def _composed_for_good(values: pl.Series) -> pl.Series:
    """Return `values` composed. A Greek question mark becomes a semicolon, beside which a joiner has no place."""
    for _ in range(_MAX_ROUNDS):
        former, values = values, composed(values)
        if values.equals(former):
            break
        values = visible(values)
    return values


def composed(values: pl.Series) -> pl.Series:
    """Return `values` in form NFC."""
    return values.str.normalize("NFC")


def _plain(sheet: Sheet, codes: Sequence[str], lists: Sequence[str]) -> None:
    """Trim codes, ids and list items. Their inner characters are somebody's key, so only the unseen goes."""
    sheet.apply(
        "text.mojibake",
        lists,
        lambda value: value.str.contains(SUSPECT),
        lambda value: value.map_batches(unscrambled, return_dtype=pl.String),
    )
    sheet.apply(
        "text.invisible",
        (*codes, *lists),
        lambda value: value.str.contains(rf"{INVISIBLE}|[\u{{200c}}\u{{200d}}]"),
        lambda value: value.str.replace_all(rf"{INVISIBLE}|[\u{{200c}}\u{{200d}}]", "").replace("", None),
    )
    sheet.apply(
        "text.whitespace",
        codes,
        lambda value: value.str.contains(rf"^{_SPACE}|{_SPACE}$|[^\S ]|  "),
        lambda value: value.str.replace_all(rf"{_SPACE}+", " ").str.strip_chars(" ").replace("", None),
    )
    sheet.apply(
        "text.whitespace",
        lists,
        lambda value: value.str.contains(r"[^\S\n]{2}|^\s|\s$|[^\S\n]\n|\n\s|[^\S \n]|[\x1c-\x1f]"),
        lambda value: (
            value.str.replace_all(r"[^\S\n]+|[\x1c-\x1f]+", " ")
            .str.replace_all(r" {2,}", " ")
            .str.replace_all(r"\s*\n\s*", "\n")
            .str.strip_chars(" \n")
            .replace("", None)
        ),
    )


def _flag_replacement_characters(sheet: Sheet, fields: Sequence[str]) -> None:
    broken = sheet.frame(fields).select_seq(_IS_BROKEN)
    for mask in broken.get_columns():
        sheet.flag(
            "text.broken_encoding",
            mask.name,
            "warning",
            mask,
            "Some characters were destroyed before import; correct the text at its source.",
        )
