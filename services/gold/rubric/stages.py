"""The seven stages together: what they derive from a product's columns, and every field's checks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from services.gold.rubric import attributes, content, identity, media, pricing, seo, taxonomy, title
from services.gold.rubric.asking import absent, never
from services.gold.rubric.expected import Expected
from services.gold.rubric.features import Features, Looks
from services.gold.rubric.fields import FIELDS, FULL, Check, Field
from services.gold.rubric.weights import Weights

_NAMED: Final = {field.name: field for field in FIELDS}
_TITLE: Final = _NAMED["title"]
_LOOKING: Final = (identity, taxonomy, title, content, media, pricing, seo)
ABSENT: Final = 0
"""Number of the check for an absent value, the first of every field. No value fails it in a counted field."""


def all_looks() -> Sequence[Looks]:
    """What the stages look for in texts, layer by layer."""
    layers = zip_longest(*(module.looks() for module in _LOOKING), fillvalue={})
    return tuple({name: look for looks in layer for name, look in looks.items()} for layer in layers)


def tell(of: Features, expected: Expected) -> None:
    """Adds what the stages find by other means."""
    content.tell(of)
    seo.tell(of)
    attributes.tell(of, expected)


def all_checks(weights: Weights, expected: Expected) -> Mapping[str, Sequence[Check]]:
    """Checks by field, worst first, led by the one for an absent value."""
    own = {
        **identity.checks(),
        **taxonomy.checks(),
        **content.checks(),
        **media.checks(),
        **pricing.checks(),
        **attributes.checks(expected),
        **seo.checks(),
    }
    gains = _gains(weights, own)
    title_loss = max((_loss(weights, _TITLE, one, gains) for one in own["title"] if one.owed_to), default=0)
    kept = _kept(weights, gains["categoryPath"] - title_loss)
    own["attributes"] = (*own["attributes"], attributes.without_category(kept))
    return {
        field.name: (_absent(field), *sorted(_bounded(weights, field, own[field.name], gains), key=_quality))
        for field in FIELDS
    }


def _absent(field: Field) -> Check:
    failed = never if field.counted else absent(field.column)
    return Check(failed, 0, "missing", "absent", field.absent, source=field.source)


def _quality(check: Check) -> int:
    return check.quality


def _units(weights: Weights, field: Field, thousandths: int) -> int:
    return weights.centi()[field.stage] * field.share * thousandths


def _gains(weights: Weights, checks: Mapping[str, Sequence[Check]]) -> Mapping[str, int]:
    """The least units that a good value of a field gains over an absent or a weak one: its mildest fault. A category
    in place of none gains what is left of an unlinked one; one more attribute the smallest step.
    """
    mildest = {name: FULL - max(check.quality for check in of_field) for name, of_field in checks.items()}
    mildest["categoryPath"] = FULL - mildest["categoryPath"]
    mildest["attributes"] = attributes.STEP
    return {field.name: _units(weights, field, mildest[field.name]) for field in FIELDS}


def _loss(weights: Weights, field: Field, check: Check, gains: Mapping[str, int]) -> int:
    """Units that a check costs which the filling of other fields brings about: no more than any of them gains."""
    return min(_units(weights, field, FULL - check.quality), *(gains[name] for name in check.owed_to))


def _bounded(weights: Weights, field: Field, checks: Sequence[Check], gains: Mapping[str, int]) -> list[Check]:
    whole = _units(weights, field, 1)
    return [
        replace(check, quality=FULL - _loss(weights, field, check, gains) // whole)
        if check.owed_to and whole
        else check
        for check in checks
    ]


def _kept(weights: Weights, gain: int) -> int:
    """Thousandths of the attributes that count without a category: so many that a category which asks for others, and
    for a title that names them, costs no more than its `gain`. All, under the default weights.
    """
    whole = _units(weights, _NAMED["attributes"], 1)
    return min(FULL, max(0, gain) // whole) if whole else FULL
