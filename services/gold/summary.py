"""The catalog summary: score bands, the most common gaps and what they cost, means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.gold.rubric.fields import FIELDS
from services.gold.rubric.grading import UNITS_PER_POINT

if TYPE_CHECKING:
    from services.gold.tallies import Tally

BANDS: tuple[tuple[str, int, int], ...] = (
    ("excellent", 85, 100),
    ("good", 65, 84),
    ("warning", 40, 64),
    ("poor", 0, 39),
)
"""Name, lowest and highest rounded score, as the Batch Gold page documents them."""

TOP_GAPS: Final = 10


class GapTotal(NamedTuple):
    """A gap over many products."""

    field: str
    products: int
    gain: float
    """Points the average would gain if all filled it, three decimals."""


@dataclass(frozen=True)
class RunSummary:
    """What a run leaves: the documented `catalogSummary`, and what is beside it."""

    avg_score: float | None
    """Mean score of this run's successes, one decimal; None when there were none."""
    distribution: dict[str, int]
    """Products of the whole catalog per band."""
    top_gaps: list[GapTotal]
    """Most common gaps of the whole catalog, ten at most."""
    catalog_avg_score: float | None
    """Mean over the whole catalog, one decimal; None without any score."""
    feed_ready: int
    """Products of the catalog that are ready for google."""

    @classmethod
    def of(cls, catalog: "Tally", succeeded: int, score_sum: int) -> "RunSummary":
        """The summary of a run with so many successes on a catalog with these counts."""
        return cls(
            avg_score=mean_of(score_sum, succeeded),
            distribution=catalog.bands,
            top_gaps=top_gaps_of(catalog.gaps, catalog.units, catalog.scored),
            catalog_avg_score=mean_of(catalog.score_sum, catalog.scored),
            feed_ready=catalog.ready["google"],
        )

    def to_json(self) -> dict[str, Any]:
        """As documented, with the gaps' details beside it."""
        return {
            "avgScore": self.avg_score,
            "scoreDistribution": self.distribution,
            "topGaps": [gap.field for gap in self.top_gaps],
            "gapDetails": [gap._asdict() for gap in self.top_gaps],
        }


def mean_of(total: int, count: int) -> float | None:
    """total / count rounded half up to one decimal, in integers; None for no scores at all."""
    if count == 0:
        return None
    return (20 * total + count) // (2 * count) / 10


def gain_of(units: int, scored: int) -> float:
    """Points of the average that so many units are, rounded half up to three decimals; 0 without scores."""
    if not scored:
        return 0.0
    return (2 * units * 1000 + UNITS_PER_POINT * scored) // (2 * UNITS_PER_POINT * scored) / 1000


def top_gaps_of(frequencies: Sequence[int], units: Sequence[int], scored: int) -> list[GapTotal]:
    """The most frequent gaps, given each field's frequency and units in the order of `FIELDS`; ties in that order."""
    ranked = sorted(range(len(FIELDS)), key=lambda number: (-frequencies[number], number))
    return [
        GapTotal(FIELDS[number].name, frequencies[number], gain_of(units[number], scored))
        for number in ranked[:TOP_GAPS]
        if frequencies[number] > 0
    ]
