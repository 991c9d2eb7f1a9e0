"""What is tried on ever fewer products: most pass the first step, and the steps after it look only at the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.gold.rubric.features import Mask


@dataclass(frozen=True)
class Step:
    """One try."""

    passed: pl.Expr
    """Boolean, never null."""
    columns: Sequence[pl.Expr] = field(default=())
    """What it reads beside the columns there are; the steps after it find them, too."""


FEW: Final = 64
"""Products of which all steps are tried at once: it costs less than to tell who is left."""


def failing(frame: pl.DataFrame, asked: Mask, columns: Iterable[str | pl.Expr], steps: Sequence[Step]) -> Mask:
    """The rows among those asked for that pass no step. `columns` of the frame are what the steps read."""
    mask = np.zeros(len(asked), dtype=np.bool_)
    rows = np.flatnonzero(asked)
    if len(rows):
        some = frame.select_seq(columns)
        mask[rows[_failing(some if len(rows) == len(asked) else some[rows], steps)]] = True
    return mask


def _failing(left: pl.DataFrame, steps: Sequence[Step]) -> npt.NDArray[np.intp]:
    """The places of the rows that pass no step."""
    if left.height <= FEW:
        read = _never_one(left).with_columns_seq(column for step in steps for column in step.columns)
        passed = read.select_seq(step.passed.alias(str(place)) for place, step in enumerate(steps)).to_numpy()
        return np.flatnonzero(~np.logical_or.reduce(passed[: left.height], axis=1))
    rows = np.arange(left.height)
    for step in steps:
        left = _never_one(left).with_columns_seq(step.columns)
        failed = ~left.select_seq(step.passed.alias("passed")).to_series().to_numpy()[: len(rows)]
        left, rows = left.head(len(rows)).filter(failed), rows[failed]
        if not len(rows):
            break
    return rows


def _never_one(rows: pl.DataFrame) -> pl.DataFrame:
    """One row twice: Polars takes a column of one text for a pattern, and compiles it."""
    return pl.concat((rows, rows)) if rows.height == 1 else rows
