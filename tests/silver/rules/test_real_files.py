"""The rules over files that shops and projects published."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from services.silver.rules.pipeline import RuleContext, normalize

CATALOGS = Path(__file__).parents[4] / "shared/data/catalogs"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not CATALOGS.is_dir(), reason=f"real data is absent: {CATALOGS}"),
]


def normalized(name, encoding, delimiter=","):
    with (CATALOGS / name).open(encoding=encoding, newline="") as file:
        header, *lines = csv.reader(file, delimiter=delimiter)
    documents = []
    for line in lines:
        document = {}
        for key, value in zip(header, line, strict=False):
            if value:
                document.setdefault(key, value)
        documents.append(json.dumps(document))
    ids = pl.Series([str(index) for index in range(len(documents))])
    return normalize(ids, pl.Series(documents), context=RuleContext(unknown_brands="register"))


def rules_of(frame):
    issues = frame["_issues"].str.json_decode(pl.List(pl.Struct({"rule": pl.String}))).explode()
    return dict(issues.drop_nulls().struct.field("rule").value_counts().iter_rows())


def test_french_food():
    frame = normalized("open-food-facts-fr-utf16.csv", "utf-16", ";")
    assert frame["title"].null_count() < frame.height * 0.05
    rules = rules_of(frame)
    assert rules["gtin.check_digit"] >= 90
    assert frame["_gtin14"].drop_nulls().len() > frame.height * 0.9
    assert frame["categoryPath"].drop_nulls().len() > 0
    assert frame["_error"].null_count() == frame.height


def test_french_food_without_its_leading_zeros():
    frame = normalized("open-food-facts-fr-cp1252.csv", "cp1252", ";")
    mended = frame.filter(pl.col("_changes").str.contains("gtin.leading_zeros"))
    assert mended.height > 10
    assert set(mended["gtin"].str.len_chars().unique()) <= {8, 12}


def test_woocommerce():
    frame = normalized("woocommerce-sample.csv", "utf-8-sig")
    assert frame["title"].null_count() == 0
    assert frame["categoryPath"].drop_nulls().str.contains("Clothing > ").any()
    priced = frame.filter(pl.col("originalPrice").is_not_null())
    assert (priced["originalPrice"].cast(pl.Float64) > priced["price"].cast(pl.Float64)).all()
    assert set(frame["availability"].drop_nulls()) <= {"in_stock", "out_of_stock", "backorder"}
    assert frame["color"].drop_nulls().len() > 0


@pytest.mark.parametrize("name", ["apparel", "home-and-garden", "jewelery"])
def test_shopify(name):
    frame = normalized(f"shopify-{name}.csv", "utf-8")
    first = frame.filter(pl.col("title").is_not_null())
    assert first["price"].null_count() == 0
    assert first["brand"].null_count() == 0
    assert not frame["description"].drop_nulls().str.contains("<p>").any()
    assert "urls.broken" not in rules_of(frame)
