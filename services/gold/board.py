"""All scores of a catalog as columns in memory, for lists by any filter and order, and for groups.

A million products of a page are filtered and sorted in some 20 ms, where an index per filter and order would have to be
kept for all. What changed since is read from the segments that are new; a few catalogs are kept, up to a number of
products in all.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.gold.rubric.fields import FIELDS
from services.gold.store import ScoreStore
from services.gold.store.segments import Owner, over
from services.gold.tallies import Gradings, units_by_field

FEW_NEW: Final = 64
"""New segments up to which they are laid over what is known; beyond, everything is read anew."""
_CODED: Final = ("brand", "category", "grading")


@dataclass(frozen=True)
class Board:
    """The scores of one catalog, in id order, as they were when their segments were read."""

    numbers: tuple[int, ...]
    scores: pl.DataFrame
    """`columns.SCORES`, brand, category and grading as categories."""
    gradings: Gradings
    _lost: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict, repr=False)

    def lost(self, name: str) -> npt.NDArray[np.int32]:
        """Units that each product loses by a field, or by all fields of a stage."""
        found = self._lost.get(name)
        if found is None:
            places = [place for place, one in enumerate(FIELDS) if name in {one.name, one.stage}]
            found = self._lost[name] = self._units()[:, places].sum(axis=1, dtype=np.int32)
        return found

    def _units(self) -> npt.NDArray[np.int32]:
        units = np.zeros((self.scores.height, len(FIELDS)), dtype=np.int32)
        of = self.scores["grading"].to_physical().to_numpy()
        for code in np.unique(of):
            rows = np.flatnonzero(of == code)
            some = self.scores[rows] if len(rows) < self.scores.height else self.scores
            units[rows] = units_by_field(some, self.gradings(str(some["grading"][0])))
        return units


class Boards:
    """The boards of a process, the least recently used ones dropped beyond `most_products` in all."""

    def __init__(self, store: ScoreStore, gradings: Gradings, most_products: int) -> None:
        self._store = store
        self._gradings = gradings
        self._most_products = most_products
        self._known: OrderedDict[Owner, Board] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, owner: Owner) -> Board:
        """The board of a catalog as it is now."""
        numbers = tuple(self._store.numbers(owner))
        with self._lock:
            known = self._known.get(owner)
            if known is not None:
                self._known.move_to_end(owner)
        if known is not None and known.numbers == numbers:
            return known
        board = Board(numbers, self._read(owner, numbers, known), self._gradings)
        with self._lock:
            self._known[owner] = board
            self._known.move_to_end(owner)
            while len(self._known) > 1 and sum(one.scores.height for one in self._known.values()) > self._most_products:
                self._known.popitem(last=False)
        return board

    def _read(self, owner: Owner, numbers: Sequence[int], known: Board | None) -> pl.DataFrame:
        if known is not None and set(known.numbers) <= set(numbers):
            new = [number for number in numbers if number not in set(known.numbers)]
            if len(new) <= FEW_NEW and min(new) > max(known.numbers, default=0):
                return over(known.scores, _coded(self._store.segments(owner, new))).rechunk()
        return _coded(self._store.segments(owner, numbers))


def _coded(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.with_columns(pl.col(*_CODED).cast(pl.Categorical)).rechunk()
