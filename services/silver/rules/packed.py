"""Cells that hold several attributes, or one that a column beside names.

Magento (product CSV export): "color=Red,material=Cotton|Wool,note="a, b"". PrestaShop (sample file of its CSV import):
"Colour:Red:1,Material:Wool:2", each a name, a value and a position. Amazon (flat file): `external_product_id` is a
barcode where `external_product_id_type` does not say that it is an ASIN or another id of Amazon's own. A price may be
an object in a cell: {"value": 9.99, "currency": "EUR"}.
"""

import re
from collections.abc import Callable
from typing import Final

import polars as pl

from services.silver.rules.aliases import MONEY, field_of
from services.silver.rules.keys import text_key
from services.silver.rules.objects import price_in_cell
from services.silver.rules.remembered import remembered

# A comma that no name follows is part of the value: "care=cold, gentle,color=red".
_PAIR: Final = re.compile(r'([^=,"\n]{1,64})=("(?:[^"]|"")*"|(?:[^,]|,(?![^=,"\n]{1,64}=))*)(?:,|$)')
_FEATURE: Final = re.compile(r"\s*([^:,]{1,64}):([^:]*?)(?::[0-9]*)?(?::[01])?\s*")
_NEXT_FEATURE: Final = re.compile(r",(?=[^:,]{1,64}:)")
_AMAZON_IDS: Final = ("ASIN", "GCID")


def unpacked(source: pl.DataFrame) -> pl.DataFrame:
    """Return `source` with a column for each thing that such cells hold; a cell of another kind stays.

    The column is "attributes.<name>", and for a price "<header>.value" and "<header>.currency", as where JSON has it.
    """
    headers = tuple(source.columns)
    for header, parse in _packed(headers):
        source = _spread(source, header, "attributes.", parse)
    for header in _priced(headers):
        if source[header].str.starts_with("{").any():
            source = _spread(source, header, f"{header}.", price_in_cell)
    if beside := _typed(headers):
        source = source.with_columns_seq(_by_type(*beside))
    return source


@remembered(entries=256, longest=1_024)
def _packed(headers: tuple[str, ...]) -> list[tuple[str, Callable[[str], dict[str, str]]]]:
    return [(header, _PARSERS[key]) for header in headers if (key := text_key(header)) in _PARSERS]


@remembered(entries=256, longest=1_024)
def _priced(headers: tuple[str, ...]) -> list[str]:
    return [header for header in headers if field_of(header) in MONEY]


@remembered(entries=256, longest=1_024)
def _typed(headers: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the header of Amazon's id and that of its type."""
    by_key = {text_key(header): header for header in headers}
    found = [by_key.get(key) for key in ("externalproductid", "externalproductidtype")]
    return (found[0], found[1]) if found[0] and found[1] else None


def _by_type(code: str, kind: str) -> list[pl.Expr]:
    """Return the ids that are barcodes, and one column for each kind of the others."""
    said = pl.col(kind).str.strip_chars().str.to_uppercase()
    others = [pl.when(said == name).then(pl.col(code)).alias(f"attributes.{name}") for name in _AMAZON_IDS]
    return [
        pl.when(said.is_in(_AMAZON_IDS).fill_null(value=False)).then(None).otherwise(pl.col(code)).alias(code),
        *others,
    ]


def _spread(source: pl.DataFrame, header: str, before: str, parse: Callable[[str], dict[str, str]]) -> pl.DataFrame:
    cells = source[header].to_list()
    found = {row: pairs for row, cell in enumerate(cells) if cell and (pairs := parse(cell))}
    columns: dict[str, list[str | None]] = {}
    for row, pairs in found.items():
        cells[row] = None
        for name, value in pairs.items():
            columns.setdefault(f"{before}{name}", [None] * len(cells))[row] = value
    if not found:
        return source
    added = [pl.Series(name, values, dtype=pl.String) for name, values in columns.items() if name not in source.columns]
    return source.with_columns_seq(pl.Series(header, cells, dtype=pl.String), *added)


def magento_pairs(cell: str) -> dict[str, str]:
    """Return name → value of a cell of Magento's, nothing of one that is written in another way."""
    found: dict[str, str] = {}
    place = 0
    for pair in _PAIR.finditer(cell):
        if pair.start() != place:
            return {}
        place = pair.end()
        value = pair[2].strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1].replace('""', '"')
        if value:
            found.setdefault(pair[1].strip(), value)
    return found if place == len(cell) else {}


def prestashop_features(cell: str) -> dict[str, str]:
    """Return name → value of a cell of PrestaShop's features, nothing of one that is written in another way."""
    features = [_FEATURE.fullmatch(part) for part in _NEXT_FEATURE.split(cell)]
    if None in features:
        return {}
    return {feature[1].strip(): feature[2].strip() for feature in features if feature and feature[2].strip()}


_PARSERS: Final = {
    "additionalattributes": magento_pairs,
    "featurenamevalueposition": prestashop_features,
    "featurenamevaluepositioncustomized": prestashop_features,
    "features": prestashop_features,
    "feature": prestashop_features,
}
