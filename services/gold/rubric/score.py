"""Applies the seven stages to a frame of canonical products.

Every number is an integer: a field's quality is in thousandths, its share in percent, a stage's weight in hundredths
of a point. Points are counted in units of 1/10,000,000, and

    points lost by a field = weight × share × (1 − quality),   Σ points lost + exact score = 100

hold exactly, ties are real ties, and 84.5 rounds to 85 on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.gold.rubric import attributes, naming
from services.gold.rubric.expected import Expected
from services.gold.rubric.fields import FIELDS, MEASURES, TEXT_COLUMNS, TOLD, Check
from services.gold.rubric.grading import FINE, PLACES, UNITS_PER_POINT, grading
from services.gold.rubric.stages import all_checks, all_inputs
from services.gold.rubric.weights import Weights

__all__ = ["DEFAULT_WEIGHTS", "MEASURES", "score"]

DEFAULT_WEIGHTS: Final = Weights()
_ALL: Final = 100 * UNITS_PER_POINT


def score(products: pl.DataFrame, weights: Weights = DEFAULT_WEIGHTS, expected: Expected = ()) -> pl.DataFrame:
    """Grade every product of `products`: one row out per row in, in the same order.

    `products` has `product_id` and any of the canonical columns, texts trimmed as Silver leaves them, and may have
    those of `fields.TOLD`. Absent columns and empty texts count as absent, other columns are ignored. `expected` is the
    workspace's own table: category paths, and the names of the attributes expected there.

    Columns of the answer:

    - `product_id`; `score` (Int16, 0–100: the exact score rounded half up); `units` (Int32): what is lost in all;
    - `grades0`, `grades1` (UInt64): the number of the check that failed, a byte per field, see `grading.PLACES`.
      `grading(weights, expected).explain` makes gaps, points and stage scores of them;
    - `MEASURES` (Int32): lengths and other numbers for the sake of advice, null where there is nothing to measure.

    A gap is *missing* when a single value is absent, else *weak*. A collection (`secondaryImages`, `attributes`) that
    is empty falls short of a wanted number and is weak: the documented sample lists a product under `gaps` for its
    images and not under `missingFields`. Fields of a stage of weight 0 have faults but cost nothing: they are no gaps.
    """
    plan = _plan(weights, expected)
    frame = products.select_seq("product_id", *_columns(products))
    for layer in plan.inputs:
        frame = frame.with_columns_seq(*layer)
    frame = frame.with_columns(attributes.filled(frame, expected))
    frame = frame.with_columns(naming.named(frame))
    graded = frame.select_seq(plan.grades)
    grades = np.full((products.height, 2 * PLACES), FINE, dtype=np.uint8)
    for number, field in enumerate(FIELDS):
        grades[:, number] = graded[field.name].to_numpy()
    units = _units_lost(grades, plan.units)
    packed = grades.view("<u8")
    return frame.select_seq(
        "product_id",
        pl.Series("score", (_ALL - units + UNITS_PER_POINT // 2) // UNITS_PER_POINT, dtype=pl.Int16),
        pl.Series("units", units, dtype=pl.Int32),
        pl.Series("grades0", packed[:, 0], dtype=pl.UInt64),
        pl.Series("grades1", packed[:, 1], dtype=pl.UInt64),
        *(pl.col(name).cast(pl.Int32) for name in MEASURES),
    )


@dataclass(frozen=True)
class _Plan:
    """The expressions under one set of terms, built once and used for every chunk, in the order of their use."""

    inputs: Sequence[Sequence[pl.Expr]]
    """What the stages derive from the columns before their checks, layer by layer."""
    grades: Sequence[pl.Expr]
    """Per field, under its name: the number of the check that failed (UInt8)."""
    units: npt.NDArray[np.int64]
    """See `Grading.units`."""


@lru_cache(maxsize=64)
def _plan(weights: Weights, expected: Expected) -> _Plan:
    checks = all_checks(weights, expected)
    return _Plan(
        inputs=all_inputs(),
        grades=[_grade(checks[field.name]).alias(field.name) for field in FIELDS],
        units=grading(weights, expected).units,
    )


def _grade(checks: Sequence[Check]) -> pl.Expr:
    """The first check that fails decides: checks are sorted, so a field has the quality of its worst fault."""
    grade = pl.lit(FINE, dtype=pl.UInt8)
    for number, check in reversed(list(enumerate(checks))):
        grade = pl.when(check.failed).then(pl.lit(number, dtype=pl.UInt8)).otherwise(grade)
    return grade


def _units_lost(grades: npt.NDArray[np.uint8], units: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    lost = np.zeros(len(grades), dtype=np.int64)
    for number in range(len(FIELDS)):
        lost += units[number][grades[:, number]]
    return lost


def _columns(products: pl.DataFrame) -> list[pl.Expr]:
    """The columns that the stages read, all there, empty texts as null."""
    wanted = dict.fromkeys(TEXT_COLUMNS, pl.String) | TOLD | {"secondaryImages": pl.List(pl.String)}
    return [
        pl.lit(None, dtype=dtype).alias(name)
        if name not in products.columns
        else pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name))
        if dtype == pl.String
        else pl.col(name)
        for name, dtype in wanted.items()
    ]
