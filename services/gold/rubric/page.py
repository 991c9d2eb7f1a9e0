"""Renders docs/rubric.md from the registry: `python -m services.gold.rubric.page > docs/rubric.md`."""

import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from services.gold.rubric.expected import BUILT_IN, UNKNOWN
from services.gold.rubric.fields import FIELDS, STAGES
from services.gold.rubric.grading import FINE, PLACES, grading
from services.gold.rubric.reasons import REASONS, Reason
from services.gold.rubric.weights import Weights

_EXAMPLE: Final = {
    "gtin.missing": {},
    "title.too_long": {"title_chars": 212},
    "secondaryImages.one": {"further_images": 1},
}
"""Reasons of the example, with what is measured."""

_HEAD: Final = "| code | kind | what it says | of the field | points | source |\n|---|---|---|---|---|---|"
_PAGE: Final = """\
# Rubric

How Gold scores a product. Made from the code by `python -m services.gold.rubric.page > docs/rubric.md`; a test
compares.

Seven stages have fields, each with a share of its stage. A field has a quality between 0 and 1:

    points lost by a field = weight of the stage × share of the field × (1 − quality)
    exact score            = 100 − all points lost = Σ score of a stage × weight / 100
    score                  = the exact score rounded half up

- Of what falls short in a field **the worst alone** counts and is the field's gap: its code, its points, one sentence
  of advice.
- A gap is **missing** when a single value is absent, else **weak**; a list that is empty is weak.
- Numbers are integers inside (ten millionths of a point): nothing is lost by rounding, and ties are real ties. Gaps
  come most points first, ties in the order below.
- **Filling a gap never lowers a score**, whatever the weights. What a value brings upon other fields, as a brand that
  the title then has to name, costs at most what the value gains: with unusual weights less than below. Taken for
  granted is that a new title keeps the words that other texts share with it, and that a category is not exchanged for
  one of another kind.
- A field of a stage of weight 0 costs nothing and is no gap.
- Only the product itself counts, with what Silver knows of its images, its category and its barcode: the same product
  has the same score in any company.

The weights are those of the pipeline settings (`goldWeights`); below are the defaults and what each costs under them.

| stage | weight | fields (share of the stage) |
|---|---|---|
{stages}

## Reasons

A code never changes its meaning. `GET /api/workspace/{{workspaceId}}/scoring/reasons` gives the same list. A source is
named where a channel asks for it; the other limits are ours. `attributes.incomplete` costs the share that is not
filled, below that of four in five. `attributes.without_category` costs something only where attributes weigh more than
categories do, so that a category which asks for more still gains.

{reasons}

## Attributes expected of a category

The first row with a word that the category path holds, in any case; the words are those of seven languages. A
workspace's own table (`categoryAttributes` of the pipeline settings) goes before it: the longest path that the category
is or lies below, blind to case. Its names are the canonical `color`, `size`, `material`, `gender`, `ageGroup` and
`pattern`, or names in the product's `attributes`, blind to case too; empty values do not count. The quality is the
share that is filled.

| words | expected |
|---|---|
{expected}

## A score by hand

A product without a GTIN, with a title of 212 characters and one further image, has this breakdown:

| field | kind | code | points | advice |
|---|---|---|---|---|
{gaps}

Each is weight × share × (1 − quality):

{factors}

All points lost are {lost}, so the exact score is 100 − {lost} = {exact}, and the score {score}.

The stages say the same, each with its score times its weight in hundredths:

    {stage_scores}
    = {exact}
"""


def render() -> str:
    """The page's text."""
    return _PAGE.format(
        stages="\n".join(_stage(stage) for stage in STAGES),
        reasons="\n\n".join(_stage_reasons(stage, list(of)) for stage, of in groupby(REASONS, lambda one: one.stage)),
        expected="\n".join(
            f"| {', '.join(row.words) if number != UNKNOWN else 'any other, or no category'} | {', '.join(row.names)} |"
            for number, row in enumerate(BUILT_IN)
        ),
        **_by_hand(),
    )


def _weight(stage: str) -> float:
    return float(getattr(Weights(), stage))


def _stage(stage: str) -> str:
    fields = ", ".join(f"`{field.name}` {field.share}" for field in FIELDS if field.stage == stage)
    return f"| {stage} | {_weight(stage):g} | {fields} |"


def _points(reason: Reason) -> float:
    share = next(field.share for field in FIELDS if field.name == reason.field)
    return round(_weight(reason.stage) * share / 100 * reason.lost, 4)


def _stage_reasons(stage: str, reasons: Iterable[Reason]) -> str:
    rows = "\n".join(
        f"| `{one.reason}` | {one.kind} | {one.why} | {one.lost:.0%} | {_points(one):g} | {_source(one)} |"
        for one in reasons
    )
    return f"### {stage}\n\n{_HEAD}\n{rows}"


def _source(reason: Reason) -> str:
    return f"[{reason.source.split('/')[2]}]({reason.source})" if reason.source else ""


def _by_hand() -> Mapping[str, str]:
    weights = Weights()
    prices = grading(weights)
    grades, measures = bytearray([FINE] * 2 * PLACES), dict[str, int | None]()
    for number, of_field in enumerate(prices.faults):
        for place, fault in enumerate(of_field):
            if fault.reason in _EXAMPLE:
                grades[number] = place
                measures.update(_EXAMPLE[fault.reason])
    grades0, grades1 = (int.from_bytes(grades[start : start + PLACES], "little") for start in (0, PLACES))
    breakdown = prices.explain(grades0, grades1, measures)
    lost = sum(gap.points for gap in breakdown.gaps)
    shares = {field.name: field.share for field in FIELDS}
    factors = (
        f"    {gap.field}: {_weight(gap.stage):g} × {shares[gap.field] / 100:g} × "
        f"{gap.points / _weight(gap.stage) / shares[gap.field] * 100:g} = {gap.points:g}"
        for gap in breakdown.gaps
    )
    return {
        "gaps": "\n".join(
            f"| `{gap.field}` | {gap.kind} | `{gap.reason}` | {gap.points:g} | {gap.advice} |" for gap in breakdown.gaps
        ),
        "factors": "\n".join(factors),
        "lost": f"{lost:g}",
        "exact": f"{100 - lost:g}",
        "score": f"{int(100 - lost + 0.5)}",
        "stage_scores": " + ".join(
            f"{score:g} × {_weight(stage) / 100:g}" for stage, score in breakdown.stages.items()
        ),
    }


if __name__ == "__main__":
    sys.stdout.write(render())
