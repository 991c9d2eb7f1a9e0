"""Attributes: how many of those that buyers of such a product filter by are filled."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from services.gold.rubric.expected import BUILT_IN, CANONICAL, DETAILS, Expected, expectations, kinds
from services.gold.rubric.fields import FULL, Check
from services.gold.rubric.text import placeholder

_WANTED_DETAILS: Final = 3
_VALUE: Final = r'\s*:\s*(?:[^\s"n\[{]|"[^"]|\[\s*[^\]\s]|\{\s*[^}\s])'
"""What follows a name in a JSON object whose value is not empty."""
STEP: Final = FULL // max(len(row.names) for row in BUILT_IN)
"""The least thousandths that one more attribute gains where a title has to name them: no row of a workspace's asks."""
_NAME: Final = r'"(?:[^"\\]|\\.)*"'


def inputs() -> Sequence[pl.Expr]:
    """`_filled_<name>`: whether the canonical field holds a value that says something."""
    return [(~placeholder(pl.col(name))).fill_null(value=False).alias(f"_filled_{name}") for name in CANONICAL]


def filled(frame: pl.DataFrame, expected: Expected) -> Sequence[pl.Series]:
    """`attributes_kind`, `attributes_missing` (see `grading`) and `_filled_share`: thousandths of the expected ones
    that are filled.
    """
    kind = kinds(frame["categoryPath"], expected).to_numpy()
    missing = np.zeros(frame.height, dtype=np.int32)
    share = np.zeros(frame.height, dtype=np.int32)
    rows = expectations(expected)
    for number in np.unique(kind):
        at = np.flatnonzero(kind == number)
        names = rows[number].names
        lacking = np.zeros(len(at), dtype=np.int32)
        count = np.zeros(len(at), dtype=np.int32)
        for bit, name in enumerate(names):
            has = _has(frame, name, at)
            lacking |= (~has).astype(np.int32) << bit
            count += has
        missing[at] = lacking
        share[at] = count * FULL // len(names)
    return (
        pl.Series("attributes_kind", kind, dtype=pl.Int32),
        pl.Series("attributes_missing", missing, dtype=pl.Int32),
        pl.Series("_filled_share", share, dtype=pl.Int32),
    )


def checks(expected: Expected) -> Mapping[str, Sequence[Check]]:
    """Checks of `attributes`: the quality is the share of the expected ones that are filled."""
    share = pl.col("_filled_share")
    sizes = {len(row.names) for row in expectations(expected)}
    steps = sorted({filled * FULL // size for size in sizes for filled in range(size)})
    what = "Fill in what buyers of such products filter by: {value}."
    return {
        "attributes": (
            Check(
                share == 0, 0, "none", "none of the attributes expected in this category", what, "attributes_missing"
            ),
            *(
                Check(
                    share <= step,
                    step,
                    "incomplete",
                    "some of the attributes expected in this category are not filled",
                    what,
                    "attributes_missing",
                )
                for step in steps
                if step
            ),
        )
    }


def without_category(kept: int) -> Check:
    """Without a category nobody can say which attributes are expected: at most `kept` thousandths count then."""
    return Check(
        pl.col("categoryPath").is_null() | (pl.col("category_levels") == 0) | placeholder(pl.col("categoryPath")),
        *(kept, "without_category", "no category that would tell which ones are expected"),
        "Put the product into a category; it decides which attributes buyers look for.",
    )


def _has(frame: pl.DataFrame, name: str, at: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether the products at these rows have a value of that name."""
    if name in CANONICAL:
        return frame[f"_filled_{name}"].to_numpy()[at]
    texts = frame["attributes"].gather(at)
    if name == DETAILS:
        return (texts.str.count_matches(_NAME + _VALUE).fill_null(0) >= _WANTED_DETAILS).to_numpy()
    return texts.str.contains(_pattern(name)).fill_null(value=False).to_numpy()


@lru_cache(maxsize=4096)
def _pattern(name: str) -> str:
    return f"(?i:{pl.escape_regex(orjson.dumps(name).decode())}){_VALUE}"
