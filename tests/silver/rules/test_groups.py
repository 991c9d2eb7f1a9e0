import json

import polars as pl
import pytest

from services.silver.rules import pipeline


@pytest.fixture
def poison(monkeypatch):
    """Put a rule before one of the pipeline's that fails on every chunk with the word "poison" in a title."""

    def poison(name, failure=None):
        inner = getattr(pipeline, name)

        def fails(first, *rest, **options):
            titles = first if isinstance(first, pl.Series) else first.get("title")
            texts = rest[0] if name == "map_documents" else titles
            if texts.str.contains("poison").any():
                sheetless = failure or ValueError("inner detail")
                raise sheetless
            return inner(first, *rest, **options)

        monkeypatch.setattr(pipeline, name, fails)

    return poison


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("map_documents", "mapping"),
        ("normalize_text", "text"),
        ("normalize_decoration", "decoration"),
        ("normalize_casing", "casing"),
        ("flag_content", "content"),
        ("normalize_money", "money"),
        ("normalize_gtin", "gtin"),
        ("normalize_enumerations", "enumerations"),
        ("normalize_variants", "variants"),
        ("normalize_category", "category"),
        ("link_category", "category_link"),
        ("normalize_urls", "urls"),
        ("normalize_brand", "brand"),
        ("brand_keys", "identity"),
        ("normalize_attribute_text", "attribute_text"),
        ("normalize_measures", "measures"),
        ("normalize_dates", "dates"),
        ("encoded_attributes", "attributes"),
    ],
)
def test_a_group_that_fails_costs_its_own_product_that_group_only(run, poison, name, group):
    documents = [
        {"title": f"shoe {row}", "price": "9,50 €", "brand": "Acme", "weight": "1,5kg", "date": "1.5.2026"}
        for row in range(37)
    ]
    documents[11]["title"] = "poison  shoe"
    whole = run(*documents, known=["Acme"])
    poison(name)
    products = run(*documents, known=["Acme"])
    assert [products[row] for row in range(37) if row != 11] == [whole[row] for row in range(37) if row != 11]
    (issue,) = [issue for issue in products[11]["issues"] if issue["rule"] == "rules.failed"]
    assert issue["severity"] == "error"
    assert f"'{group}'" in issue["message"]
    assert "inner detail" not in json.dumps(products[11]["issues"])


def test_values_stay_as_they_came_to_the_group_that_failed(run, poison):
    poison("normalize_text")
    (product,) = run({"title": "poison  shoe", "price": "9,50 €"})
    assert (product["title"], product["price"], product["currency"]) == ("poison  shoe", "9.50", "EUR")


def test_halves_read_prices_by_the_convention_of_the_whole_chunk(run, poison):
    poison("normalize_casing")
    products = run({"title": "a", "price": "1.234"}, {"title": "poison"}, {"title": "b", "price": "1,50"})
    assert [product["price"] for product in products] == ["1234", None, "1.50"]


def test_a_panic_of_the_column_library_is_a_failure_like_any_other(run, poison):
    poison("normalize_casing", pl.exceptions.PanicException("index out of bounds"))
    (product,) = run({"title": "poison"})
    assert product["rules"] == ["rules.failed"]


def test_a_full_memory_is_no_fault_of_a_product(run, poison):
    poison("normalize_casing", MemoryError())
    with pytest.raises(MemoryError):
        run({"title": "poison"})
