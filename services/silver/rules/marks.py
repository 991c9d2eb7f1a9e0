"""The decimal mark that the numbers of a column show."""

import re
from typing import Final, Literal, TypeAlias

import polars as pl

from services.silver.rules.amounts import clean_price, notation_of

DecimalMark: TypeAlias = Literal[".", ","]

_CELL: Final = pl.col("c")
# `shape_of` as a column.
_SHAPES: Final = _CELL.filter(_CELL.str.contains_any([".", ","])).str.replace_all("[1-8]", "9").unique()
_ONE_AMOUNT: Final = re.compile(r"[^0-9]{0,6}[0-9](?:[0-9.,'’ ]*[0-9])?[^0-9]{0,6}")
_SHOWS_POINT: Final = re.compile(
    r"[0-9]\.[0-9]{1,2}[^0-9]*\Z|[0-9],[0-9]{3}\.[0-9]|^[^0-9]*0\.[0-9]|^(?:[^0-9]*[^\w.,])?\.[0-9]"
    r"|\.[0-9]{4,}[^0-9]*\Z|[0-9],[0-9]{3},[0-9]{3}"
)
_SHOWS_COMMA: Final = re.compile(
    r"[0-9],[0-9]{1,2}[^0-9]*\Z|[0-9]\.[0-9]{3},[0-9]|^[^0-9]*0,[0-9]|^(?:[^0-9]*[^\w.,])?,[0-9]"
    r"|[0-9],[0-9]{4,}[^0-9]*\Z|[0-9]\.[0-9]{3}\.[0-9]{3}"
)


def decimal_mark_of(columns: list[pl.Series]) -> DecimalMark | None:
    """Return the decimal mark that unambiguous prices in `columns` show, or None when there are none or both.

    Only a price that is read is a witness: one that is not leaves the column, and the next run would miss it.
    """
    shapes = [shape for shape in _shapes(columns) if notation_of(clean_price(shape), None).problem is None]
    point, comma = _shown(shapes)
    if point == comma:
        return None
    return "." if point else ","


def marks_shown(columns: list[pl.Series]) -> tuple[bool, bool]:
    """Tell whether unambiguous numbers in `columns` show a decimal point, and whether they show a decimal comma."""
    return _shown(_shapes(columns))


def _shapes(columns: list[pl.Series]) -> list[str]:
    """Return the shapes of the cells that hold one number with a separator."""
    cells = pl.concat([column.alias("c") for column in columns]).to_frame()
    return [shape for shape in cells.select_seq(_SHAPES).to_series() if _ONE_AMOUNT.fullmatch(shape)]


def _shown(shapes: list[str]) -> tuple[bool, bool]:
    return any(map(_SHOWS_POINT.search, shapes)), any(map(_SHOWS_COMMA.search, shapes))
