"""What each channel refuses: a product that differs from a good one, and the rules it breaks."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gold.channels.page import render
from services.gold.channels.rules import COLUMNS, ERRORS, RULES, broken
from tests.gold.conftest import GOOD

IMAGES = [f"https://cdn.example.com/{number}.jpg" for number in range(21)]
DATED = '{"Care":"dry","Availability Date":"2027-01-31T09:00+01:00"}'


PAGE = Path(__file__).parents[2] / "docs" / "feeds.md"


def broken_rules(difference, channel):
    product = {name: value for name, value in (GOOD | {"product_id": "p"} | difference).items() if name in COLUMNS}
    (mask,) = broken(pl.DataFrame([product], schema_overrides=COLUMNS))[channel]
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
        ({"color": "#ff00aa"}, {"color.not_a_colour"}),
        ({"color": "7021"}, {"color.not_a_colour"}),
        ({"color": "c" * 101}, {"color.too_long"}),
        ({"price": "-1"}, {"price.not_positive"}),
        ({"price": "1e3"}, {"price.not_positive"}),
        ({"price": "0.00"}, {"price.not_positive"}),
        ({"price": "0.01"}, set()),
        ({"price": "inf"}, {"price.not_positive"}),
        ({"currency": "euros"}, {"price.currency"}),
        ({"gtin": "9800000000008"}, {"gtin.invalid"}),
        ({"gtin": "0000000000000"}, {"gtin.invalid"}),
        ({"gtin": None, "mpn": "M" * 71}, {"mpn.too_long"}),
        ({"_shared_gtin": 2}, {"gtin.shared"}),
        ({"_shared_gtin": 0}, set()),
        ({"url": "https://shop.example.com/" + "x" * 2000}, {"link.malformed"}),
        ({"primaryImageUrl": "https://cdn.example.com/lamp.svg?v=2"}, {"image_link.format"}),
        ({"primaryImageUrl": "https://cdn.example.com/lamp.WEBP#top"}, set()),
        ({"primaryImageUrl": "https://cdn.example.com/image/42"}, set()),
        ({"primaryImageUrl": "https://cdn.example.com/show?file=lamp.svg"}, set()),
        ({"secondaryImages": IMAGES[:10]}, set()),
        ({"secondaryImages": IMAGES[:11]}, {"additional_image_link.too_many"}),
        ({"description": "Oiled walnut, see www.example.com"}, {"description.links"}),
        ({"availability": "preorder"}, {"availability_date.missing"}),
        ({"availability": "preorder", "attributes": DATED}, set()),
        ({"availability": "preorder", "attributes": '{"Availability Date":"soon"}'}, {"availability_date.missing"}),
        ({"categoryPath": "c" * 751, "parentId": "p" * 51}, {"product_type.too_long", "item_group_id.too_long"}),
        ({"gender": "any", "ageGroup": "teen"}, {"gender.unknown", "age_group.unknown"}),
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
        ({"gtin": "4006381333932"}, {"gtin.invalid"}),
        ({"_shared_gtin": 2}, {"gtin.shared"}),
        ({"secondaryImages": IMAGES[:20]}, set()),
        ({"secondaryImages": IMAGES}, {"additional_image_link.too_many"}),
        ({"parentId": "p" * 101}, {"item_group_id.too_long"}),
        ({"ageGroup": "teen"}, set()),
        ({"ageGroup": "old", "gender": "any"}, {"age_group.unknown", "gender.unknown"}),
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
        ({"originalPrice": "100"}, {"sale_price.not_below"}),
        ({"_shared_gtin": 2}, {"gtin.shared"}),
        ({"availability": "preorder"}, {"availability_date.missing"}),
        ({"availability": "preorder", "attributes": DATED}, set()),
        ({"description": "Oiled <i>walnut</i>, dimmable"}, {"description.markup"}),
        ({"primaryImageUrl": "https://cdn.example.com/lamp.gif"}, {"image_url.format"}),
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


TEXTS = st.text(max_size=40)
VALUES = {
    pl.String(): TEXTS,
    pl.Int32(): st.integers(-(2**31), 2**31 - 1),
    pl.List(pl.String()): st.lists(st.none() | TEXTS, max_size=3),
}


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={name: st.none() | VALUES[dtype] for name, dtype in COLUMNS.items()},
        ),
        max_size=4,
    )
)
def test_no_product_makes_a_rule_fail(products):
    frame = pl.DataFrame([{"product_id": "p"} | product for product in products], schema=COLUMNS)
    masks = broken(frame)
    assert masks.height == len(products)
    assert masks.columns == list(RULES)


def test_page_is_what_the_rules_say():
    assert PAGE.read_text() == render(), "run python -m services.gold.channels.page > docs/feeds.md"
