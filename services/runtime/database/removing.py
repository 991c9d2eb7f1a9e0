"""Many rows that go, some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from services.runtime.database.doors import Database, hold


def removing(
    database: Database,
    table: sa.Table,
    which: sa.ColumnElement[bool],
    order: sa.ColumnElement[Any],
    *,
    at_once: int,
    name: str,
) -> Iterator[None]:
    """Deletes rows in the order of a column, a few more than `at_once` in a transaction: others write in between.

    It goes on as it is asked to, transaction by transaction, and may be left off after any of them. `name`: of what is
    removed; processes that remove the same hold it one after another, so that they do not wait for each other's rows.
    """
    start: Any = None
    while True:
        rest = which if start is None else which & (order > start)
        with database.write() as connection:
            hold(connection, name)
            nth = sa.select(order).where(rest).order_by(order).limit(1).offset(at_once)
            end = connection.execute(nth).scalar_one_or_none()
            connection.execute(sa.delete(table).where(which if end is None else rest & (order <= end)))
        yield
        if end is None:
            return
        start = end
