"""The catalog summary: score bands, the most common gaps, the mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.gold.rubric.fields import FIELDS

BANDS: tuple[tuple[str, int, int], ...] = (
    ("excellent", 85, 100),
    ("good", 65, 84),
    ("warning", 40, 64),
    ("poor", 0, 39),
)
"""Name, lowest and highest rounded score, as the Batch Gold page documents them."""

TOP_GAPS = 10


@dataclass(frozen=True)
class CatalogSummary:
    """The documented `catalogSummary`."""

    avg_score: float | None
    """Mean score of this run's successes, one decimal; None when there were none."""
    distribution: dict[str, int]
    """Products of the whole catalog per band."""
    top_gaps: list[str]
    """Most common gaps of the whole catalog, ten at most."""

    def to_json(self) -> dict[str, Any]:
        """As documented."""
        return {"avgScore": self.avg_score, "scoreDistribution": self.distribution, "topGaps": self.top_gaps}


def mean_of(total: int, count: int) -> float | None:
    """total / count rounded half up to one decimal, in integers; None for no scores at all."""
    if count == 0:
        return None
    return (20 * total + count) // (2 * count) / 10


def top_gaps_of(frequencies: Sequence[int]) -> list[str]:
    """Names of the most frequent gaps, given each field's frequency in the order of `FIELDS`; ties in that order."""
    ranked = sorted(range(len(FIELDS)), key=lambda number: (-frequencies[number], number))
    return [FIELDS[number].name for number in ranked[:TOP_GAPS] if frequencies[number] > 0]
