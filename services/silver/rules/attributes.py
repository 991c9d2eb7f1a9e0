"""What maps to no canonical field: kept under the name that the source gave it, as JSON objects at the end.

Names stay because Gold, the channels' own attributes and a workspace's mappings speak of them as the source wrote
them, and two headers that mean the same in one file would otherwise overwrite each other. Values are texts, or lists
of texts where the source holds a list of scalars.
"""

from collections.abc import Mapping
from typing import Final

import orjson
import polars as pl

from services.silver.rules.aliases import inner_name
from services.silver.rules.decode import to_text
from services.silver.rules.encode import json_text, object_text
from services.silver.rules.header_plan import HeaderPlan
from services.silver.rules.mojibake import SUSPECT, unscrambled
from services.silver.rules.sheet import Sheet, rows_where
from services.silver.rules.text import composed, visible

_STRIPPED: Final = pl.first().str.strip_chars().replace("", None)
_IS_LIST: Final = (
    pl.first().str.starts_with("[") & pl.first().str.ends_with("]") & ~pl.first().str.contains("\n", literal=True)
)
_NOT_ASCII: Final = pl.first().str.len_bytes() != pl.first().str.len_chars()
_IS_SUSPECT: Final = pl.first().str.contains(SUSPECT)
_MAX_ROUNDS: Final = 8


def load_attributes(sheet: Sheet, source: pl.DataFrame, plan: HeaderPlan, left: Mapping[str, pl.Series]) -> None:
    """Give `sheet` the columns that map nowhere, by the names of their attributes; of equal names the first value.

    `left` are cells, by header, that have no part in the field that their column maps to.
    """
    by_name: dict[str, list[pl.Series]] = {}
    for header, name in plan.attributes:
        if header in source.columns:
            by_name.setdefault(name, []).append(source[header])
    for header, cells in left.items():
        by_name.setdefault(inner_name(header), []).append(cells)
    for name, named in by_name.items():
        sheet.attributes[name] = named[0] if len(named) == 1 else pl.select(pl.coalesce(named)).to_series()


def normalize_attribute_text(sheet: Sheet) -> None:
    """Mend encodings and remove what is not seen. Rule ids: text.mojibake, text.invisible, text.unicode.

    Markup stays: what an attribute is for, nobody here knows.
    """
    names = list(sheet.attributes)
    if not names:
        return
    cells = pl.concat([sheet.attribute(name) for name in names])
    odd = rows_where(cells.to_frame().select_seq(_NOT_ASCII).to_series())
    if not len(odd):
        return
    source = cells[odd]
    texts, rules = source, pl.Series([""]).new_from_index(0, len(source))
    for _ in range(_MAX_ROUNDS):
        former = texts = texts.str.strip_chars()  # as `encoded_attributes` will; ftfy judges by what stands beside
        for rule, step in (
            ("text.mojibake", _unscrambled),
            ("text.invisible", visible),
            ("text.unicode", composed),
        ):
            before, texts = texts, step(texts)
            rules = pl.Series([rule]).new_from_index(0, len(texts)).zip_with(before != texts, rules)
        if texts.equals(former):
            break
    for index, name in enumerate(names):
        for rule in ("text.mojibake", "text.invisible", "text.unicode"):
            here = (odd // sheet.height == index) & (rules == rule)
            if here.any():
                rows = odd.filter(here) - index * sheet.height
                sheet.replace_attribute(name, rows, texts.filter(here), rule)


def _unscrambled(texts: pl.Series) -> pl.Series:
    suspect = texts.to_frame().select_seq(_IS_SUSPECT).to_series()
    if not suspect.any():
        return texts
    return texts.clone().scatter(rows_where(suspect), unscrambled(texts.filter(suspect)))


def encoded_attributes(sheet: Sheet) -> pl.Series:
    """Return the attributes as JSON object texts {name: text | list of texts}, null where there is none."""
    names = list(sheet.attributes)
    if not names:
        return pl.Series("attributes", [None], dtype=pl.String).new_from_index(0, sheet.height)
    texts = _texts(pl.concat([sheet.attribute(name) for name in names]))
    return object_text(names, [texts.slice(index * sheet.height, sheet.height) for index in range(len(names))]).alias(
        "attributes"
    )


def _texts(cells: pl.Series) -> pl.Series:
    """Return JSON for each cell: a text, or a list of texts where the source holds a list of scalars."""
    values = cells.to_frame().select_seq(_STRIPPED).to_series()
    encoded = json_text(values)
    is_list = values.to_frame().select_seq(_IS_LIST).to_series()
    if not is_list.any():
        return encoded
    found = zip(values.filter(is_list).to_list(), encoded.filter(is_list).to_list(), strict=True)
    lists = pl.Series([_list_json(text) or plain for text, plain in found], dtype=pl.String)
    return encoded.clone().scatter(rows_where(is_list), lists)


def _list_json(text: str) -> str | None:
    try:
        items = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    texts = [to_text(item) for item in items if item is not None] if isinstance(items, list) else []
    return orjson.dumps(texts).decode() if texts else None
