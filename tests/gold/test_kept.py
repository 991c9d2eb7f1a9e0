"""Looking products up in segments, and what of those stays in memory."""

import polars as pl
import pytest

from services.gold.store.kept import FEW, Kept, rows_of

IDS = [f"p{number:03}" for number in range(0, 400, 2)]
FRAME = pl.DataFrame({"product_id": IDS, "score": range(len(IDS))})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["p000"], ["p000"]),
        (["p398"], ["p398"]),
        (["a", "p001", "p002", "p399", "z"], ["p002"]),
        (["z"], []),
        ([], []),
        ([f"p{number:03}" for number in range(2 * FEW)], IDS[:FEW]),
        ([f"q{number:03}" for number in range(2 * FEW)], []),
    ],
)
def test_products_are_found_whether_few_or_many_are_wanted(wanted, found):
    rows = pl.concat([FRAME.clear(), *rows_of(FRAME, wanted)])
    assert rows["product_id"].to_list() == found
    assert rows["score"].to_list() == [IDS.index(product_id) for product_id in found]


def test_of_an_empty_segment_nothing_is_found():
    assert rows_of(FRAME.clear(), ["p000"]) == []


def test_beyond_so_many_rows_the_one_longest_unused_is_let_go():
    kept = Kept(most_rows=5)
    for number in (1, 2):
        kept.keep(number, FRAME.head(2))
    assert set(kept.of([1])) == {1}
    kept.keep(3, FRAME.head(2))
    assert set(kept.of([1, 2, 3, 4])) == {1, 3}


def test_one_that_is_larger_than_all_that_is_kept_changes_nothing():
    kept = Kept(most_rows=5)
    kept.keep(1, FRAME.head(5))
    kept.keep(2, FRAME.head(6))
    assert set(kept.of([1, 2])) == {1}
