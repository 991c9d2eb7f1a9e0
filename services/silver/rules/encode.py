"""Columns to JSON texts, without ever holding a product as a Python object."""

from collections.abc import Sequence

import orjson
import polars as pl


def json_text(values: pl.Series) -> pl.Series:
    """Return each value of a text or list column as JSON, null where the value is null."""
    return values.alias("v").to_frame().select_seq(json_expr("v")).to_series()


def json_expr(column: str) -> pl.Expr:
    """Return the column `column` as JSON, null where it is null."""
    value = pl.struct(pl.col(column).alias("v")).struct.json_encode().str.slice(5).str.head(-1)
    return pl.when(pl.col(column).is_not_null()).then(value).alias(column)


def object_text(names: Sequence[str], values: Sequence[pl.Series]) -> pl.Series:
    """Return JSON object texts from JSON columns, leaving nulls out; null where nothing is left.

    Args:
        names: the keys, in order.
        values: for each key a column of JSON texts (see `json_text`).
    """
    members = [
        (pl.lit(orjson.dumps(name).decode() + ":") + pl.lit(column)).alias(str(index))
        for index, (name, column) in enumerate(zip(names, values, strict=True))
    ]
    inner = pl.concat_str(members, separator=",", ignore_nulls=True)
    joined = pl.select(inner.alias("inner"))
    return joined.select_seq(pl.when(pl.col("inner") != "").then(pl.lit("{") + pl.col("inner") + "}")).to_series()
