"""Columns of prices that name their currency, and prices that are objects."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.silver.rules.test_properties import apply, canonical

TWO = {"Price (EUR)": "10", "Price (USD)": "12"}


@pytest.mark.parametrize(
    ("document", "catalog", "prices", "attributes"),
    [
        (TWO, None, ("10", None, "EUR"), {"Price (USD)": "12"}),
        (TWO, "USD", ("12", None, "USD"), {"Price (EUR)": "10"}),
        (TWO, "CHF", ("10", None, "EUR"), {"Price (USD)": "12"}),
        (TWO | {"currency": "usd"}, "EUR", ("12", None, "USD"), {"Price (EUR)": "10"}),
        ({"price_eur": "", "price_usd": "12"}, None, ("12", None, "USD"), {}),
        ({"Preis (EUR)": "10", "Price USD": "12"}, None, ("10", None, "EUR"), {"Price USD": "12"}),
        (TWO | {"UVP EUR": "15", "MSRP USD": "20"}, None, ("10", "15", "EUR"), {"Price (USD)": "12", "MSRP USD": "20"}),
        (TWO | {"UVP EUR": "15", "MSRP USD": "20"}, "USD", ("12", "20", "USD"), {"Price (EUR)": "10", "UVP EUR": "15"}),
        ({"Price (EUR)": "10", "Sale price (USD)": "8"}, None, ("10", None, "EUR"), {"Sale price (USD)": "8"}),
        ({"UVP (EUR)": "15", "Price (USD)": "12"}, None, ("12", None, "USD"), {"UVP (EUR)": "15"}),
        ({"UVP (EUR)": "15", "UVP (USD)": "18"}, "USD", (None, "18", "USD"), {"UVP (EUR)": "15"}),
        ({"price": "9", "Price (USD)": "12"}, None, ("9", None, None), {"Price (USD)": "12"}),
        ({"Price (EUR)": "10", "Preis EUR": "11"}, None, ("10", None, "EUR"), {}),
        ({"attributes": {"price_usd": "12"}}, None, (None, None, None), {"price_usd": "12"}),
        ({"Price (EUR)": "on request", "Price (USD)": "12"}, None, (None, None, "EUR"), {"Price (USD)": "12"}),
    ],
)
def test_a_product_has_prices_of_one_currency(run, document, catalog, prices, attributes):
    (product,) = run(document, currency=catalog)
    assert (product["price"], product["originalPrice"], product["currency"]) == prices
    assert product["attributes"] == attributes


def test_each_product_has_the_currency_of_its_own_price(run):
    products = run({"price_eur": "10"}, {"price_usd": "12"}, {"price_eur": "1", "price_usd": "2", "currency": "USD"})
    assert [(product["price"], product["currency"]) for product in products] == [
        ("10", "EUR"),
        ("12", "USD"),
        ("2", "USD"),
    ]
    assert [product["attributes"] for product in products] == [{}, {}, {"price_eur": "1"}]
    assert [product["changes"] for product in products] == [[], [], []]


@pytest.mark.parametrize(
    ("document", "currency"),
    [
        ({"Price (CHF)": "12", "currency": "EUR"}, "CHF"),
        ({"Price (EUR)": "", "Price (USD)": "12", "currency": "EUR"}, "USD"),
        ({"price": "12", "UVP (USD)": "13", "currency": "EUR"}, "EUR"),
    ],
)
def test_a_currency_column_that_disagrees_is_told(run, document, currency):
    (product,) = run(document)
    assert (product["currency"], product["rules"]) == (currency, ["money.currency_conflict"])


OBJECT = {"value": "9.99", "currency": "USD"}


@pytest.mark.parametrize(
    ("document", "prices", "attributes"),
    [
        ({"price": OBJECT}, ("9.99", None, "USD"), {}),
        ({"price": json.dumps(OBJECT)}, ("9.99", None, "USD"), {}),
        ({"price": {"amount": 9.5, "currencyCode": "usd"}}, ("9.5", None, "USD"), {}),
        ({"price": OBJECT, "sale_price": {"value": 8, "currency": "USD"}}, ("8", "9.99", "USD"), {}),
        ({"price": "9.99 USD", "salePrice": json.dumps({"amount": 8})}, ("8", "9.99", "USD"), {}),
        (
            {"price": OBJECT, "sale_price": {"value": 8, "currency": "EUR"}},
            ("9.99", None, "USD"),
            {"sale_price.value": "8", "sale_price.currency": "EUR"},
        ),
        ({"price": OBJECT | {"tax": 1}}, ("9.99", None, "USD"), {"price.tax": "1"}),
        ({"price": '{"tax": 1}'}, (None, None, None), {}),
    ],
)
def test_a_price_may_be_an_object(run, document, prices, attributes):
    (product,) = run(document)
    assert (product["price"], product["originalPrice"], product["currency"]) == prices
    assert product["attributes"] == attributes


HEADERS = ["price", "Price (EUR)", "price_usd", "Sale price (USD)", "UVP EUR", "msrp gbp", "regular price"]
MORE = ["price.value", "price.currency", "sale_price.amount", "sale_price.currencyCode"]
CELLS = st.sampled_from(["10", "12.50", "8 €", "9,99", "x", "", " ", "EUR", "usd", "Taler", "0", "5 USD"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.dictionaries(st.sampled_from([*HEADERS, *MORE, "currency"]), CELLS, max_size=6), min_size=1, max_size=3)
)
def test_what_is_left_stays_left(documents):
    once = canonical(apply(documents))
    assert canonical(apply(once)) == once, json.dumps(documents)
