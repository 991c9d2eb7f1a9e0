"""Which of many items a catalog has already."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.ingest.tables import items


def hold_known(connection: sa.Connection, content: str, ids: Sequence[str]) -> dict[str, str]:
    """Fingerprints by product id, of those that exist; they stay as they are until the end of the transaction."""
    query = sa.select(items.c.product_id, items.c.fingerprint).where(
        items.c.catalog_id == content, named(connection, ids)
    )
    # SQLite has one writer, and no such clause. In their order, so that two imports do not wait for each other.
    return dict(connection.execute(query.order_by(items.c.product_id).with_for_update()).all())


def hold_taken(connection: sa.Connection, content: str, numbers: Mapping[str, int]) -> dict[str, str]:
    """Fingerprints by product id, of items that were to be new and that somebody else has made meanwhile.

    `numbers`: those of the new items by product id, which have been inserted where there was none. Theirs has another.
    """
    if connection.dialect.name == "sqlite" or not numbers:  # one writer: there is no meanwhile
        return {}
    query = sa.select(items.c.product_id, items.c.sequence).where(
        items.c.catalog_id == content, named(connection, list(numbers))
    )
    taken = [row.product_id for row in connection.execute(query) if row.sequence != numbers[row.product_id]]
    return hold_known(connection, content, taken) if taken else {}


def count_known(connection: sa.Connection, content: str, ids: Sequence[str]) -> int:
    """How many of the ids, each named once, exist. The primary key answers it alone: no item is read."""
    query = sa.select(sa.func.count()).where(items.c.catalog_id == content, named(connection, ids))
    return int(connection.execute(query).scalar_one())


def those_in(connection: sa.Connection, content: str, ids: Sequence[str]) -> set[str]:
    """Which of the items a content has."""
    query = sa.select(items.c.product_id).where(items.c.catalog_id == content, named(connection, ids))
    return set(connection.execute(query).scalars()) if ids else set()


class ByName:
    """A statement about items that are named when it is run; made once for each kind of database, since making it takes
    longer than running it.
    """

    def __init__(self, make: Callable[[sa.ColumnElement[bool]], sa.Executable], column: sa.ColumnElement[str]) -> None:
        """`make`: from the condition that the product of `column` is one of those named."""
        listed = sa.func.json_each(sa.bindparam("names", type_=sa.String)).table_valued("value")
        many = sa.bindparam("names", type_=postgresql.ARRAY(sa.String()))
        self._of = {
            "sqlite": make(column.in_(sa.select(listed.c.value))),
            "postgresql": make(column == sa.any_(many)),
        }

    def run(self, connection: sa.Connection, ids: Sequence[str], **values: Any) -> sa.CursorResult[Any]:
        """With further parameters."""
        kind = connection.dialect.name
        names: Any = orjson.dumps(list(ids)).decode() if kind == "sqlite" else list(ids)
        return connection.execute(self._of[kind], {"names": names, **values})


def named(
    connection: sa.Connection, ids: Sequence[str], column: sa.ColumnElement[str] = items.c.product_id
) -> sa.ColumnElement[bool]:
    """Whether the product is one of many named ones, as one parameter: a parameter for each costs twice the time."""
    if connection.dialect.name == "sqlite":
        listed = sa.func.json_each(orjson.dumps(list(ids)).decode()).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    return column == sa.any_(sa.literal(list(ids), postgresql.ARRAY(sa.String())))
