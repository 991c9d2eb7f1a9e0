"""What each channel refuses: a product that differs from a good one, and the rules it breaks."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gold.channels.rules import COLUMNS, ERRORS, RULES, broken
from tests.gold.conftest import GOOD

SCHEMA = dict(COLUMNS) | {"secondaryImages": pl.List(pl.String())}


def broken_rules(difference, channel):
    product = {name: value for name, value in (GOOD | {"product_id": "p"} | difference).items() if name in SCHEMA}
    (mask,) = broken(pl.DataFrame([product], schema_overrides=SCHEMA))[channel]
    return {rule.id.removeprefix(f"{channel}.") for bit, rule in enumerate(RULES[channel]) if mask >> bit & 1}


@pytest.mark.parametrize("channel", RULES)
def test_a_good_product_breaks_nothing(channel):
    assert broken_rules({}, channel) == set()


@pytest.mark.parametrize("channel", RULES)
def test_an_empty_product_is_refused_without_an_error(channel):
    (mask,) = broken(pl.DataFrame({"product_id": ["p"]}))[channel]
    assert mask & ERRORS[channel]


@pytest.mark.parametrize(
    ("difference", "rules"),
    [
        ({"sku": "S" * 51}, {"id.too_long"}),
        ({"sku": None, "product_id": "p" * 51}, {"id.too_long"}),
        ({"title": None}, {"title.missing"}),
        ({"title": "x" * 150}, set()),
        ({"title": "x" * 151}, {"title.too_long"}),
        ({"title": "WALNUT FLOOR LAMP"}, {"title.shouting"}),
        ({"title": "Walnut lamp, free shipping"}, {"title.promotional"}),
        ({"title": "<b>Walnut</b> floor lamp"}, {"title.markup"}),
        ({"description": "x" * 5001}, {"description.too_long"}),
        ({"url": "/lamp"}, {"link.malformed"}),
        ({"url": None}, {"link.missing"}),
        ({"primaryImageUrl": None}, {"image_link.missing"}),
        ({"_image_fault": "status"}, {"image_link.broken"}),
        ({"_image_width": 500, "_image_height": 499}, {"image_link.too_small"}),
        ({"_image_width": 500, "_image_height": 500}, set()),
        ({"availability": None}, {"availability.missing"}),
        ({"availability": "discontinued"}, {"availability.unknown"}),
        ({"availability": "backorder"}, set()),
        ({"price": None}, {"price.missing"}),
        ({"price": "0"}, {"price.not_positive"}),
        ({"price": "free"}, {"price.not_positive"}),
        ({"currency": None}, {"price.currency"}),
        ({"originalPrice": "100"}, {"sale_price.not_below"}),
        ({"brand": None}, {"brand.missing"}),
        ({"brand": None, "condition": "used"}, set()),
        ({"brand": "N/A"}, {"brand.placeholder"}),
        ({"brand": "B" * 71}, {"brand.too_long"}),
        ({"gtin": None}, {"mpn.no_identifier"}),
        ({"gtin": None, "mpn": "M-1"}, set()),
        ({"gtin": "4006381333932"}, {"gtin.invalid"}),
        ({"gtin": "2000000000008"}, {"gtin.invalid"}),
        ({"condition": "broken"}, {"condition.unknown"}),
        ({"color": "various"}, {"color.not_a_colour"}),
        (
            {"categoryPath": "Apparel > Shirts", "color": None, "size": None},
            {"color.missing", "size.missing", "gender.missing", "age_group.missing"},
        ),
        ({"categoryPath": "Apparel > Shirts", "gender": "male", "ageGroup": "adult"}, set()),
    ],
)
def test_google(difference, rules):
    assert broken_rules(difference, "google") == rules


@pytest.mark.parametrize(
    ("difference", "rules"),
    [
        ({"sku": "S" * 101}, {"id.too_long"}),
        ({"title": "x" * 66}, {"title.long"}),
        ({"title": "x" * 201}, {"title.long", "title.too_long"}),
        ({"description": "x" * 9999}, set()),
        ({"description": "A LAMP OF OILED WALNUT"}, {"description.shouting"}),
        ({"description": GOOD["title"]}, {"description.copy_of_title"}),
        ({"primaryImageUrl": "https://cdn.example.com/lamp.webp"}, {"image_link.format"}),
        ({"primaryImageUrl": "https://cdn.example.com/lamp.png?v=2"}, set()),
        ({"brand": None}, {"brand.advised"}),
        ({"brand": None, "gtin": None, "mpn": None}, {"brand.missing"}),
        ({"availability": "discontinued"}, set()),
        ({"pattern": "p" * 101}, {"pattern.too_long"}),
    ],
)
def test_meta(difference, rules):
    assert broken_rules(difference, "meta") == rules


@pytest.mark.parametrize(
    ("difference", "rules"),
    [
        ({"brand": None}, {"brand.missing"}),
        ({"gtin": "12345"}, {"gtin.malformed"}),
        ({"gtin": "4006381-333931"}, set()),
        ({"size": "s" * 21}, {"size.too_long"}),
        ({"color": "c" * 41}, {"color.too_long"}),
        ({"url": "http://shop.example.com/1"}, {"url.not_https"}),
        ({"originalPrice": "100"}, {"sale_price.above_price"}),
        ({"ageGroup": "teen"}, {"age_group.unknown"}),
        ({"availability": "sold"}, {"availability.unknown"}),
    ],
)
def test_openai(difference, rules):
    assert broken_rules(difference, "openai") == rules


@pytest.mark.parametrize("channel", RULES)
def test_rules_fit_their_bits_and_errors_come_first(channel):
    severities = [rule.severity for rule in RULES[channel]]
    assert len(severities) <= 64
    assert severities == sorted(severities)
    assert ERRORS[channel] == (1 << severities.count("error")) - 1


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={name: st.none() | st.text(max_size=40) for name, dtype in COLUMNS.items() if dtype == pl.String},
        ),
        max_size=4,
    )
)
def test_no_product_makes_a_rule_fail(products):
    frame = pl.DataFrame([{"product_id": "p"} | product for product in products], schema=COLUMNS)
    masks = broken(frame)
    assert masks.height == len(products)
    assert masks.columns == list(RULES)
