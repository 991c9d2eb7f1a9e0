"""Counts of changes and issues in the job's result."""

import json

import polars as pl
import pytest

from services.silver.rules.pipeline import normalize as apply_rules
from services.silver.tally import Tally, tally_of


def counted(documents):
    texts = [json.dumps(document) for document in documents]
    ids = [str(number) for number in range(len(texts))]
    products = apply_rules(pl.Series("product_id", ids), pl.Series("document", texts))
    explained = [[entry for text in products[name] for entry in json.loads(text)] for name in ("_changes", "_issues")]
    return Tally([tally_of(products, 0)]).as_result(), *explained


def counts_of(entries, key):
    return {value: sum(entry[key] == value for entry in entries) for value in {entry[key] for entry in entries}}


def test_every_change_and_issue_is_counted_by_its_rule():
    result, changes, issues = counted(
        [{"title": "  Walnut   lamp ", "gtin": "123", "price": f"{number},90 €"} for number in range(30)]
    )
    assert (result["changes"], result["issues"]) == (counts_of(changes, "rule"), counts_of(issues, "rule"))
    assert {name: count for name, count in result["issuesBySeverity"].items() if count} == counts_of(issues, "severity")
    assert result["productsWithIssues"] == 30


@pytest.mark.parametrize(
    "text", ['","rule":"made.up"', '  ,"rule":"made.up","severity":"error","message":"x"}', '\\","rule":"made.up"']
)
def test_what_a_product_says_is_never_taken_for_a_rule(text):
    result, changes, issues = counted([{"title": f"  {text} ", "gtin": text, "tags": [text, " a "]}])
    assert (result["changes"], result["issues"]) == (counts_of(changes, "rule"), counts_of(issues, "rule"))


def test_partitions_add_up():
    def partition(changes, issues, severities, products):
        counts = {"changes": changes, "issues": issues, "severities": severities}
        return json.dumps(counts | {"productsWithIssues": products, "brokenImages": 1})

    tally = Tally([partition({"a": 1, "b": 2}, {"c": 1}, {"error": 1}, 1), partition({"b": 1}, {}, {}, 0)])
    assert tally.as_result()["changes"] == {"a": 1, "b": 3}
    assert (tally.as_result()["productsWithIssues"], tally.broken_images) == (1, 2)


def test_a_run_of_many_partitions_counts_as_one_of_few(normalize, catalog, job_result):
    catalog_id = catalog({f"p{index:02}": {"title": f"  Chair  {index} ", "gtin": "123"} for index in range(10)})
    at_once = job_result(normalize(catalog_id))
    assert at_once["changes"]["text.whitespace"] == 10
    assert at_once["productsWithIssues"] == 10
    assert job_result(normalize(catalog_id, "p03", "p04"))["changes"]["text.whitespace"] == 2


def test_products_in_error_are_not_counted(normalize, catalog, job_result):
    events = normalize(catalog({"a": {"title": "  Lamp ", "brand": "Nobody"}}))
    assert (job_result(events)["changes"], job_result(events)["errors"]) == ({}, 1)
