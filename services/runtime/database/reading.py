"""Many rows at a time, as columns; the same on both databases."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# Tuples that are read together: so many that calls do not count, and so few that they never set off Python's collector,
# and that the next ones are made where these were.
FETCHED_AT_ONCE = 500


class Utf8(FunctionElement[bytes]):
    """A text as its bytes in UTF-8, for what is only passed on: a text is decoded when read and encoded when sent."""

    type = sa.LargeBinary()
    inherit_cache = True


@compiles(Utf8, "sqlite")
def _utf8_of_sqlite(element: Utf8, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


@compiles(Utf8)
def _utf8(element: Utf8, compiler: Any, **options: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **options)}, 'UTF8')"


def read_columns(
    connection: sa.Connection,
    query: sa.Select[Any],
    parameters: Mapping[str, Any] | None = None,
    *,
    rows: int = sys.maxsize,
) -> Iterator[list[list[Any]]]:
    """What a query finds as columns, `rows` rows at a time and in the end fewer; nothing where it finds no row.

    For thousands of rows: those of SQLite come as the driver made them, since making `sa.Row`s of them takes as long as
    reading them. So columns are of types that need no conversion: texts, numbers, bytes.
    """
    # Other drivers read all rows at once unless asked not to, and SQLAlchemy then has rows that their cursors have not.
    streamed = connection.dialect.name != "sqlite"
    result = connection.execute(query, parameters, execution_options={"stream_results": streamed})
    fetch = result.fetchmany if streamed else result.cursor.fetchmany
    try:
        columns: list[list[Any]] = [[] for _ in query.selected_columns]
        while some := fetch(min(FETCHED_AT_ONCE, rows - len(columns[0]))):
            for column, values in zip(columns, zip(*some, strict=True), strict=True):
                column.extend(values)
            if len(columns[0]) == rows:
                yield columns
                columns = [[] for _ in columns]
        if columns[0]:
            yield columns
    finally:
        result.close()


def chunked(values: Sequence[Any], size: int = 900) -> Iterator[Sequence[Any]]:
    """Slices for IN lists: SQLite takes at most 999 parameters on old builds."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
