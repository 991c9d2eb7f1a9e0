"""What is stored of the rules' output."""

import json

import polars as pl
import pytest

from services.silver.records import storable
from services.silver.rules import pipeline


@pytest.mark.parametrize("brand", ["Ac\0me", "\0"])
def test_nothing_that_is_stored_as_text_has_a_nul(brand):
    document = {"brand": brand}
    products = pipeline.normalize(pl.Series(["a"]), pl.Series([json.dumps(document)]))
    raw = products.with_columns(
        brand=pl.lit(brand),
        primaryImageUrl=pl.lit("http://a.de/\0.png"),
        secondaryImages=pl.lit(pl.Series([["http://a.de/\0\0.png", "\0"]])),
        _brand_mpn_key=pl.lit("x\0"),
        _brand_sku_key=pl.lit(None, dtype=pl.String),
        _error=pl.lit(f"Brand not found: {brand!s}"),
    )
    kept = storable(raw)
    assert kept.schema == raw.schema
    assert not any("\0" in value for value in kept.row(0) if isinstance(value, str))
    assert kept["secondaryImages"].to_list() == [["http://a.de/.png", ""]]
    assert storable(products).equals(products)
