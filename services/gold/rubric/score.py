"""Applies the seven stages to a frame of canonical products.

Every number is an integer until the very end: a field's quality is in thousandths, its share in percent, a stage's
weight in hundredths of a point. Points are counted in units of 1/10,000,000, and

    points lost by a field = weight × share × (1 − quality),   Σ points lost + exact score = 100

hold exactly, ties are real ties, and 84.5 rounds to 85 on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from services.gold.rubric import attributes, content, identity, media, pricing, seo, taxonomy
from services.gold.rubric.fields import FIELDS, FULL, STAGES, TEXT_COLUMNS, Check
from services.gold.rubric.weights import CENTI, Weights

UNITS_PER_POINT = CENTI * 100 * FULL
"""Hundredths of weight × percent of share × thousandths of quality."""

DEFAULT_WEIGHTS = Weights()
MISSING, WEAK = "missing", "weak"

_CHECKS = 64
"""More than the longest list of checks. A field's grade is quality × _CHECKS + the number of the check that failed."""
_FIELDS = 16
_LOSS = _CHECKS * _FIELDS
_LOSSES = 2**30
_ROW = _LOSS * _LOSSES
"""A gap as one number: row × _ROW + (_ALL − units lost) × _LOSS + field × _CHECKS + check. Rows may go up to 2**23."""
_ALL = 100 * UNITS_PER_POINT

_NAMES = pl.Series([field.name for field in FIELDS])
_BITS = pl.Series([1 << bit for bit in range(len(FIELDS))], dtype=pl.Int32)


def score(
    products: pl.DataFrame, weights: Weights = DEFAULT_WEIGHTS, *, categories_linked: bool = False
) -> pl.DataFrame:
    """Grade every product of `products`: one row out per row in, in the same order.

    `products` has `product_id` and any of the canonical columns; absent columns count as empty, others are ignored.
    `categories_linked` says that the workspace has a category tree (see `taxonomy`).

    Columns of the answer:

    - `product_id`; `score` (Int32, 0–100: the exact score rounded half up); `exact_score` (Float64);
    - one Float64 per stage, 0–100, three decimals at most: Σ stage × weight / 100 is the exact score;
    - `gaps`: list of {field, points, kind, why}: what costs the product points, most points first, ties in the table's
      order; `points` of 100; `kind` is `missing` or `weak`;
    - `missing`: names of the gaps of kind `missing`, in the order of `gaps`. *Missing* is a single value that is
      absent. A collection (`secondaryImages`, `attributes`) that is empty falls short of a wanted number and is *weak*:
      the API's documented sample lists a product under `gaps` for its images and not under `missingFields`;
    - `gap_mask`, `missing_mask` (Int32): the same as bits in the order of `FIELDS`, for counting in SQL.

    A stage of weight 0 costs no points, so its fields are no gaps.
    """
    plan = _plan(weights, categories_linked)
    graded = (
        products.select("product_id", *_columns(products))
        .with_columns(*plan.inputs)
        .select("product_id", *plan.grades)
        .with_row_index("_row")
    )
    return (
        graded.select("_row", "product_id", *plan.scores)
        .join(_gap_lists(graded, plan), on="_row", how="left", maintain_order="left")
        .with_columns(pl.col("gaps", "missing").fill_null([]), pl.col("gap_mask", "missing_mask").fill_null(0))
        .drop("_row")
    )


@dataclass(frozen=True)
class _Plan:
    """The expressions for one set of weights, built once and used for every chunk."""

    inputs: Sequence[pl.Expr]
    """What the stages derive from the columns before their checks."""
    grades: Sequence[pl.Expr]
    """Per field, under its name: its grade (see `_CHECKS`)."""
    scores: Sequence[pl.Expr]
    """From the grades: score, exact score, stage scores."""
    gap_keys: Sequence[pl.Expr]
    """Per field, from its grade: null without a loss, else one number to sort by (see `_ROW`)."""
    reasons: pl.Series
    """Why, at the field's number × _CHECKS + the check's number."""


