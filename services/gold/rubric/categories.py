"""What follows from a category path alone, worked out once: a catalog has far fewer categories than products."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

REMEMBERED: Final = 10_000
"""Paths that are remembered; then all are forgotten, which costs no more than to work them out again."""
LONGEST: Final = 256
"""Characters of the longest path that is remembered."""
Compute: TypeAlias = Callable[[pl.Series], pl.Series]


class ByCategory:
    """Remembers `compute`, which maps category paths to values one by one."""

    def __init__(self, compute: Compute, dtype: npt.DTypeLike) -> None:
        self._compute = compute
        self._dtype = dtype
        self._known: dict[str | None, Any] = {}

    def of(self, paths: pl.Series) -> npt.NDArray[Any]:
        """The value of each of these paths; None is a path, too."""
        wanted = paths.to_list()
        known = self._known
        if not known.keys() >= set(wanted):
            kept = known if len(known) < REMEMBERED else {}
            asked = pl.Series(list(set(wanted) - kept.keys()), dtype=pl.String)
            new = dict(zip(asked.to_list(), self._compute(asked).to_list(), strict=True))
            known = kept | new
            # A new dictionary, since other threads may be reading the one there is.
            self._known = kept | {path: value for path, value in new.items() if len(path or "") <= LONGEST}
        return np.fromiter((known[path] for path in wanted), dtype=self._dtype, count=len(wanted))
