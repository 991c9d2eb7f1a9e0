"""Applies the seven stages to a frame of canonical products.

Every number is an integer: a field's quality is in thousandths, its share in percent, a stage's weight in hundredths
of a point. Points are counted in units of 1/10,000,000, and

    points lost by a field = weight × share × (1 − quality),   Σ points lost + exact score = 100

hold exactly, ties are real ties, and 84.5 rounds to 85 on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from services.gold.rubric.fields import FIELDS, FULL, IMAGE_FAULT, TEXT_COLUMNS, Check
from services.gold.rubric.grading import UNITS_PER_POINT, code_of
from services.gold.rubric.stages import all_checks, all_inputs
from services.gold.rubric.weights import Weights

DEFAULT_WEIGHTS = Weights()

_CHECKS = 32
"""More than the longest list of checks. A field's grade is quality × _CHECKS + the number of the check that failed."""
_FIELDS = 16
_LOSS = _CHECKS * _FIELDS
_LOSSES = 2**30
_ROW = _LOSS * _LOSSES
"""A fault as one number to sort by: row × _ROW + (_ALL − units lost) × _LOSS + field × _CHECKS + check."""
_ALL = 100 * UNITS_PER_POINT

_CODES = pl.Series([code_of(field, check) for field in range(_FIELDS) for check in range(_CHECKS)])


def score(
    products: pl.DataFrame, weights: Weights = DEFAULT_WEIGHTS, *, categories_linked: bool = False
) -> pl.DataFrame:
    """Grade every product of `products`: one row out per row in, in the same order. At most 16 million rows.

    `products` has `product_id` and any of the canonical columns, texts trimmed as Silver leaves them, and may have
    `IMAGE_FAULT`. Absent columns and empty texts count as absent, other columns are ignored.
    `categories_linked` says that the workspace has a category tree (see `taxonomy`).

    Columns of the answer:

    - `product_id`; `score` (Int32, 0–100: the exact score rounded half up);
    - `faults`: the codes of what falls short, two letters each, most points lost first, ties in the table's order.
      `grading(weights, categories_linked=…).explain(faults)` gives gaps, points and stage scores;
    - `gap_mask` (Int32): the fields that cost points, as bits in the order of `FIELDS`, for counting in SQL.

    A gap is *missing* when a single value is absent, else *weak*. A collection (`secondaryImages`, `attributes`) that
    is empty falls short of a wanted number and is weak: the documented sample lists a product under `gaps` for its
    images and not under `missingFields`. Fields of a stage of weight 0 have faults but cost nothing: they are no gaps.
    """
    plan = _plan(weights, categories_linked)
    graded = (
        products.select_seq("product_id", *_columns(products))
        .with_columns_seq(*plan.inputs)
        .select_seq("product_id", *plan.grades)
        .with_row_index("_row")
    )
    return (
        graded.select_seq("_row", "product_id", plan.score)
        .join(_faults(graded, plan), on="_row", how="left", maintain_order="left")
        .with_columns_seq(pl.col("faults").fill_null(""), pl.col("gap_mask").fill_null(0))
        .drop("_row")
    )


@dataclass(frozen=True)
class _Plan:
    """The expressions for one set of weights, built once and used for every chunk, in the order of their use."""

    inputs: Sequence[pl.Expr]
    """What the stages derive from the columns before their checks."""
    grades: Sequence[pl.Expr]
    """Per field, under its name: its grade (see `_CHECKS`)."""
    score: pl.Expr
    """From the grades."""
    fault_keys: Sequence[pl.Expr]
    """Per field, from its grade: null when nothing falls short, else one number (see `_ROW`)."""


@lru_cache(maxsize=64)
def _plan(weights: Weights, categories_linked: bool) -> _Plan:
    checks = all_checks(categories_linked=categories_linked)
    centi = weights.centi()
    shortfall = {field.name: FULL - pl.col(field.name) // _CHECKS for field in FIELDS}
    lost = {field.name: shortfall[field.name] * (centi[field.stage] * field.share) for field in FIELDS}
    units = _ALL - pl.sum_horizontal(*lost.values())
    return _Plan(
        inputs=all_inputs(),
        grades=[_grade(checks[field.name]).alias(field.name) for field in FIELDS],
        score=((units + UNITS_PER_POINT // 2) // UNITS_PER_POINT).cast(pl.Int32).alias("score"),
        fault_keys=[
            pl.when(shortfall[name] > 0)
            .then(
                pl.col("_row").cast(pl.Int64) * _ROW
                + (_ALL - units.cast(pl.Int64)) * _LOSS
                + number * _CHECKS
                + pl.col(name) % _CHECKS
            )
            .alias(name)
            for number, (name, units) in enumerate(lost.items())
        ],
    )


def _grade(checks: Sequence[Check]) -> pl.Expr:
    """The first check that fails decides: checks are sorted, so a field has the quality of its worst fault."""
    grade = pl.lit(FULL * _CHECKS, dtype=pl.Int32)
    for number, check in reversed(list(enumerate(checks))):
        grade = pl.when(check.failed).then(pl.lit(check.quality * _CHECKS + number, dtype=pl.Int32)).otherwise(grade)
    return grade


def _columns(products: pl.DataFrame) -> list[pl.Expr]:
    """The columns that the stages read, all there, empty texts as null."""
    texts = [
        pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name))
        if name in products.columns
        else pl.lit(None, dtype=pl.String).alias(name)
        for name in (*TEXT_COLUMNS, IMAGE_FAULT)
    ]
    images = "secondaryImages"
    if images in products.columns:
        return [*texts, pl.col(images)]
    return [*texts, pl.lit(None, dtype=pl.List(pl.String)).alias(images)]


def _faults(graded: pl.DataFrame, plan: _Plan) -> pl.DataFrame:
    """Per `_row` that falls short anywhere: `faults` and `gap_mask`.

    One row per fault, sorted by a single number, is some 40 times faster than sorting inside lists.
    """
    key = pl.col("key")
    number = key // _CHECKS % _FIELDS
    costs = key // _LOSS % _LOSSES < _ALL
    return (
        graded.select_seq(plan.fault_keys)
        .unpivot(value_name="key")
        .select_seq(key.drop_nulls().sort())
        .select_seq(
            (key // _ROW).cast(pl.UInt32).alias("_row"),
            pl.lit(_CODES).gather(key % _LOSS).alias("faults"),
            pl.when(costs).then(2**number).otherwise(0).cast(pl.Int32).alias("gap_mask"),
        )
        .group_by("_row", maintain_order=True)
        .agg("faults", pl.col("gap_mask").sum())
        .with_columns_seq(pl.col("faults").list.join(""))
    )
