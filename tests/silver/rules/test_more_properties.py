"""The rules of attributes, sizes, materials and titles on made-up values of the kinds that trip such rules."""

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.silver.rules.pipeline import OUTPUT_COLUMNS, RuleContext, normalize

LOOSE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
UNSEEN = ["\u200b", "\u200d", "\u00a0", "\x00", "\n", "e\u0301", "\u202e", "\u05e9", "Ã¼", "\u0665", "\ufeff"]
PIECES = {
    "measures": "1 2.5 1.250 1,250 2,5 0 0.0 007 .5 1/2 1'234 -3 x X × - – kg g lb oz cm \" ' in m l H W Ø ca. [ ] (",
    "dates": "13/02/2026 03/02/2026 02/13/2026 31/02/2026 05.05.2026 03.02.2026 02.13.2026 2026-02-13 2026 20260213"
    " 44561 T 10:30 +01:00 PM - / 13 février mars 2026 Feb 13, 1er de to bis 26 Z",
    "size": "S M XL 2XL EU UK 42 9,5 42.5 / - – | One Size extra large W32 L34 10x20 cm ml ½ N/A us",
    "material": "80% 20% 100 % 99,5% 0.5% 50% Cotton WOOL polyester PVC / , ; + : - of de & and",
    "color": "RED NAVY BLUE BLK red / , ; | \\ #ff0000 N/A RAL 9005 İ ß WEISS MIT",
    "title": "PRODUCT 1 test -50% % off SALE ! free shipping DE ET Acme lorem ipsum N/A & O'NEIL AT&T",
    "category": "Men Tops A B Home 166 Default Category & and > / | \\ ; , - :: ] [ Grains, Rice A/B C/D > > | , ;",
    "packed": 'color=Red size= , = : " "" Red:1 care=cold a,b =',
}
NAMES = {
    "measures": ["Weight", "Weight (kg)", "Variant Grams", "Dimensions", "Länge in cm", "item_weight", "Weight unit"],
    "dates": ["availability_date", "sale_price_effective_date", "MHD"],
    "size": ["size"],
    "material": ["material"],
    "color": ["color"],
    "title": ["title", "description"],
    "category": ["category", "product_type", "google_product_category", "Categories"],
    "packed": ["additional_attributes", "Features", "care"],
}


def documents(kind):
    pieces = st.sampled_from(PIECES[kind].split() + UNSEEN)
    parts = st.lists(pieces, max_size=7)
    texts = st.one_of(parts.map("".join), parts.map(" ".join), st.text(max_size=20))
    texts = texts.map(lambda text: text.encode("utf-8", "replace").decode())
    return st.lists(
        st.dictionaries(st.sampled_from(NAMES[kind]), texts | st.none(), min_size=1), min_size=1, max_size=5
    )


def apply(rows):
    texts = pl.Series([json.dumps(row) for row in rows], dtype=pl.String)
    ids = pl.Series([f"p{index}" for index in range(len(rows))], dtype=pl.String)
    return normalize(ids, texts, context=RuleContext(unknown_brands="register", currency="EUR"))


def canonical(frame):
    rows = frame.drop(OUTPUT_COLUMNS, "product_id").to_dicts()
    attributes = [json.loads(row.pop("attributes") or "{}") for row in rows]
    said = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return [row | {"attributes": more} for row, more in zip(said, attributes, strict=True)]


@pytest.mark.parametrize("kind", PIECES)
@LOOSE
@given(st.data())
def test_normalising_twice_equals_once_and_no_rule_fails(kind, data):
    rows = data.draw(documents(kind))
    once = apply(rows)
    assert "rules.failed" not in "".join(once["_issues"])
    again = apply(canonical(once))
    assert canonical(again) == canonical(once)
    assert again["_fields_normalized"].to_list() == [0] * len(rows), again["_changes"].to_list()


@pytest.mark.parametrize("category", ["Â|à\x80", "Â > à\x80", "Caf|Ã¼ | Ã|¼", "A/Ã;B/¼", "Ã // ¼"])
def test_what_levels_show_once_they_are_joined_is_mended_at_once(category):
    once = apply([{"category": category}])

    assert canonical(apply(canonical(once))) == canonical(once)


@pytest.mark.parametrize("kind", ["size", "material", "color", "title", "packed"])
@LOOSE
@given(st.data())
def test_a_product_is_read_the_same_alone_and_among_others(kind, data):
    rows = data.draw(documents(kind))
    assert canonical(apply(rows)) == [canonical(apply([row]))[0] for row in rows]


@pytest.mark.parametrize("kind", PIECES)
@pytest.mark.parametrize(
    "piece", ["1", "1.", "1,", "kg ", "x", "10x", "-", "/", "%", "80% a ", "a=", "Ã¼", "\u05e9", "\u0301"]
)
def test_very_long_values_pass(kind, piece):
    text = (piece * 10_000)[:10_000]
    once = apply([dict.fromkeys(NAMES[kind], text)])
    assert "rules.failed" not in once["_issues"][0]
    again = apply(canonical(once))
    assert canonical(again) == canonical(once)


@pytest.mark.parametrize("tail", [";\u00a0", ';"', ",\u200b", "|\x85", "&lt;\u00a0", ";;", ' "; '])
def test_what_is_left_at_the_end_of_an_address_is_left_for_good(tail):
    once = apply([{"image_link": f"https://a.example/1{tail}", "link": f"https://a.example{tail}"}])
    again = apply(canonical(once))
    assert canonical(again) == canonical(once)


def test_half_a_character_costs_nothing_but_itself(run):
    (product,) = run({"title": "Scarf \ud800", "images": ["https://a.example/1.jpg", "\ud800"]})
    assert (product["title"], "rules.failed" in product["rules"]) == ("Scarf \ufffd", False)
