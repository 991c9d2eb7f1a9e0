"""Columns to JSON texts, without ever holding a product as a Python object."""

from collections.abc import Sequence
from typing import Final

import orjson
import polars as pl

from services.silver.rules.remembered import remembered


def json_text(values: pl.Series) -> pl.Series:
    """Return each value of a text or list column as JSON, null where the value is null."""
    return values.alias("v").to_frame().select_seq(_VALUE).to_series()


def json_expr(column: str) -> pl.Expr:
    """Return the column `column` as JSON, null where it is null."""
    value = pl.struct(pl.col(column).alias("v")).struct.json_encode().str.slice(5).str.head(-1)
    return pl.when(pl.col(column).is_not_null()).then(value).alias(column)


_VALUE: Final = json_expr("v")


def record_text(frame: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """Return JSON object texts of the columns `names`, leaving nulls out; "{}" where nothing is left."""
    return frame.select_seq(_record(tuple(names))).to_series()


def object_text(names: Sequence[str], values: Sequence[pl.Series]) -> pl.Series:
    """Return JSON object texts from JSON columns, leaving nulls out; null where nothing is left.

    Args:
        names: the keys, in order.
        values: for each key a column of JSON texts (see `json_text`).
    """
    frame = pl.DataFrame([value.alias(str(place)) for place, value in enumerate(values)])
    texts = frame.select_seq(_members(tuple(names))).to_series()
    return texts.zip_with(texts != "{}", pl.Series([None], dtype=pl.String).new_from_index(0, len(texts)))


@remembered(entries=512, longest=64)
def _record(names: tuple[str, ...]) -> pl.Expr:
    return _object([_key(name) + json_expr(name) for name in names])


@remembered(entries=512, longest=64)
def _members(names: tuple[str, ...]) -> pl.Expr:
    """The columns "0", "1" … as members `names`."""
    return _object([_key(name) + pl.col(str(place)) for place, name in enumerate(names)])


def _key(name: str) -> pl.Expr:
    return pl.lit(orjson.dumps(name).decode() + ":")


def _object(members: list[pl.Expr]) -> pl.Expr:
    inner = pl.concat_str(members, separator=",", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), inner, pl.lit("}")).alias("object")
