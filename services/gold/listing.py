"""Lists of scores: which, in what order, from where on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from services.gold.board import Board
from services.gold.channels.rules import ERRORS

Sort = Literal["id", "score", "score_desc", "points"]
SEPARATOR: Final = " > "


@dataclass(frozen=True)
class Filters:
    """What a list holds; None: whatever it is."""

    lowest: int = 0
    highest: int = 100
    gap: str | None = None
    """Name of a field."""
    stage: str | None = None
    brand: str | None = None
    category: str | None = None
    """A path; what is below it counts too."""
    stale: bool | None = None
    ready_for: str | None = None
    not_ready_for: str | None = None


def page(
    board: Board, filters: Filters, sort: Sort, *, current: str, after: tuple[Any, str] | None, limit: int
) -> tuple[pl.DataFrame, list[Any]]:
    """Up to `limit` scores beyond `after` (what the last one of the page before was sorted by, and its id).

    `current` is the grading that holds now. Returns the scores with what each was sorted by.
    """
    keys = _KEYS[sort](board, filters)
    scores = board.scores
    wanted = pl.lit(value=True)
    for condition in _conditions(board, filters, current):
        wanted &= condition
    found = scores.select("product_id", _key=keys, _place=pl.int_range(pl.len(), dtype=pl.UInt32)).filter(
        _all(scores, wanted)
    )
    if after is not None:
        key, product_id = after
        beyond = pl.col("product_id") > product_id
        if sort != "id":
            beyond = (pl.col("_key") > key) | ((pl.col("_key") == key) & beyond)
        found = found.filter(beyond)
    chosen = found.head(limit) if sort == "id" else found.bottom_k(limit, by=["_key", "_place"]).sort("_key", "_place")
    return scores[chosen["_place"].to_numpy()], chosen["_key"].to_list()


def _all(scores: pl.DataFrame, wanted: pl.Expr) -> pl.Series:
    mask = scores.select(wanted.alias("wanted"))["wanted"]
    return mask if len(mask) == scores.height else pl.Series([bool(mask[0])]).new_from_index(0, scores.height)


def _conditions(board: Board, filters: Filters, current: str) -> list[pl.Expr]:
    found: list[pl.Expr] = []
    if (filters.lowest, filters.highest) != (0, 100):
        found.append(pl.col("score").is_between(filters.lowest, filters.highest))
    found += [pl.lit(pl.Series(board.lost(name) > 0)) for name in (filters.gap, filters.stage) if name is not None]
    if filters.brand is not None:
        found.append(pl.col("brand") == filters.brand)
    if filters.category is not None:
        below = pl.col("category").cat.starts_with(filters.category + SEPARATOR)
        found.append((pl.col("category") == filters.category) | below)
    if filters.stale is not None:
        holds = pl.col("grading") == current
        found.append(~holds if filters.stale else holds)
    if filters.ready_for is not None:
        found.append(_ready(filters.ready_for))
    if filters.not_ready_for is not None:
        found.append(~_ready(filters.not_ready_for))
    return found


def _ready(channel: str) -> pl.Expr:
    refused: pl.Expr = pl.col(channel) & pl.lit(ERRORS[channel], dtype=pl.UInt64)
    return refused == 0


def _points(board: Board, filters: Filters) -> pl.Series:
    """Units lost, negative, so that the lowest comes first."""
    name = filters.gap or filters.stage
    lost = board.scores["units"].to_numpy() if name is None else board.lost(name)
    return pl.Series(-lost.astype(np.int32))


_KEYS: Final[dict[Sort, Callable[[Board, Filters], pl.Series | pl.Expr]]] = {
    "id": lambda _board, _filters: pl.lit(0, dtype=pl.Int32),
    "score": lambda board, _filters: board.scores["score"].cast(pl.Int32),
    "score_desc": lambda board, _filters: -board.scores["score"].cast(pl.Int32),
    "points": _points,
}
