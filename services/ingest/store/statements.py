"""Statements about many items, made once: SQLAlchemy takes longer to make one than a database takes to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.ingest.store.ranges import ALL, IdRange
from services.ingest.tables import item_deletions, items, settled_orphans


def of_content(table: sa.Table) -> sa.ColumnElement[bool]:
    """That a row is of the `content` that a statement is run with. `table`: of items, or of what is known of some."""
    return table.c.catalog_id == sa.bindparam("content")


HERE = of_content(items)
"""The same of an item."""


class Form(NamedTuple):
    """What a statement is made for."""

    dialect: str
    lists: frozenset[str]
    """Which lists of ids are given."""
    has_after: bool
    has_through: bool

    def among(self, column: sa.ColumnElement[str], name: str = "names") -> list[sa.ColumnElement[bool]]:
        """That the product is one of the list of this name, if that is given."""
        if name not in self.lists:
            return []
        return [_among(self.dialect, column, sa.bindparam(name, type_=_LIST[self.dialect]))]

    def within(self, column: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
        """That the product is in the range. Open ends are no conditions, or no index would be used."""
        after = [column > sa.bindparam("after", type_=sa.String)] if self.has_after else []
        return after + ([column <= sa.bindparam("through", type_=sa.String)] if self.has_through else [])


class Statement:
    """A statement that is made once for each form that is asked for."""

    def __init__(self, make: Callable[[Form], sa.Executable]) -> None:
        self._make = make
        self._made: dict[Form, sa.Executable] = {}

    def run(
        self,
        connection: sa.Connection,
        lists: Mapping[str, Sequence[str] | None] | None = None,
        *,
        ids: IdRange = ALL,
        **values: Any,
    ) -> sa.CursorResult[Any]:
        """`lists`: of product ids, by name; None: not given. `ids`: a range of them. `values`: further parameters."""
        dialect = connection.dialect.name
        given = {name: _listed(dialect, some) for name, some in (lists or {}).items() if some is not None}
        form = Form(dialect, frozenset(given), bool(ids.after), bool(ids.through))
        if form not in self._made:
            self._made[form] = self._make(form)  # twice at once, if need be: the same
        ends = {"after": ids.after, "through": ids.through}
        return connection.execute(
            self._made[form], {**given, **{name: end for name, end in ends.items() if end}, **values}
        )


class ByName:
    """One about items that are named when it is run."""

    def __init__(self, make: Callable[[sa.ColumnElement[bool]], sa.Executable], column: sa.ColumnElement[str]) -> None:
        """`make`: from the condition that the product of `column` is one of those named."""
        self._statement = Statement(lambda form: make(*form.among(column)))

    def run(self, connection: sa.Connection, ids: Sequence[str], **values: Any) -> sa.CursorResult[Any]:
        """With further parameters."""
        return self._statement.run(connection, {"names": ids}, **values)


def named(
    connection: sa.Connection, ids: Sequence[str], column: sa.ColumnElement[str] = items.c.product_id
) -> sa.ColumnElement[bool]:
    """Whether the product is one of many named ones, for a statement that is made for these."""
    dialect = connection.dialect.name
    return _among(dialect, column, sa.bindparam(None, _listed(dialect, ids), type_=_LIST[dialect]))


# One parameter: a parameter for each id costs twice the time.
_LIST: Mapping[str, sa.types.TypeEngine[Any]] = {"sqlite": sa.String(), "postgresql": postgresql.ARRAY(sa.String())}


def _listed(dialect: str, ids: Sequence[str]) -> Any:
    return orjson.dumps(list(ids)).decode() if dialect == "sqlite" else list(ids)


def _among(dialect: str, column: sa.ColumnElement[str], ids: sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    if dialect == "sqlite":
        return column.in_(sa.select(sa.func.json_each(ids).table_valued("value").c.value))
    return column == sa.any_(ids)


def remove_rows(
    connection: sa.Connection,
    table: sa.Table,
    content: str,
    *,
    ids: IdRange = ALL,
    names: Sequence[str] | None = None,
) -> int:
    """Removes rows of a content, of a range or those named; how many. `table`: of items, or what is known of some."""
    return int(_REMOVE[table].run(connection, {"names": names}, ids=ids, content=content).rowcount)


def _removing(table: sa.Table, form: Form) -> sa.Executable:
    return sa.delete(table).where(of_content(table), *form.within(table.c.product_id), *form.among(table.c.product_id))


_REMOVE = {table: Statement(partial(_removing, table)) for table in (items, item_deletions, settled_orphans)}
