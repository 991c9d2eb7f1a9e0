import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.silver.rules.brand import NO_BRANDS
from services.silver.rules.fields import FIELDS
from services.silver.rules.pipeline import OUTPUT_COLUMNS, RuleContext, normalize

BRANDS = NO_BRANDS.extended([("b1", "Acme", "Acme"), ("b2", "Nestlé", "nestle")])
SNIPPETS = r"""
    <b> </b> &amp; &lt; &gt; &#8203; &nbsp; &amp;amp;lt; <script> </script> <!-- --> < > & ; ' " [ ] { } [" "]
    SHOUTING TITLE Acme ACME nestle N/A İSTANBUL ǅ ﬁ ß 500 ml in_stock auf Lager
    MÃ¼ller â€™ Ã ¼ ★ ► !! ~*~ ** !
    12,50 1.234 € $ EUR 0 -5 4006381333931 36000291452 8,72E+12 / > | \ » :: https:// //a.de/x.jpg a.b ,
"""
UNSEEN = [
    "e\u0301",
    "\u200b",
    "\u200d",
    "\u200c",
    "\u00a0",
    "\u037e",
    "\x1c",
    "\x00",
    "\x85",
    "\n",
    "\U0001f469\u200d\U0001f527",
    "\U0001f527",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u202e",
    "A\u0303",
    "\xbc",
]
PIECES = st.sampled_from(SNIPPETS.split() + UNSEEN)
TEXTS = st.one_of(
    st.text(max_size=40), st.lists(PIECES, max_size=8).map("".join), st.lists(PIECES, max_size=8).map(" ".join)
)
TEXTS = TEXTS.map(lambda text: text.encode("utf-8", "replace").decode())
VALUES = st.one_of(
    TEXTS,
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.lists(TEXTS, max_size=3),
)
DOCUMENTS = st.lists(
    st.dictionaries(
        st.sampled_from(
            [
                *(*FIELDS, "sale_price", "images", "Categories", "stock", "Option1 Name", "Option1 Value", "care"),
                *("google_product_category", "product_type", "price_usd", "Preis (EUR)"),
            ]
        ),
        VALUES,
        max_size=8,
    ),
    min_size=1,
    max_size=4,
)
LOOSE = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def apply(documents, mappings=()):
    texts = pl.Series([json.dumps(document) for document in documents], dtype=pl.String)
    ids = pl.Series([f"p{index}" for index in range(len(documents))], dtype=pl.String)
    return normalize(ids, texts, context=RuleContext(brands=BRANDS, mappings=mappings))


def canonical(frame):
    documents = []
    for row in frame.drop(OUTPUT_COLUMNS).iter_rows(named=True):
        attributes = json.loads(row.pop("attributes") or "{}")
        row.pop("product_id")
        documents.append({key: value for key, value in row.items() if value is not None} | {"attributes": attributes})
    return documents


@LOOSE
@given(DOCUMENTS)
def test_normalising_twice_equals_once(documents):
    once = apply(documents)
    twice = apply(canonical(once))
    assert canonical(twice) == canonical(once)
    assert twice["_fields_normalized"].to_list() == [0] * len(documents), twice["_changes"].to_list()


OWN_HEADERS = ("Supplier no", "w_1", "w 2", "Größe 7")
OWN_DOCUMENTS = st.lists(
    st.dictionaries(st.sampled_from([*OWN_HEADERS, "title", "price", "care"]), VALUES, max_size=6),
    min_size=1,
    max_size=3,
)
TARGETS = [*(field for field in FIELDS if "rl" not in field and "Images" not in field), "Brand", "Washing", "care"]
AFFIXES = TEXTS.filter(bool).flatmap(lambda text: st.sampled_from([f"prefix:{text}", f"suffix:{text}"]))
TRANSFORMS = st.one_of(st.sampled_from(["", "trim", "uppercase", "lowercase"]), AFFIXES)
MAPPINGS = st.lists(
    st.tuples(st.sampled_from(OWN_HEADERS), st.sampled_from(TARGETS), TRANSFORMS),
    max_size=5,
    unique_by=lambda mapping: mapping[:2],
).map(tuple)


@LOOSE
@given(OWN_DOCUMENTS, MAPPINGS)
def test_normalising_twice_equals_once_with_mappings_too(documents, mappings):
    once = apply(documents, mappings)
    assert "rules.failed" not in "".join(once["_issues"])
    outside = canonical(once)
    for document in outside:  # what still stands under a header of the workspace's own would be mapped again
        document["attributes"] = {
            name: value for name, value in document["attributes"].items() if name not in OWN_HEADERS
        }
    twice = apply(outside, mappings)
    assert canonical(twice) == outside


@LOOSE
@given(
    st.lists(
        st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([None, "", "  ", "\u00a0"])), min_size=1, max_size=3
    )
)
def test_nothing_comes_of_nothing(documents):
    frame = apply(documents)
    assert all(document == {"attributes": {}} for document in canonical(frame))


@LOOSE
@given(DOCUMENTS)
def test_letters_and_digits_of_a_title_come_from_the_source(documents):
    frame = apply([{"title": document.get("title")} for document in documents])
    for document, title in zip(documents, frame["title"], strict=True):
        if title is not None and isinstance(document["title"], str) and "&" not in document["title"]:
            source = {char for char in document["title"].casefold() if char.isascii() and char.isalnum()}
            assert {char for char in title.casefold() if char.isascii() and char.isalnum()} <= source


@LOOSE
@given(DOCUMENTS)
def test_a_chunk_is_as_its_products_alone(documents):
    # Prices are read by the convention of their column, so they are left out.
    documents = [{key: value for key, value in document.items() if "rice" not in key} for document in documents]
    together = canonical(apply(documents))
    alone = [canonical(apply([document]))[0] for document in documents]
    assert together == alone


@pytest.mark.parametrize(
    "piece",
    [
        "&amp;",
        "<b",
        "<b>",
        "&",
        "e\u0301\u0301",
        "\u200d",
        "9",
        "A ",
        "> ",
        "https://",
        "[[",
        '["',
        "\\",
        "1.",
        "-",
        "★",
        "Ã¼",
        "!",
        "*~",
        "\u05e9",
        "\u202e",
        "red, ",
        "/",
    ],
)
def test_very_long_values_pass(piece):
    text = (piece * 10_000)[:10_000]
    frame = apply([dict.fromkeys(FIELDS, text)])
    assert frame.height == 1
    again = apply(canonical(frame))
    assert again.select(FIELDS).rows() == frame.select(FIELDS).rows()


def test_documents_that_are_no_objects_are_not_lost():
    frame = normalize(pl.Series(["a", "b", "c", "d"]), pl.Series(["[1]", "", None, '{"title":"ok"}'], dtype=pl.String))
    assert frame["title"].to_list() == [None, None, None, "ok"]


def test_an_empty_chunk():
    frame = normalize(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.String))
    assert frame.height == 0
    assert frame.columns[0] == "product_id"