@lru_cache(maxsize=64)
def _plan(weights: Weights, categories_linked: bool) -> _Plan:
    checks = _all_checks(categories_linked)
    centi = weights.centi()
    shortfall = {field.name: FULL - pl.col(field.name) // _CHECKS for field in FIELDS}
    lost = {field.name: shortfall[field.name] * (centi[field.stage] * field.share) for field in FIELDS}
    units = _ALL - pl.sum_horizontal(*lost.values())
    whys = [[check.why for check in checks[field.name]] for field in FIELDS]
    return _Plan(
        inputs=[*identity.inputs(), *taxonomy.inputs(), *media.inputs(), *attributes.inputs(), *seo.inputs()],
        grades=[_grade(checks[field.name]).alias(field.name) for field in FIELDS],
        scores=[
            ((units + UNITS_PER_POINT // 2) // UNITS_PER_POINT).cast(pl.Int32).alias("score"),
            (units / UNITS_PER_POINT).alias("exact_score"),
            *(_stage_score(stage, shortfall).alias(stage) for stage in STAGES),
        ],
        gap_keys=[
            pl.when(units > 0)
            .then(
                pl.col("_row").cast(pl.Int64) * _ROW
                + (_ALL - units.cast(pl.Int64)) * _LOSS
                + number * _CHECKS
                + pl.col(name) % _CHECKS
            )
            .alias(name)
            for number, (name, units) in enumerate(lost.items())
        ],
        reasons=pl.Series([why for of in whys for why in (*of, *[""] * (_CHECKS - len(of)))]),
    )


def _stage_score(stage: str, shortfall: Mapping[str, pl.Expr]) -> pl.Expr:
    lost = pl.sum_horizontal(shortfall[field.name] * field.share for field in FIELDS if field.stage == stage)
    return (100 * FULL - lost) / FULL


def _all_checks(categories_linked: bool) -> Mapping[str, Sequence[Check]]:
    """Every field's checks, worst first, led by the one for an absent value."""
    checks = {
        **identity.checks(),
        **taxonomy.checks(categories_linked=categories_linked),
        **content.checks(),
        **media.checks(),
        **pricing.checks(),
        **attributes.checks(),
        **seo.checks(),
    }
    return {
        field.name: (
            Check(pl.lit(value=False) if field.counted else pl.col(field.column).is_null(), 0, "absent"),
            *sorted(checks[field.name], key=lambda check: check.quality),
        )
        for field in FIELDS
    }


def _grade(checks: Sequence[Check]) -> pl.Expr:
    """The first check that fails decides: checks are sorted, so a field has the quality of its worst fault."""
    grade = pl.lit(FULL * _CHECKS, dtype=pl.Int32)
    for number, check in reversed(list(enumerate(checks))):
        grade = pl.when(check.failed).then(pl.lit(check.quality * _CHECKS + number, dtype=pl.Int32)).otherwise(grade)
    return grade


def _columns(products: pl.DataFrame) -> list[pl.Expr]:
    """The columns that the stages read, all there, blank texts as null."""
    texts = [
        pl.when(pl.col(name).str.contains(r"\S")).then(pl.col(name))
        if name in products.columns
        else pl.lit(None, dtype=pl.String).alias(name)
        for name in TEXT_COLUMNS
    ]
    images = "secondaryImages"
    if images in products.columns:
        return [*texts, pl.col(images)]
    return [*texts, pl.lit(None, dtype=pl.List(pl.String)).alias(images)]


def _gap_lists(graded: pl.DataFrame, plan: _Plan) -> pl.DataFrame:
    """Per `_row` that has gaps: `gaps`, `missing` and the masks.

    One row per gap, sorted by a single number, is some 40 times faster than sorting and mapping inside lists.
    """
    keys = graded.select(plan.gap_keys).unpivot()["value"].drop_nulls().sort().alias("key").to_frame()
    number = pl.col("key") // _CHECKS % _FIELDS
    missing = pl.col("key") % _CHECKS == 0
    return (
        keys.select(
            (pl.col("key") // _ROW).cast(pl.UInt32).alias("_row"),
            pl.lit(_NAMES).gather(number).alias("field"),
            pl.lit(_BITS).gather(number).alias("gap_mask"),
            ((_ALL - pl.col("key") // _LOSS % _LOSSES) / UNITS_PER_POINT).alias("points"),
            pl.when(missing).then(pl.lit(MISSING)).otherwise(pl.lit(WEAK)).alias("kind"),
            pl.lit(plan.reasons).gather(pl.col("key") % _LOSS).alias("why"),
            missing.alias("missing"),
        )
        .select(
            "_row",
            "field",
            "missing",
            "gap_mask",
            (pl.col("gap_mask") * pl.col("missing").cast(pl.Int32)).alias("missing_mask"),
            pl.struct("field", "points", "kind", "why").alias("gaps"),
        )
        .group_by("_row", maintain_order=True)
        .agg("gaps", pl.col("field").filter("missing").alias("missing"), pl.col("gap_mask", "missing_mask").sum())
    )
