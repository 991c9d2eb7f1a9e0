"""A catalog that is deleted leaves nothing in any database, and takes nothing of another one along."""

import time
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from services.gold.tables import GoldTable
from services.ingest.tables import Catalog, Item
from services.runtime.database import Database
from services.silver.tables import SilverTable
from tests.e2e.test_items_api import Shop
from tests.support.rows import counts

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SECONDS = 120
COUNT = 1_200
SWEEPS = {f"ASSAY_{service}_SWEEP_SECONDS": "0.3" for service in ("INGEST", "SILVER", "GOLD")}
CHOICES = {"imageChecks": "syntax", "unknownBrands": "register"}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    """Of the database of all services; None for files."""
    if request.param == "sqlite":
        yield None
        return
    with request.getfixturevalue("postgres_server").cleared() as server:
        yield server.url()


@pytest.fixture
def shop(make_stack, url):
    """A stack that soon sees what was deleted."""
    shop = Shop(make_stack(**SWEEPS, **({"ASSAY_DATABASE_URL": url} if url else {})).start())
    assert (
        shop.call("POST", "/item-schemas", {"name": "product", "attributes": [{"name": "title", "type": "TEXT"}]}) == {}
    )
    return shop


@contextmanager
def database_of(stack, url, service):
    database = Database(url or f"sqlite:///{stack.home}/{service}/{service}.sqlite3", schema=service, connections=2)
    try:
        yield database
    finally:
        database.dispose()


def kept(stack, url):
    """Rows by service, table, and the catalog or the run that they are of; and the runs on each catalog."""
    found, runs = {}, {}
    for service, metadata in (("silver", SilverTable.metadata), ("gold", GoldTable.metadata)):
        with database_of(stack, url, service) as database:
            of_runs = counts(database, metadata, "run")
            rows = counts(database, metadata, "catalog_id") | of_runs
            found |= {(service, *key): count for key, count in rows.items()}
            with database.read() as connection:
                table = metadata.tables["runs"]
                for number, catalog_id in connection.execute(sa.select(table.c.number, table.c.catalog_id)):
                    runs.setdefault((service, catalog_id), set()).add(number)
    with database_of(stack, url, "ingest") as database, database.read() as connection:
        contents = sa.select(Item.catalog_id, sa.func.count()).group_by(Item.catalog_id)
        found |= {("ingest", "items", content): count for content, count in connection.execute(contents)}
        found |= {("ingest", "catalogs", name): 1 for name in connection.execute(sa.select(Catalog.id)).scalars()}
    return found, runs


def of_catalog(found, runs, catalog_id):
    """Those of the rows that are a catalog's."""
    return {
        (service, table, of): count
        for (service, table, of), count in found.items()
        if str(of).split(".")[0] == catalog_id or of in runs.get((service, catalog_id), ())
    }


def product(title, number):
    attributes = {"title": f"{title} number {number // 2}", "brand": f"Maker {number % 9}", "mpn": f"M-{number // 2}"}
    return {"id": f"sku-{number}", "type": "product", "attributes": attributes | {"price": number}}


def filled(shop, title):
    """A catalog that was ingested, normalised and scored: its version, and its id."""
    catalog = {"catalogItemSchemas": [{"name": "product", "version": 1}]}
    version = shop.call("POST", "/catalogs", catalog, createBatchImport="true")
    shop.call("POST", "/batch-imports/items", [product(title, number) for number in range(COUNT)], batch_id=version)
    told = shop.ended(shop.call("POST", "/batch-imports/ingestions", {"catalogVersion": version})["id"])
    assert (told["status"], told["upsertedItemCount"]) == ("SUCCESS", COUNT)
    (catalog_id,) = [one["catalogId"] for one in shop.call("GET", "/catalogs") if one["version"] == version]
    client = shop.stack.client()
    assert client.run("silver", catalog_id, **CHOICES)["processed"] == COUNT
    assert client.run("silver", catalog_id, previewMode=True, **CHOICES)["processed"] == COUNT
    assert len(client.run("gold", catalog_id)["results"]) == COUNT
    return version, catalog_id


def test_a_deleted_catalog_leaves_nothing_and_another_one_is_as_it_was(shop, url):
    _, stays = filled(shop, "Lamp")
    imported = shop.stack.client().new_catalog("imported")
    shop.stack.client().import_file(b"id,title,price\n1,Chair,2\n", imported)
    shop.stack.client().run("silver", imported, **CHOICES)
    version, goes = filled(shop, "Table")
    before, runs = kept(shop.stack, url)
    others = {key: count for key, count in before.items() if key not in of_catalog(before, runs, goes)}
    tables = {(service, table) for service, table, _ in of_catalog(before, runs, goes)}
    assert {("ingest", "items"), ("silver", "products"), ("silver", "run_results"), ("silver", "key_shards")} <= tables
    assert {("gold", "score_segments"), ("gold", "result_parts"), ("gold", "runs")} <= tables

    assert shop.call("DELETE", f"/catalogs/{version}") == {}
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        after, _ = kept(shop.stack, url)
        if not of_catalog(after, runs, goes):
            break
        time.sleep(0.2)

    assert after == others
    client = shop.stack.client()
    assert client.batch("silver", goes).status_code == client.batch("gold", goes).status_code == 404
    jobs = [job["id"] for kind in ("silver", "gold") for job in client.pages("jobs", catalog_id=goes, kind=kind)]
    assert len(jobs) >= 3
    assert [client.get(f"jobs/{job}/results").json()["data"] for job in jobs] == [[]] * len(jobs)
    assert client.product(stays, "sku-7")["pipelineStage"] == "gold"
    assert client.product(imported, "1")["pipelineStage"] == "silver"
    assert client.run("gold", stays)["catalogSummary"]
    assert shop.stack.stop() == 0, shop.stack.tail()
