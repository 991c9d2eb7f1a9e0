from pathlib import Path

import pytest

from services.ingest.parsing import FileParser, FileRefusedError

DATA = Path(__file__).resolve().parents[4] / "shared/data"
pytestmark = pytest.mark.realdata


@pytest.fixture
def real():
    def find(name):
        path = DATA / name
        if not path.exists():
            pytest.skip(f"real data not there: {path}")
        return path

    return find


@pytest.mark.parametrize(
    ("name", "codec", "delimiter", "items"),
    [
        ("catalogs/shopify-apparel.csv", "utf-8", ",", None),
        ("catalogs/shopify-home-and-garden.csv", "utf-8", ",", None),
        ("catalogs/shopify-jewelery.csv", "utf-8", ",", None),
        ("catalogs/woocommerce-sample.csv", "utf-8-sig", ",", 25),
        ("catalogs/open-food-facts-fr-utf16.csv", "utf-16", ";", 6774),
        ("catalogs/open-food-facts-fr-cp1252.csv", "cp1252", ";", 333),
        ("duplicates/abt-buy/Abt.csv", "cp1252", ",", 1081),
        ("duplicates/abt-buy/Buy.csv", None, ",", 1092),
        ("taxonomy/bestbuy-categories.json", "utf-8", ",", 4584),
    ],
)
def test_no_row_is_lost(real, name, codec, delimiter, items):
    parser = FileParser(real(name))
    chunks = list(parser.chunks())
    assert parser.format.delimiter == delimiter
    assert codec is None or parser.format.codec == codec
    # One food stands twice in the smaller file, with two categories: both are kept.
    assert {p.reason for c in chunks for p in c.problems} <= {"DUPLICATE_ID"}
    assert (parser.totals.errors, parser.totals.repeats) == (0, 0)
    assert items is None or parser.totals.items == items


@pytest.mark.parametrize(
    ("name", "lines"), [("shopify-apparel", 22), ("shopify-home-and-garden", 21), ("shopify-jewelery", 41)]
)
def test_shopify_lines_all_end_in_a_variant_or_an_image(real, name, lines):
    import csv
    import json

    path = real(f"catalogs/{name}.csv")
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) in (lines, lines - 1)  # the README counts the header of some
    documents = [json.loads(d) for chunk in FileParser(path).chunks() for d in chunk.documents]
    assert len(documents) == len({row["Handle"] for row in rows})
    assert sum(len(d["variants"]) for d in documents) == sum(bool(row["Option1 Value"]) for row in rows)
    images = {row["Image Src"] for row in rows if row["Image Src"]}
    assert images <= {url for d in documents for url in d.get("images", [])}


def test_woocommerce_parents_are_resolved(real):
    parents = [p for c in FileParser(real("catalogs/woocommerce-sample.csv")).chunks() for p in c.parents]
    assert sorted(p for p in parents if p) == ["44", "44", "44", "45", "45", "45", "45"]


def test_xml_is_refused_clearly(real):
    with pytest.raises(FileRefusedError, match=r"XML.*WXR.*not accepted.*Send CSV or JSON"):
        FileParser(real("catalogs/woocommerce-sample.wxr.xml"))
