"""Segments as they are stored: whose they are, what they hold, and which scores of several count."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import polars as pl
import sqlalchemy as sa

from services.gold.columns import SCORES, unpacked
from services.gold.tables import SEGMENTS
from services.runtime.database import chunked, hold

LIVE, PENDING, PREVIEW = "live", "pending", "preview"
"""Segments that count; those of a run over a whole catalog that is not through; those of a run that changes nothing."""
_S: Final = SEGMENTS.c
MINE: Final = (_S.catalog_id == sa.bindparam("of_catalog"), _S.workspace_id == sa.bindparam("of_workspace"))
_COLUMNS: Final = (
    sa.select(_S.number, _S.columns)
    .where(*MINE, _S.number.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(_S.number)
)
NO_SCORES: Final = SCORES.to_frame()


class Owner(NamedTuple):
    """Whose scores."""

    workspace_id: str
    catalog_id: str

    @property
    def values(self) -> dict[str, Any]:
        """For the statements of `MINE`."""
        return {"of_workspace": self.workspace_id, "of_catalog": self.catalog_id}


def hold_scores(connection: sa.Connection, owner: Owner) -> None:
    """From here to the end of the transaction nobody else changes which scores of the catalog count.

    Segments that do not count yet are written without: each is of one partition, and replaces nothing else.
    """
    hold(connection, f"scores {owner.catalog_id}")


def over(scores: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Scores in id order, with new ones in the place of, or beside, those of the same products."""
    kept = scores.filter(~scores["product_id"].is_in(new["product_id"]))
    return pl.concat([kept, new]).sort("product_id")


def newest(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Scores in id order; of several of one product that of the last frame."""
    together = pl.concat([NO_SCORES, *frames])
    ids = together["product_id"]
    if ids.n_unique() < len(ids):
        together = together.unique("product_id", keep="last", maintain_order=True)
    elif ids.is_sorted():
        return together
    return together.sort("product_id")


def frames_of(
    connection: sa.Connection, owner: Owner, numbers: Sequence[int], columns: Sequence[str] = SCORES.names()
) -> Iterator[tuple[int, pl.DataFrame]]:
    """What the segments of these numbers (lowest first) that are still there hold."""
    for some in chunked(numbers, 50):
        for row in connection.execute(_COLUMNS, owner.values | {"numbers": list(some)}):
            yield row.number, unpacked(row.columns, columns)


def touched(places: Iterable[Any], wanted: Sequence[str]) -> list[int]:
    """Of these segments those that may have any of the sorted ids."""
    return [row.number for row in places if _any_within(wanted, row.first_id, row.last_id)]


def _any_within(ids: Sequence[str], first: str, last: str) -> bool:
    """Whether any of the sorted ids is in a range, both ends included."""
    place = bisect_left(ids, first)
    return place < len(ids) and ids[place] <= last
