"""Whatever values hold, a reader of the format reads the same values back."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gold.feeds.making import ATTRIBUTES
from services.gold.feeds.values import cleaned, money
from services.gold.feeds.writers import Csv, Json, JsonLines, Rss

SCHEMA = {"id": pl.String, "title": pl.String, "images": pl.List(pl.String)}
CONTROL = re.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\ufffe\uffff]")
TEXTS = st.text(max_size=20) | st.text(
    alphabet="<>&\"',=+-@\t\r\n;]\x00\x0b\x1f\x7f\ufffe\u2028\\{}[]a1é🪔", max_size=20
)
PRODUCTS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(alphabet="abc", min_size=1, max_size=3),
            "title": st.none() | TEXTS,
            "images": st.none() | st.lists(TEXTS.filter(lambda text: CONTROL.sub("", text)), min_size=1, max_size=3),
        }
    ),
    min_size=1,
    max_size=5,
)


def written(writer, frames):
    """A feed of these frames."""
    pieces = [writer.head(list(SCHEMA))]
    pieces += [writer.rows(cleaned(frame), first=not place) for place, frame in enumerate(frames)]
    return b"".join((*pieces, writer.foot()))


def frames_of(products):
    """The products in two frames."""
    whole = pl.DataFrame(products, schema=SCHEMA)
    half = whole.height // 2
    return [frame for frame in (whole[:half], whole[half:]) if frame.height]


def expected(product):
    """What a reader is to find: no control characters, nothing that is empty."""
    found = {"id": product["id"]}
    if product["title"] and CONTROL.sub("", product["title"]):
        found["title"] = CONTROL.sub("", product["title"])
    if product["images"]:
        found["images"] = [CONTROL.sub("", image) for image in product["images"]]
    return found


@given(PRODUCTS)
def test_rss(products):
    read = ElementTree.fromstring(written(Rss(), frames_of(products)))
    found = []
    for item in read.findall("./channel/item"):
        entry = {}
        for child in item:
            name = child.tag.removeprefix("{http://base.google.com/ns/1.0}")
            if name == "images":
                entry.setdefault(name, []).append(child.text)
            else:
                entry[name] = child.text
        found.append(entry)
    assert found == [expected(product) for product in products]


@given(PRODUCTS)
def test_json(products):
    assert json.loads(written(Json(), frames_of(products))) == [expected(product) for product in products]


@given(PRODUCTS)
def test_json_lines(products):
    lines = written(JsonLines(), frames_of(products)).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [expected(product) for product in products]


@given(PRODUCTS)
def test_csv(products):
    frames = [frame.drop("images") for frame in frames_of(products)]
    pieces = [Csv().head(["id", "title"]), *(Csv().rows(cleaned(frame), first=False) for frame in frames)]
    rows = list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline="")))
    titles = [expected(product).get("title", "") for product in products]
    assert [row["title"] for row in rows] == [f"'{one}" if re.match(r"[=+\-@\t\r]", one) else one for one in titles]
    assert [row["id"] for row in rows] == [product["id"] for product in products]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("129.90", "129.90 EUR"),
        ("129.9", "129.90 EUR"),
        ("129", "129.00 EUR"),
        ("129.", "129.00 EUR"),
        ("0.125", "0.125 EUR"),
        ("123456789012345678.01", "123456789012345678.01 EUR"),
    ],
)
def test_money_is_text(amount, text):
    frame = pl.DataFrame({"price": [amount], "currency": ["EUR"]})
    assert frame.select(money("price")).item() == text


@pytest.mark.parametrize("channel", ATTRIBUTES)
@given(st.data())
def test_no_product_keeps_a_feed_from_being_made(channel, data):
    names = [
        "sku",
        "gtin",
        "mpn",
        "brand",
        "title",
        "description",
        "categoryPath",
        "price",
        "originalPrice",
        "currency",
    ]
    names += ["availability", "condition", "primaryImageUrl", "url", "color", "size", "material", "gender", "ageGroup"]
    names += ["pattern", "parentId", "attributes", "product_id"]
    product = data.draw(st.fixed_dictionaries({name: st.none() | TEXTS for name in names}))
    product["secondaryImages"] = data.draw(st.none() | st.lists(st.none() | TEXTS, max_size=3))
    frame = pl.DataFrame([product], schema={**dict.fromkeys(names, pl.String), "secondaryImages": pl.List(pl.String)})
    values = frame.select(expression.alias(name) for name, expression in ATTRIBUTES[channel].items())
    (line,) = JsonLines().rows(cleaned(values), first=True).decode().split("\n")[:-1]
    assert json.loads(line).keys() <= ATTRIBUTES[channel].keys()
    ElementTree.fromstring(Rss().head([]) + Rss().rows(cleaned(values), first=True) + Rss().foot())
