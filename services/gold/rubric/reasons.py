"""The registry of reasons: every way in which a field can fall short, by its stable code."""

from dataclasses import dataclass
from typing import Final

from services.gold.rubric.fields import FIELDS, FULL
from services.gold.rubric.grading import MISSING, WEAK
from services.gold.rubric.stages import ABSENT, all_checks
from services.gold.rubric.weights import Weights


@dataclass(frozen=True)
class Reason:
    """Why a field falls short."""

    reason: str
    """Stable code, the field and what is wrong with it: `title.too_long`. It never changes its meaning."""
    field: str
    stage: str
    kind: str
    """`missing` or `weak`."""
    why: str
    """In one phrase."""
    lost: float
    """Share of the field's points that is lost, 0–1; the most that is, where it depends on the product."""
    source: str
    """The page on which a channel asks for it, or empty."""


def _reasons() -> tuple[Reason, ...]:
    found: dict[str, Reason] = {}
    checks = all_checks(Weights(), ())
    for field in FIELDS:
        for place, check in enumerate(checks[field.name]):
            if place == ABSENT and field.counted:
                continue
            reason = Reason(
                reason=f"{field.name}.{check.reason}",
                field=field.name,
                stage=field.stage,
                kind=MISSING if place == ABSENT else WEAK,
                why=check.why,
                lost=(FULL - check.quality) / FULL,
                source=check.source,
            )
            found.setdefault(reason.reason, reason)
    return tuple(found.values())


REASONS: Final = _reasons()
"""In the order of the rubric: field by field, the worst first."""
