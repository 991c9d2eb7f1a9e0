import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.silver.rules.brand import NO_BRANDS
from services.silver.rules.pipeline import RuleContext, normalize


def test_link_is_blind_to_case_accents_and_punctuation(run):
    products = run(
        {"brand": "NESTLE"},
        {"brand": "nestlé "},
        {"brand": "Ben & Jerry’s"},
        known=("Nestlé", "Ben and Jerrys", "Ben & Jerry's"),
    )
    assert [product["brand"] for product in products] == ["Nestlé", "Nestlé", "Ben & Jerry's"]
    assert products[0]["brandId"] == "brand_0"
    assert products[0]["changes"] == [{"field": "brand", "before": "NESTLE", "after": "Nestlé", "rule": "brand.link"}]


def test_linking_alone_is_no_normalised_field(run):
    assert run({"brand": "Acme"}, known=("Acme",))[0]["_fields_normalized"] == 0


def test_unknown_brand_is_the_documented_error(run):
    (product,) = run({"brand": "AcmeCorp"}, known=("Acme",))
    assert product["_error"] == "Brand not found: 'AcmeCorp'"
    assert product["brandId"] is None


def test_unknown_brand_may_be_registered(run):
    (product,) = run({"brand": "AcmeCorp"}, unknown_brands="register")
    assert (product["_error"], product["_new_brand"]) == (None, "AcmeCorp")


def test_no_brand_is_no_error(run):
    assert run({"title": "x"})[0]["_error"] is None


def test_placeholders_are_no_brands(run):
    for text in ("N/A", "generic", "No Brand", "---", "ohne Marke"):
        (product,) = run({"brand": text})
        assert (product["brand"], product["_error"], product["rules"]) == (None, None, ["brand.placeholder"])


def test_an_alias_links_too():
    brands = NO_BRANDS.extended([("b", "Hewlett-Packard", "Hewlett-Packard"), ("b", "Hewlett-Packard", "HP")])
    frame = normalize(pl.Series(["p"]), pl.Series(['{"brand":"hp"}']), context=RuleContext(brands=brands))
    assert frame["brand"].to_list() == ["Hewlett-Packard"]


def test_brand_and_part_number_key(run):
    first, second, short, fake = run(
        {"brand": "Acme", "mpn": "AB-12"},
        {"brand": "ACME", "mpn": "ab12"},
        {"brand": "Acme", "mpn": "1"},
        {"brand": "Acme", "mpn": "N/A"},
        known=("Acme",),
    )
    assert first["_brand_mpn_key"] == second["_brand_mpn_key"] is not None
    assert short["_brand_mpn_key"] is None
    assert fake["_brand_mpn_key"] is None


def test_a_trade_mark_sign_is_no_part_of_a_name(run):
    for spelling in ("Bosch™", "BOSCH®", "Bosch ℠"):
        (product,) = run({"brand": spelling, "mpn": "AB-12"}, known=("Bosch",))
        assert (product["brand"], product["_error"]) == ("Bosch", None)


def test_legal_forms_do_not_matter(run):
    spellings = ("Bosch GmbH", "BOSCH", "Bosch, Inc.", "Bosch S.p.A.", "Bosch GmbH & Co. KG", "Robert Bosch")
    products = run(*({"brand": spelling} for spelling in spellings), known=("Bosch Ltd.",))
    assert [product["brand"] for product in products] == ["Bosch Ltd."] * 5 + ["Robert Bosch"]


def test_a_brand_in_the_title_is_suggested_and_not_taken(run):
    (product,) = run({"title": "Ben & Jerry's Caramel 500 ml"}, known=("Ben", "Ben & Jerry's Inc."))
    assert (product["brand"], product["brandId"], product["_error"]) == (None, None, None)
    assert product["issues"] == [
        {
            "field": "brand",
            "rule": "brand.in_title",
            "severity": "info",
            "message": "The brand is empty; the title begins with the brand 'Ben & Jerry's Inc.'.",
        }
    ]


def test_only_products_without_a_brand_are_asked_about_their_title(run):
    told = [
        product["rules"]
        for product in run(
            {"title": "Bosch drill", "brand": "Acme"},
            {"title": "Bosch drill"},
            {"title": "BOSCH", "brand": "N/A"},
            {"title": "Drill by Bosch"},
            {"title": "Boschwood chair"},
            {"price": "1"},
            known=("Bosch", "Acme"),
        )
    ]
    assert [("brand.in_title" in rules) for rules in told] == [False, True, True, False, False, False]


@given(
    st.lists(st.tuples(st.text(), st.none() | st.text() | st.sampled_from(["Acme", "ACME GmbH", "N/A"])), max_size=5)
)
def test_any_title_and_brand_is_linked_or_explained(rows):
    brands = NO_BRANDS.extended([("b", "Acme Inc.", "Acme Inc."), ("c", "小米", "小米")])
    ids = pl.Series([str(number) for number in range(len(rows))], dtype=pl.String)
    documents = pl.Series([json.dumps({"title": title, "brand": brand}) for title, brand in rows], dtype=pl.String)
    frame = normalize(ids, documents, context=RuleContext(brands=brands))
    for brand, brand_id, error in frame.select("brand", "brandId", "_error").rows():
        assert (brand_id is None) == (brand is None or error is not None)
        assert error is None or error == f"Brand not found: '{brand}'"


@pytest.mark.parametrize("name", ["geen merk", "senza marca", "keine Angabe"])
def test_no_brand_is_said_in_seven_languages(run, name):
    (product,) = run({"brand": name}, unknown_brands="register")
    assert (product["brand"], product["rules"]) == (None, ["brand.placeholder"])
