"""Quality on the Abt-Buy benchmark."""

import polars as pl
import pytest

from bench.duplicates import ABT_BUY, abt_buy, measure_abt_buy
from services.silver.matching import find_likely
from services.silver.rules.duplicates import CANDIDATE_SCHEMA, Likely, find_duplicates


@pytest.mark.realdata
def test_the_published_benchmark_is_matched():
    if not ABT_BUY.is_dir():
        pytest.skip(f"needs {ABT_BUY}")
    measured = measure_abt_buy()
    assert measured["recall of candidates"] >= 0.98
    assert measured["normal"]["precision"] >= 0.95
    assert measured["normal"]["f1"] >= 0.9


@pytest.mark.realdata
def test_groups_made_of_likely_pairs_are_as_good():
    if not ABT_BUY.is_dir():
        pytest.skip(f"needs {ABT_BUY}")
    products, true = abt_buy()
    keys = (pl.lit(None, pl.String).alias(name) for name in CANDIDATE_SCHEMA if name not in products.columns)
    candidates = products.with_columns(*keys).select(CANDIDATE_SCHEMA.names())
    heads = find_duplicates(candidates, [Likely(*pair) for pair in find_likely(products).iter_rows()]).duplicates
    groups = {}
    for product_id in products["product_id"]:
        groups.setdefault(heads.get(product_id, product_id), []).append(product_id)
    found = {(one, two) for ids in groups.values() for one in ids for two in ids if one[0] == "A" and two[0] == "B"}
    precision, recall = len(found & true) / len(found), len(found & true) / len(true)
    assert precision >= 0.95
    assert 2 * precision * recall / (precision + recall) >= 0.9
