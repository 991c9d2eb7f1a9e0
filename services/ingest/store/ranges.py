"""Contiguous ranges of product ids."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class IdRange:
    """after < id <= through, bytewise; an empty bound is open."""

    after: str = ""
    through: str = ""

    def holds(self, column: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
        """Conditions on a column of product ids."""
        conditions: list[sa.ColumnElement[bool]] = []
        if self.after:
            conditions.append(column > self.after)
        if self.through:
            conditions.append(column <= self.through)
        return conditions

    def has(self, product_id: str) -> bool:
        """Whether a product is in it. Text of Python compares by code points, which is the order of UTF-8's bytes."""
        return self.after < product_id and (not self.through or product_id <= self.through)


ALL = IdRange()


def ends_of(
    connection: sa.Connection, column: sa.ColumnElement[Any], here: sa.ColumnElement[bool], size: int
) -> list[str]:
    """The last id of each range of `size` rows, but for the rest; along the index of the column and what `here` is of.

    From end to end: numbering all rows takes ten times as long.
    """
    after = here & (column > sa.bindparam("after"))
    query = sa.select(column).where(after).order_by(column).limit(1).offset(size - 1)
    ends: list[str] = []
    while found := connection.execute(query, {"after": ends[-1] if ends else ""}).scalar_one_or_none():
        ends.append(found)
    return ends


def ranges_between(ends: list[str], within: IdRange = ALL) -> list[IdRange]:
    """The ids of a range, cut at these, which are in order."""
    return [
        IdRange(after, through) for after, through in zip([within.after, *ends], [*ends, within.through], strict=True)
    ]
