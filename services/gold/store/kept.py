"""Segments that were read lately, in memory: a small run looks up a few products in the same ones again and again."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl
from cachetools import LRUCache

KEPT_ROWS: Final = 200_000
"""Rows that are kept in all, of some 150 bytes each."""
FEW: Final = 64
"""Products up to which looking up each takes less than one expression over the segment."""


class Kept:
    """Frames by the numbers of their segments. A number is never given again, so what is kept is never stale.

    That holds for segments whose transaction is through: one that is undone gives its number back.
    """

    def __init__(self, most_rows: int = KEPT_ROWS) -> None:
        self._frames: LRUCache[int, pl.DataFrame] = LRUCache(most_rows, getsizeof=lambda frame: frame.height)
        self._lock = threading.Lock()

    def of(self, numbers: Iterable[int]) -> dict[int, pl.DataFrame]:
        """Those of these segments that are there."""
        with self._lock:
            found = {number: self._frames.get(number) for number in numbers}
        return {number: frame for number, frame in found.items() if frame is not None}

    def keep(self, number: int, frame: pl.DataFrame) -> None:
        """Keeps a frame, unless it alone is larger than all that may be kept."""
        if frame.height <= self._frames.maxsize:
            with self._lock:
                self._frames[number] = frame


def rows_of(frame: pl.DataFrame, ids: Sequence[str]) -> list[pl.DataFrame]:
    """The rows of a frame in id order that have one of these sorted ids, in pieces."""
    column: Any = frame["product_id"]
    if len(ids) > FEW:
        found = frame.filter(column.is_in(pl.Series(ids, dtype=pl.String).implode()))
        return [found] if found.height else []
    pieces: list[pl.DataFrame] = []
    place = 0
    for product_id in ids:
        place = bisect_left(column, product_id, place)
        if place == len(column):
            break
        if column[place] == product_id:
            pieces.append(frame.slice(place, 1))
    return pieces
