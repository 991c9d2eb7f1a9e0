"""Counts over scores: kept beside each stored segment and added up, so that a summary never reads the scores."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from services.gold.channels.rules import ERRORS
from services.gold.columns import CHANNELS, GRADES
from services.gold.rubric.fields import FIELDS
from services.gold.rubric.grading import Grading
from services.gold.summary import BANDS

RULES_PER_CHANNEL: Final = 64
_GAPS: Final = 2 + len(BANDS)
_UNITS: Final = _GAPS + len(FIELDS)
_READY: Final = _UNITS + len(FIELDS)
_RULES: Final = _READY + len(CHANNELS)
SIZE: Final = _RULES + len(CHANNELS) * RULES_PER_CHANNEL

Counts = npt.NDArray[np.int64]
Gradings = Callable[[str], Grading]
"""Gives the grading of an id."""


@dataclass(frozen=True)
class Tally:
    """Counts over some scores; a difference of two may be negative."""

    counts: Counts
    gradings: Counter[str]
    """How many were scored under which grading."""

    @property
    def scored(self) -> int:
        """Products with a score."""
        return int(self.counts[0])

    @property
    def score_sum(self) -> int:
        """Sum of their rounded scores."""
        return int(self.counts[1])

    @property
    def bands(self) -> dict[str, int]:
        """Products per band."""
        return {name: int(self.counts[2 + place]) for place, (name, _, _) in enumerate(BANDS)}

    @property
    def gaps(self) -> list[int]:
        """Products with a gap, by the order of `FIELDS`."""
        return [int(count) for count in self.counts[_GAPS:_UNITS]]

    @property
    def units(self) -> list[int]:
        """Units lost by gaps, by the order of `FIELDS`."""
        return [int(count) for count in self.counts[_UNITS:_READY]]

    @property
    def ready(self) -> dict[str, int]:
        """Products ready for each channel."""
        return {channel: int(self.counts[_READY + place]) for place, channel in enumerate(CHANNELS)}

    def broken(self, channel: str) -> list[int]:
        """Products that break each rule of a channel, by the rules' order."""
        start = _RULES + CHANNELS.index(channel) * RULES_PER_CHANNEL
        return [int(count) for count in self.counts[start : start + RULES_PER_CHANNEL]]

    def stale(self, grading_id: str) -> int:
        """Scores that were made under another grading."""
        return sum(count for of, count in self.gradings.items() if of != grading_id)

    def less(self, other: "Tally") -> "Tally":
        """The difference."""
        gradings = Counter(self.gradings)
        gradings.subtract(other.gradings)
        return Tally(self.counts - other.counts, gradings)

    def packed(self) -> tuple[bytes, str]:
        """As it is stored."""
        return self.counts.astype("<i8").tobytes(), orjson.dumps(self.gradings).decode()


def stored(rows: Iterable[Sequence[Any]]) -> Tally:
    """The sum of what was stored: rows of counts and gradings, see `Tally.packed`."""
    gradings = Counter[str]()
    parts = []
    for counts, of_gradings in rows:
        parts.append(counts)
        gradings.update(orjson.loads(of_gradings))
    return Tally(np.frombuffer(b"".join(parts), dtype="<i8").reshape(-1, SIZE).sum(axis=0), gradings)


def tally_of(scores: pl.DataFrame, grading_of: Gradings) -> Tally:
    """Counts scores (`columns.SCORES`)."""
    ids = list(dict.fromkeys(scores["grading"].to_list()))
    parts = {name: scores if len(ids) == 1 else scores.filter(scores["grading"] == name) for name in ids}
    gradings = Counter({name: rows.height for name, rows in parts.items()})
    counts = (_counted(rows, grading_of(name)) for name, rows in parts.items())
    return Tally(sum(counts, np.zeros(SIZE, dtype=np.int64)), gradings)


def units_by_field(scores: pl.DataFrame, grading: Grading) -> npt.NDArray[np.int64]:
    """Units lost, a row per product and a column per field; all scores are of one grading."""
    by_field = _bits(scores, GRADES).view(np.uint8)[:, : len(FIELDS)]
    first = np.arange(len(FIELDS)) * grading.units.shape[1]
    units: npt.NDArray[np.int64] = grading.units.ravel().take(by_field + first)
    return units


_ERRORS: Final = np.array([ERRORS[channel] for channel in CHANNELS], dtype=np.uint64)
_BAND_OF: Final = np.array(
    [next(place for place, (_, lowest, _) in enumerate(BANDS) if score >= lowest) for score in range(101)]
)
"""The place of a score's band in `BANDS`."""


def _bits(scores: pl.DataFrame, names: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Columns of bits side by side, the least significant byte of each first."""
    return np.stack([scores[name].to_numpy() for name in names], axis=1).astype("<u8", copy=False)


def _counted(scores: pl.DataFrame, grading: Grading) -> Counts:
    counts = np.zeros(SIZE, dtype=np.int64)
    score = scores["score"].to_numpy()
    counts[0], counts[1] = len(score), score.sum(dtype=np.int64)
    counts[2:_GAPS] = np.bincount(_BAND_OF[score], minlength=len(BANDS))
    units = units_by_field(scores, grading)
    counts[_GAPS:_UNITS] = np.count_nonzero(units, axis=0)
    counts[_UNITS:_READY] = units.sum(axis=0)
    broken = _bits(scores, CHANNELS)
    counts[_READY:_RULES] = np.count_nonzero(broken & _ERRORS == 0, axis=0)
    each = np.unpackbits(broken.view(np.uint8), axis=1, bitorder="little")
    counts[_RULES:] = each.sum(axis=0, dtype=np.int64)
    return counts
