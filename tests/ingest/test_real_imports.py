"""Real catalogs through the whole service: no row is lost, and importing again changes nothing."""

from pathlib import Path

import pytest

from services.ingest.settings import IngestSettings

DATA = Path(__file__).resolve().parents[3] / "shared/data"
pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def settings(workspace, tmp_path_factory):
    return IngestSettings(
        home=tmp_path_factory.mktemp("home"),
        workspace_address=workspace.address,
        internal_token="internal-secret",
        ingest_port=0,
    )


@pytest.mark.parametrize(
    ("name", "products"),
    [
        ("catalogs/shopify-apparel.csv", 20),
        ("catalogs/shopify-home-and-garden.csv", 20),
        ("catalogs/shopify-jewelery.csv", 20),
        ("catalogs/woocommerce-sample.csv", 25),
        ("catalogs/open-food-facts-fr-utf16.csv", 6774),
        ("catalogs/open-food-facts-fr-cp1252.csv", 333),
        ("duplicates/abt-buy/Abt.csv", 1081),
        ("duplicates/abt-buy/Buy.csv", 1092),
    ],
)
def test_real_catalogs_import_without_a_lost_row(client, catalog, do_import, name, products):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"real data not there: {path}")
    _, first = do_import(path.read_bytes(), catalog)
    assert first == {"total": products, "created": products, "updated": 0, "unchanged": 0, "errors": 0}
    before = client.read(catalog_id=catalog)
    assert len(before) == products
    _, second = do_import(path.read_bytes(), catalog)
    assert second == {"total": products, "created": 0, "updated": 0, "unchanged": products, "errors": 0}
    assert client.read(catalog_id=catalog) == before
