"""Which cells were numbers in the source's JSON: the point of a JSON number is a decimal point (RFC 8259, section 6).

As text, "1.234" may be a thousand and more. A number gets a 0 at its end, "1.2340", which nobody reads in two ways: not
the rules, and not the next run, that sees texts only. The documents are asked for cells in doubt alone, which few are.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson
import polars as pl

from services.silver.rules.decode import flattened
from services.silver.rules.header_plan import HeaderPlan
from services.silver.rules.objects import number_text
from services.silver.rules.sheet import ATTRIBUTE, rows_where

_NESTED: Final = pl.first().str.slice(1).str.contains("{", literal=True)
_MARK: Final = "\1"


class JsonNumbers:
    """The numbers of a chunk."""

    def __init__(self, documents: pl.Series, plan: HeaderPlan) -> None:
        self._documents: Final = documents
        self._plan: Final = plan

    def settled(self, field: str, rows: pl.Series, cells: pl.Series) -> pl.Series:
        """Return `cells`, those of a column at `rows` (indices), each that is a JSON number with a 0 at its end.

        Args:
            field: canonical field, helper column, or "attributes.<name>".
            rows: UInt32.
            cells: texts such as "1.234".
        """
        headers = self._plan.fields.get(field) or tuple(
            header for header, name in self._plan.attributes if ATTRIBUTE + name == field
        )
        documents = self._documents[rows]
        nested = documents.to_frame().select_seq(_NESTED).to_series()
        numbers = pl.Series([False]).new_from_index(0, len(rows))
        for header in headers:
            key = re.escape(orjson.dumps(header).decode())
            numbers |= (documents.str.extract(rf"{key}\s*:\s*([0-9.]+)\s*[,}}]") == cells).fill_null(value=False)
        if nested.any():  # a key may stand anywhere in these
            places = rows_where(nested)
            texts = zip(documents[places].to_list(), cells[places].to_list(), strict=True)
            found = [not _numbers(text, headers).isdisjoint({cell}) for text, cell in texts]
            numbers = numbers.scatter(places, pl.Series(found))
        return pl.Series([number_text(cell) for cell in cells.to_list()], dtype=pl.String).zip_with(numbers, cells)


def _numbers(document: str, headers: Sequence[str]) -> set[str]:
    """Return the texts of the numbers that a document has under `headers`."""
    try:
        texts = flattened(_marked(orjson.loads(document)))
    except orjson.JSONDecodeError:
        return set()
    found = (texts.get(header, "") for header in headers)
    return {text.removeprefix(_MARK) for text in found if text.startswith(_MARK)}


def _marked(value: Any) -> Any:
    """Return a JSON value whose numbers are texts with a mark before them."""
    if isinstance(value, dict):
        return {name: _marked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_marked(item) for item in value]
    return f"{_MARK}{value}" if isinstance(value, float) else value
