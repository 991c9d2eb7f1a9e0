"""Summaries of the brands and the categories of a catalog."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl

from services.gold.board import Board
from services.gold.channels.rules import is_ready
from services.gold.listing import SEPARATOR
from services.gold.rubric.fields import FIELDS
from services.gold.summary import BANDS, GapTotal, gain_of, mean_of

SHOWN_GAPS: Final = 5


@dataclass(frozen=True)
class Group:
    """Scores of one brand or category."""

    name: str
    products: int
    avg_score: float
    distribution: dict[str, int]
    gaps: list[GapTotal]
    """Those that cost the average most."""
    feed_ready: int


def summaries(board: Board, by: Literal["brand", "category"], depth: int) -> list[Group]:
    """All groups, the largest first, ties by name; products without brand or category are the group "".

    `depth`: levels of a category path that count.
    """
    scores = board.scores
    if not scores.height:
        return []
    names = scores[by].cast(pl.String).fill_null("")
    if by == "category":
        distinct = names.unique()
        names = names.replace_strict(distinct, distinct.str.split(SEPARATOR).list.head(depth).list.join(SEPARATOR))
    named = names.rank("dense").to_numpy().astype(np.int64) - 1
    labels = names.unique().sort().to_list()
    products = np.bincount(named, minlength=len(labels))
    score = scores["score"].to_numpy()
    sums = np.bincount(named, weights=score, minlength=len(labels))
    in_band = {
        band: np.bincount(named[(score >= lowest) & (score <= highest)], minlength=len(labels))
        for band, lowest, highest in BANDS
    }
    ready = is_ready(scores["google"], "google").to_numpy()
    feed_ready = np.bincount(named[ready], minlength=len(labels))
    lost = [board.lost(one.name) for one in FIELDS]
    units = np.stack([np.bincount(named, weights=one, minlength=len(labels)) for one in lost], axis=1)
    having = np.stack([np.bincount(named[one > 0], minlength=len(labels)) for one in lost], axis=1)
    order = sorted(range(len(labels)), key=lambda place: (-products[place], labels[place]))
    return [
        Group(
            name=labels[place],
            products=int(products[place]),
            avg_score=mean_of(int(sums[place]), int(products[place])) or 0.0,
            distribution={band: int(counts[place]) for band, counts in in_band.items()},
            gaps=_costliest(units[place], having[place], int(products[place])),
            feed_ready=int(feed_ready[place]),
        )
        for place in order
    ]


def _costliest(units: np.ndarray, having: np.ndarray, products: int) -> list[GapTotal]:
    ranked = sorted(range(len(FIELDS)), key=lambda place: (-units[place], place))[:SHOWN_GAPS]
    return [
        GapTotal(FIELDS[place].name, int(having[place]), gain_of(int(units[place]), products))
        for place in ranked
        if having[place]
    ]
