"""Raw documents (JSON object texts with any keys) as one frame of source texts, one column per header.

Flat documents, which every CSV import gives, are decoded by Polars in one go. A document with lists or objects in it
is taken apart row by row: objects become columns named "outer.inner", lists stay JSON texts for the mapping to read. An
object that is one measure is one column: {"weight": {"value": 1.5, "unit": "kg"}} says "1.5 kg".
"""

import json
from typing import Any, Final

import orjson
import polars as pl

from services.silver.rules.aliases import inner_name
from services.silver.rules.header_words import measure_in
from services.silver.rules.objects import measure_of
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import rows_where

# Nearly every flat document has no other bracket than its own, and that costs least to see.
_BRACKETED: Final = pl.col("document").str.contains("[", literal=True) | pl.col("document").str.slice(1).str.contains(
    "{", literal=True
)
_NESTED: Final = pl.col("document").str.contains(r":[ \t\r\n]*[\[{]")
_KEY_MARKS: Final = pl.col("document").str.count_matches('":', literal=True)
_DECODED: Final = pl.sum_horizontal(pl.all().is_not_null())
_SAMPLE: Final = 64
_MAX_DEPTH: Final = 4
_MEASURE_MEMBERS: Final = 4
_PAIR_NAMES: Final = ("name", "attribute_code", "key", "label")
_PAIR_VALUES: Final = ("value", "values", "option", "options")
_FLATTENED_LISTS: Final = frozenset(
    {"attributes", "custom_attributes", "customattributes", "specifications", "details"}
)


def decode(documents: pl.Series) -> pl.DataFrame:
    """Return one text column per source header, in order of first appearance; null where a document has no value.

    Numbers and booleans become their JSON text. A document that is no JSON object gives a row of nulls: the row
    must not be lost, and ingest has already reported it.
    """
    documents = documents.alias("document")
    if documents.null_count():
        documents = documents.fill_null("{}")
    nested = documents.to_frame().select_seq(_BRACKETED).to_series()
    if nested.any():
        nested = documents.to_frame().select_seq(_NESTED).to_series()
    if not nested.any():
        return _decode_flat(documents)
    if nested.all():
        return _decode_rows(documents)
    order = pl.concat([rows_where(~nested), rows_where(nested)])
    parts = [_decode_flat(documents.filter(~nested)), _decode_rows(documents.filter(nested))]
    return pl.concat(parts, how="diagonal").with_columns_seq(order.alias("\0order")).sort("\0order").drop("\0order")


def _decode_flat(documents: pl.Series) -> pl.DataFrame:
    """Decode documents without inner lists or objects.

    The headers are not known beforehand, and reading them from every document costs more than decoding. So a sample
    gives most of them, and a document that seems to hold more keys than were decoded is read again for its own.
    """
    headers = dict.fromkeys(_keys(documents.head(_SAMPLE)))
    frame = _decode_with(documents, headers)
    if frame is None:
        return _decode_rows(documents)
    if len(documents) <= _SAMPLE:
        return frame
    marks = documents.to_frame().select_seq(_KEY_MARKS).to_series()
    more = dict.fromkeys(_keys(documents.filter(marks != frame.select_seq(_DECODED).to_series())))
    if more.keys() <= headers.keys():
        return frame
    complete = _decode_with(documents, headers | more)
    return complete if complete is not None else _decode_rows(documents)


def _decode_with(documents: pl.Series, headers: dict[str, None]) -> pl.DataFrame | None:
    if not headers:
        return _nothing(len(documents))
    try:
        return documents.to_frame().select_seq(_decoder(tuple(headers))).to_series().struct.unnest()
    except pl.exceptions.PolarsError:
        return None  # something in it is no flat object after all: the patient way finds out what


@remembered(entries=256, longest=256)
def _decoder(headers: tuple[str, ...]) -> pl.Expr:
    return pl.col("document").str.json_decode(pl.Struct(dict.fromkeys(headers, pl.String)))


def _keys(documents: pl.Series) -> list[str]:
    return [key for document in documents for key in _load(document)]


def _load(document: str) -> dict[str, Any]:
    try:
        loaded = orjson.loads(document)
    except orjson.JSONDecodeError:
        try:
            # What only this one reads: NaN, and halves of characters, which no column of texts could hold.
            loaded = json.loads(_whole_characters(json.dumps(json.loads(document), ensure_ascii=False)))
        except (ValueError, RecursionError):
            return {}
    return loaded if isinstance(loaded, dict) else {}


def _whole_characters(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decode_rows(documents: pl.Series) -> pl.DataFrame:
    columns: dict[str, list[str | None]] = {}
    height = len(documents)
    for row, document in enumerate(documents):
        for header, text in flattened(_load(document)).items():
            column = columns.get(header)
            if column is None:
                column = columns[header] = [None] * height
            column[row] = text
    if not columns:
        return _nothing(height)
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _nothing(height: int) -> pl.DataFrame:
    """Return a frame that keeps the number of products although none of them says anything."""
    return pl.Series("", [None], dtype=pl.String).new_from_index(0, height).to_frame()


def flattened(document: Any) -> dict[str, str]:
    """Return the texts of a decoded document by header; nothing for what is no object."""
    flat: dict[str, str] = {}
    if isinstance(document, dict):
        _flatten(document, "", flat, 0)
    return flat


def _flatten(source: dict[str, Any], prefix: str, into: dict[str, str], depth: int) -> None:
    for key, value in source.items():
        header = prefix + key
        if isinstance(value, dict) and (measure := _measure(header, value)):
            into.setdefault(header, measure)
        elif isinstance(value, dict) and depth < _MAX_DEPTH:
            _flatten(value, f"{header}.", into, depth + 1)
        elif isinstance(value, list):
            _flatten_list(key, header, value, into, depth)
        elif (text := to_text(value)) is not None:
            into.setdefault(header, text)


def _measure(header: str, item: dict[str, Any]) -> str | None:
    measure = measure_of(item) if len(item) <= _MEASURE_MEMBERS else None
    return measure if measure and measure_in(inner_name(header)) else None


def _flatten_list(key: str, header: str, items: list[Any], into: dict[str, str], depth: int) -> None:
    """Take lists of objects apart where their meaning is known: variants, and name-value pairs."""
    objects = [item for item in items if isinstance(item, dict)]
    if objects and key.lower() == "variants" and depth < _MAX_DEPTH:
        _flatten(objects[0], f"{header}.", into, depth + 1)
        return
    if objects and key.lower() in _FLATTENED_LISTS:
        for item in objects:
            name = next((item[known] for known in _PAIR_NAMES if isinstance(item.get(known), str)), None)
            value = next((item[known] for known in _PAIR_VALUES if item.get(known) is not None), None)
            text = to_text(value)
            if name and text is not None:
                into.setdefault(f"attributes.{name}", text)
        return
    if items and (text := to_text(items)) is not None:
        into.setdefault(header, text)


def to_text(value: Any) -> str | None:
    """Return a JSON value as source text: texts as they are, numbers in shortest form, lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
