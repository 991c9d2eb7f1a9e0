"""Attributes: how many of those that buyers of such a product filter by are filled."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from services.gold.rubric import taxonomy
from services.gold.rubric.asking import exactly
from services.gold.rubric.expected import BUILT_IN, CANONICAL, DETAILS, Expected, expectations, kinds
from services.gold.rubric.features import Features, Mask, Test
from services.gold.rubric.fields import FULL, Check

_SHARE: Final = "filled_share"
_WANTED_DETAILS: Final = 3
_VALUE: Final = r'\s*:\s*(?:[^\s"n\[{]|"[^"]|\[\s*[^\]\s]|\{\s*[^}\s])'
"""What follows a name in a JSON object whose value is not empty."""
STEP: Final = FULL // max(len(row.names) for row in BUILT_IN)
"""The least thousandths that one more attribute gains where a title has to name them: no row of a workspace's asks."""
_NAME: Final = r'"(?:[^"\\]|\\.)*"'


def tell(of: Features, expected: Expected) -> None:
    """`attributes_kind`, `attributes_missing` (see `grading`) and `filled_share`: thousandths of the expected ones that
    are filled.
    """
    kind = kinds(of.frame["categoryPath"], expected)
    missing = np.zeros(of.height, dtype=np.int32)
    share = np.zeros(of.height, dtype=np.int32)
    rows = expectations(expected)
    for number in set(kind.tolist()):
        at = np.flatnonzero(kind == number)
        names = rows[number].names
        lacking = np.zeros(len(at), dtype=np.int32)
        count = np.zeros(len(at), dtype=np.int32)
        for bit, name in enumerate(names):
            has = _has(of, name, at)
            lacking |= (~has).astype(np.int32) << bit
            count += has
        missing[at] = lacking
        share[at] = count * FULL // len(names)
    of.tell("attributes_kind", kind)
    of.tell("attributes_missing", missing)
    of.tell(_SHARE, share)


def checks(expected: Expected) -> Mapping[str, Sequence[Check]]:
    """Checks of `attributes`: the quality is the share of the expected ones that are filled."""
    sizes = {len(row.names) for row in expectations(expected)}
    steps = sorted({filled * FULL // size for size in sizes for filled in range(size)})
    what = "Fill in what buyers of such products filter by: {value}."
    return {
        "attributes": (
            Check(
                exactly(_SHARE, 0),
                0,
                "none",
                "none of the attributes expected in this category",
                what,
                "attributes_missing",
            ),
            *(
                Check(
                    _at_most(step),
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
        *(_without_category, kept, "without_category", "no category that would tell which ones are expected"),
        "Put the product into a category; it decides which attributes buyers look for.",
    )


def _at_most(step: int) -> Test:
    return lambda of: of[_SHARE] <= step


def _without_category(of: Features) -> Mask:
    return of.absent("categoryPath") | taxonomy.says_nothing(of)


def _has(of: Features, name: str, at: npt.NDArray[np.intp]) -> Mask:
    """Whether the products at these rows have a value of that name that says something."""
    if name in CANONICAL:
        return of.filled(name)[at]
    texts = of.frame["attributes"].gather(at)
    if name == DETAILS:
        return (texts.str.count_matches(_NAME + _VALUE).fill_null(0) >= _WANTED_DETAILS).to_numpy()
    return texts.str.contains(_pattern(name)).fill_null(value=False).to_numpy()


@lru_cache(maxsize=4096)
def _pattern(name: str) -> str:
    return f"(?i:{pl.escape_regex(orjson.dumps(name).decode())}){_VALUE}"
