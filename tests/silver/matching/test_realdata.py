"""Quality on the Abt-Buy benchmark."""

import pytest

from bench.duplicates import ABT_BUY, measure_abt_buy


@pytest.mark.realdata
def test_the_published_benchmark_is_matched():
    if not ABT_BUY.is_dir():
        pytest.skip(f"needs {ABT_BUY}")
    measured = measure_abt_buy()
    assert measured["recall of candidates"] >= 0.98
    assert measured["normal"]["precision"] >= 0.95
    assert measured["normal"]["f1"] >= 0.9
