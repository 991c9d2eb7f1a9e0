"""What the faults of a product cost under one set of weights, and how to tell it from their codes.

A score is kept as a string of *fault codes*, two letters each (field and check), and the id of its grading. The grading
holds, per code, what the fault costs and why. It is stored once, under a hash of its content: a score stays explainable
after the weights or the rubric have changed, and a million scores need not repeat the same sentences.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson

from services.gold.rubric.fields import FIELDS, FULL, STAGES
from services.gold.rubric.stages import ABSENT, all_checks
from services.gold.rubric.weights import CENTI, Weights

UNITS_PER_POINT = CENTI * 100 * FULL
"""Points are counted in hundredths of weight × percent of share × thousandths of quality: exact integers."""

MISSING, WEAK = "missing", "weak"


@dataclass(frozen=True)
class Fault:
    """One way in which one field falls short, with its price."""

    field: str
    stage: str
    units: int
    """Of the score, see `UNITS_PER_POINT`."""
    stage_loss: int
    """Of the stage's 100, in thousandths."""
    kind: str
    """`missing` or `weak`."""
    why: str

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
    """The faults that cost points, most points first."""

    @property
    def missing(self) -> list[str]:
        """Fields completely absent, a subset of the gaps in the same order."""
        return [gap.field for gap in self.gaps if gap.kind == MISSING]


@dataclass(frozen=True)
class Grading:
    """The price list of one set of weights."""

    id: str
    """Hash of the content, 16 hexadecimal digits."""
    faults: Mapping[str, Fault]
    """By code."""

    def explain(self, codes: str) -> Breakdown:
        """The breakdown behind a product's fault codes, which come most expensive first."""
        faults = [self.faults[code] for code in codes_of(codes)]
        losses = dict.fromkeys(STAGES, 0)
        for fault in faults:
            losses[fault.stage] += fault.stage_loss
        return Breakdown(
            stages={stage: (100 * FULL - loss) / FULL for stage, loss in losses.items()},
            gaps=tuple(fault for fault in faults if fault.units),
        )

    def to_json(self) -> str:
        """The faults as JSON text, for storage."""
        return orjson.dumps(dict(self.faults)).decode()

    @classmethod
    def of(cls, faults: Mapping[str, Fault]) -> "Grading":
        """The grading with these faults; its id follows from them."""
        digest = hashlib.blake2b(orjson.dumps(dict(faults), option=orjson.OPT_SORT_KEYS), digest_size=8)
        return cls(digest.hexdigest(), faults)

    @classmethod
    def from_json(cls, text: str) -> "Grading":
        """The inverse of `to_json`."""
        return cls.of({code: Fault(**fault) for code, fault in orjson.loads(text).items()})


def code_of(field: int, check: int) -> str:
    """The code of a check of a field, both by number."""
    return chr(ord("a") + field) + chr(ord("A") + check)


def codes_of(faults: str) -> list[str]:
    """The single codes in a product's fault codes."""
    return [faults[at : at + 2] for at in range(0, len(faults), 2)]


@lru_cache(maxsize=64)
def grading(weights: Weights, *, categories_linked: bool) -> Grading:
    """The grading for these weights. `categories_linked`: see `taxonomy`."""
    centi = weights.centi()
    checks = all_checks(categories_linked=categories_linked)
    return Grading.of(
        {
            code_of(number, place): Fault(
                field=field.name,
                stage=field.stage,
                units=centi[field.stage] * field.share * (FULL - check.quality),
                stage_loss=field.share * (FULL - check.quality),
                kind=MISSING if place == ABSENT else WEAK,
                why=check.why,
            )
            for number, field in enumerate(FIELDS)
            for place, check in enumerate(checks[field.name])
        }
    )
