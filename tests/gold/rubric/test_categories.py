import numpy as np
import polars as pl

from services.gold.rubric import categories
from services.gold.rubric.categories import ByCategory


def test_each_path_is_worked_out_once_unless_it_is_long_or_too_many_are_known(monkeypatch):
    monkeypatch.setattr(categories, "REMEMBERED", 3)
    asked = []

    def lengths(paths):
        asked.append(set(paths.to_list()))
        return paths.str.len_chars().fill_null(-1)

    long = "x" * 1000
    known = ByCategory(lengths, np.int32)

    def of(*paths):
        return known.of(pl.Series(paths, dtype=pl.String)).tolist()

    assert of("a", None, "bb", "a") == [1, -1, 2, 1]
    assert of("bb", None) == [2, -1]
    assert of(long, "a") == of(long, "a") == [1000, 1]  # the first three are forgotten, the long one at once
    assert of() == []
    assert of("ccc", "a") == [3, 1]
    assert asked == [{"a", None, "bb"}, {long, "a"}, {long}, {"ccc"}]
