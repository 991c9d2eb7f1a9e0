"""Every file that real shops published goes all the way: no row lost, everything normalised and scored."""

import csv
import io
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "catalogs"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"real catalogs are not here: no folder {FOLDER}"),
]

# file: (encoding, delimiter, column whose values are the products; None: every line is one)
FILES = {
    "shopify-apparel.csv": ("utf-8-sig", ",", "Handle"),
    "shopify-home-and-garden.csv": ("utf-8-sig", ",", "Handle"),
    "shopify-jewelery.csv": ("utf-8-sig", ",", "Handle"),
    "woocommerce-sample.csv": ("utf-8-sig", ",", None),
    "open-food-facts-fr-utf16.csv": ("utf-16", ";", None),
    "open-food-facts-fr-cp1252.csv": ("cp1252", ";", None),
}


def expected_products(name):
    encoding, delimiter, column = FILES[name]
    rows = list(csv.DictReader(io.StringIO((FOLDER / name).read_bytes().decode(encoding)), delimiter=delimiter))
    return len({row[column] for row in rows}) if column else len(rows)


@pytest.mark.parametrize("name", FILES)
def test_a_real_catalog_goes_all_the_way(client, catalog, name):
    products = expected_products(name)

    job = client.import_file((FOLDER / name).read_bytes(), catalog, name)
    result = job["result"]
    assert result["errors"] == 0
    assert result["created"] == products
    assert client.get(f"catalogs/{catalog}").json()["product_count"] == products

    silver = client.run("silver", catalog, unknownBrands="register")
    assert silver["processed"] == products
    assert {entry["status"] for entry in silver["results"]} == {"success"}

    gold = client.run("gold", catalog)
    assert {entry["status"] for entry in gold["results"]} == {"success"}
    summary = gold["catalogSummary"]
    assert sum(summary["scoreDistribution"].values()) == products
    assert 0 < summary["avgScore"] < 100

    again = client.import_file((FOLDER / name).read_bytes(), catalog, name)["result"]
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, products)


def test_lorem_ipsum_scores_badly(client, catalog):
    client.import_file((FOLDER / "woocommerce-sample.csv").read_bytes(), catalog, "woocommerce-sample.csv")
    client.run("silver", catalog, unknownBrands="register")

    gold = client.run("gold", catalog)

    assert gold["catalogSummary"]["scoreDistribution"]["excellent"] == 0
    assert "description" in gold["catalogSummary"]["topGaps"]


def test_another_kind_of_file_is_refused_by_name(client, catalog):
    file = FOLDER / "woocommerce-sample.wxr.xml"

    job = client.wait(client.upload(file.read_bytes(), catalog, file.name).json()["backgroundJobId"])

    assert (job["status"], job["error"]["code"]) == ("failed", "UNSUPPORTED_FILE")
    assert "XML" in job["error"]["message"]
    assert client.get(f"catalogs/{catalog}").json()["product_count"] == 0
