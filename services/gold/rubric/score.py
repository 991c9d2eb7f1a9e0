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

from services.gold.rubric.expected import Expected
from services.gold.rubric.features import Features, Looks, Test
from services.gold.rubric.fields import FIELDS, MEASURES
from services.gold.rubric.grading import FINE, PLACES, UNITS_PER_POINT, grading
from services.gold.rubric.stages import all_checks, all_looks, tell
from services.gold.rubric.weights import Weights

__all__ = ["DEFAULT_WEIGHTS", "MEASURES", "graded", "score"]

DEFAULT_WEIGHTS: Final = Weights()
_ALL: Final = 100 * UNITS_PER_POINT


def score(products: pl.DataFrame, weights: Weights = DEFAULT_WEIGHTS, expected: Expected = ()) -> pl.DataFrame:
    """Grade every product of `products`: one row out per row in, in the same order.

    `products` has `product_id` and any of the canonical columns, texts trimmed as Silver leaves them, and may have
    those of `features.TOLD`. Absent columns and empty texts count as absent, other columns are ignored. `expected` is
    the workspace's own table: category paths, and the names of the attributes expected there.

    Columns of the answer:

    - `product_id`; `score` (Int16, 0–100: the exact score rounded half up); `units` (Int32): what is lost in all;
    - `grades0`, `grades1` (UInt64): the number of the check that failed, a byte per field, see `grading.PLACES`.
      `grading(weights, expected).explain` makes gaps, points and stage scores of them;
    - `MEASURES` (Int32): lengths and other numbers for the sake of advice, null where there is nothing to measure.

    A gap is *missing* when a single value is absent, else *weak*. A collection (`secondaryImages`, `attributes`) that
    is empty falls short of a wanted number and is weak: the documented sample lists a product under `gaps` for its
    images and not under `missingFields`. Fields of a stage of weight 0 have faults but cost nothing: they are no gaps.
    """
    return graded(Features(products), weights, expected)


def graded(of: Features, weights: Weights = DEFAULT_WEIGHTS, expected: Expected = ()) -> pl.DataFrame:
    """The same, of products of which something may be known already."""
    plan = _plan(weights, expected)
    of.look(*plan.looks)
    tell(of, expected)
    grades = np.full((2 * PLACES, of.height), FINE, dtype=np.uint8)
    for number, tests in enumerate(plan.tests):
        _grade(of, tests, grades[number])
    units = _units_lost(grades, plan.units)
    packed = np.ascontiguousarray(grades.T).view("<u8")
    return pl.DataFrame(
        [
            of.frame["product_id"],
            pl.Series("score", (_ALL - units + UNITS_PER_POINT // 2) // UNITS_PER_POINT, dtype=pl.Int16),
            pl.Series("units", units, dtype=pl.Int32),
            pl.Series("grades0", packed[:, 0], dtype=pl.UInt64),
            pl.Series("grades1", packed[:, 1], dtype=pl.UInt64),
            *(_measure(of, name) for name in MEASURES),
        ]
    )


def _measure(of: Features, name: str) -> pl.Series:
    measure = of.measure(name)
    return (measure if measure.dtype == pl.Int32 else measure.cast(pl.Int32)).alias(name)


@dataclass(frozen=True)
class _Plan:
    """What is asked under one set of terms, made once and used for every chunk."""

    looks: Sequence[Looks]
    """What is looked for in texts, layer by layer."""
    tests: Sequence[Sequence[Test]]
    """Per field, worst first."""
    units: npt.NDArray[np.int64]
    """See `Grading.units`."""


@lru_cache(maxsize=64)
def _plan(weights: Weights, expected: Expected) -> _Plan:
    checks = all_checks(weights, expected)
    return _Plan(
        looks=all_looks(),
        tests=[[check.failed for check in checks[field.name]] for field in FIELDS],
        units=grading(weights, expected).units,
    )


def _grade(of: Features, tests: Sequence[Test], grades: npt.NDArray[np.uint8]) -> None:
    """Sets the first check that fails: checks are sorted, so a field has the quality of its worst fault."""
    for number, test in reversed(list(enumerate(tests))):
        grades[test(of)] = number


def _units_lost(grades: npt.NDArray[np.uint8], units: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    lost = np.zeros(grades.shape[1], dtype=np.int64)
    for number in range(len(FIELDS)):
        lost += units[number][grades[number]]
    return lost
