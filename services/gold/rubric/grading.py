"""What the faults of a product cost under one set of terms, and what to say about them.

A score is kept as *grades*: per field the number of the check that failed. The grading holds, per field and check, what
that costs and why. It is stored once, under a hash of its content: a score stays explainable after the weights or the
rubric have changed, and a million scores need not repeat the same sentences.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson

from services.gold.rubric.expected import Expected, expectations
from services.gold.rubric.fields import FIELDS, FULL, STAGES
from services.gold.rubric.stages import ABSENT, all_checks
from services.gold.rubric.weights import CENTI, Weights

UNITS_PER_POINT: Final = CENTI * 100 * FULL
"""Points are counted in hundredths of weight × percent of share × thousandths of quality: exact integers."""

FINE: Final = 255
"""The grade of a field in which nothing falls short."""
PLACES: Final = 8
"""Fields per number of grades: field f is byte f % 8 of grades{f // 8}, the least significant one first."""

MISSING, WEAK = "missing", "weak"
ATTRIBUTES_KIND, ATTRIBUTES_MISSING = "attributes_kind", "attributes_missing"
"""Measures that name attributes by number: the row of the expectations, and the bits of its names not filled."""


@dataclass(frozen=True)
class Fault:
    """One way in which one field falls short, with its price; also a gap of a product, if it costs anything."""

    field: str
    stage: str
    units: int
    """Of the score, see `UNITS_PER_POINT`."""
    stage_loss: int
    """Of the stage's 100, in thousandths."""
    kind: str
    """`missing` or `weak`."""
    reason: str
    """Stable code: `title.too_long`."""
    why: str
    advice: str
    """One sentence that says what to do. In a breakdown the measure stands in the place of `{value}`."""
    measure: str | None

    @property
    def points(self) -> float:
        """Points of the score it costs."""
        return self.units / UNITS_PER_POINT


@dataclass(frozen=True)
class Breakdown:
    """How a score came about: 100 − Σ points of the gaps = Σ stage × weight / 100."""

    stages: Mapping[str, float]
    """0–100 each, three decimals at most."""
    gaps: tuple[Fault, ...]
    """The faults that cost points, most points first, ties in the order of the fields."""

    @property
    def missing(self) -> list[str]:
        """Fields completely absent, a subset of the gaps in the same order."""
        return [gap.field for gap in self.gaps if gap.kind == MISSING]


@dataclass(frozen=True)
class Grading:
    """The price list of one set of terms."""

    id: str
    """Hash of the content, 16 hexadecimal digits."""
    faults: tuple[tuple[Fault, ...], ...]
    """By field and check."""
    expectations: tuple[tuple[str, ...], ...]
    """Names of attributes, by the numbers of `ATTRIBUTES_KIND`."""
    categories: tuple[str, ...]
    """Category paths of the workspace's own expectations, the last of these."""
    units: npt.NDArray[np.int64] = field(compare=False, repr=False)
    """Units lost by field and check, of shape (16, 256); 0 for `FINE`."""

    def explain(self, grades0: int, grades1: int, measures: Mapping[str, int | None]) -> Breakdown:
        """The breakdown behind a product's grades; `measures` are its `score.MEASURES`."""
        losses = dict.fromkeys(STAGES, 0)
        for fault in self._faults(grades0, grades1):
            losses[fault.stage] += fault.stage_loss
        return Breakdown(
            stages={stage: (100 * FULL - loss) / FULL for stage, loss in losses.items()},
            gaps=tuple(
                replace(gap, advice=gap.advice.replace("{value}", self._value(gap.measure, measures)))
                for gap in self.ordered(grades0, grades1)
            ),
        )

    def ordered(self, grades0: int, grades1: int) -> tuple[Fault, ...]:
        """The faults that cost points, most points first, ties in the order of the fields; advice with `{value}`."""
        faults = [fault for fault in self._faults(grades0, grades1) if fault.units]
        return tuple(sorted(faults, key=lambda fault: -fault.units))

    def to_json(self) -> str:
        """As JSON text, for storage."""
        faults = [[astuple(fault) for fault in of_field] for of_field in self.faults]
        content = {"faults": faults, "expectations": self.expectations, "categories": self.categories}
        return orjson.dumps(content).decode()

    @classmethod
    def of(
        cls,
        faults: tuple[tuple[Fault, ...], ...],
        expectations: tuple[tuple[str, ...], ...],
        categories: tuple[str, ...] = (),
    ) -> "Grading":
        """The grading of this content; its id follows from it."""
        told = [[astuple(fault) for fault in of_field] for of_field in faults]
        content = orjson.dumps([told, expectations, *([categories] if categories else [])])
        units = np.zeros((2 * PLACES, FINE + 1), dtype=np.int64)
        for number, of_field in enumerate(faults):
            units[number, : len(of_field)] = [fault.units for fault in of_field]
        return cls(hashlib.blake2b(content, digest_size=8).hexdigest(), faults, expectations, categories, units)

    @classmethod
    def from_json(cls, text: str) -> "Grading":
        """The inverse of `to_json`."""
        content = orjson.loads(text)
        return cls.of(
            tuple(tuple(Fault(*fault) for fault in of_field) for of_field in content["faults"]),
            tuple(tuple(names) for names in content["expectations"]),
            tuple(content.get("categories", ())),
        )

    def _faults(self, grades0: int, grades1: int) -> list[Fault]:
        """In the order of the fields."""
        grades = grades0.to_bytes(PLACES, "little") + grades1.to_bytes(PLACES, "little")
        return [of_field[grade] for of_field, grade in zip(self.faults, grades, strict=False) if grade != FINE]

    def _value(self, measure: str | None, measures: Mapping[str, int | None]) -> str:
        value = None if measure is None else measures.get(measure)
        if value is None:
            return "?"
        if measure != ATTRIBUTES_MISSING:
            return f"{value:,}"
        names = self.expectations[measures.get(ATTRIBUTES_KIND) or 0]
        return ", ".join(name for bit, name in enumerate(names) if value >> bit & 1)


@lru_cache(maxsize=64)
def grading(weights: Weights, expected: Expected = ()) -> Grading:
    """The grading under these weights and the workspace's own table of expected attributes."""
    centi = weights.centi()
    checks = all_checks(weights, expected)
    return Grading.of(
        tuple(
            tuple(
                Fault(
                    field=field.name,
                    stage=field.stage,
                    units=centi[field.stage] * field.share * (FULL - check.quality),
                    stage_loss=field.share * (FULL - check.quality),
                    kind=MISSING if place == ABSENT else WEAK,
                    reason=f"{field.name}.{check.reason}",
                    why=check.why,
                    advice=check.advice,
                    measure=check.measure,
                )
                for place, check in enumerate(checks[field.name])
            )
            for field in FIELDS
        ),
        tuple(row.names for row in expectations(expected)),
        tuple(path for path, _ in expected),
    )
