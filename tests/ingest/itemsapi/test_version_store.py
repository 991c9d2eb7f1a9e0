"""What only the stores are asked for, and calls that meet each other."""

import threading
from pathlib import Path

import pytest

import services.ingest
from services.ingest.errors import CatalogNotFound
from services.ingest.items_errors import CatalogBusy, CatalogRefused, InUse
from services.ingest.store import BatchStore, CatalogVersionStore, IngestionStore, ItemSchemaStore
from services.ingest.store.catalogs import hold_catalogs
from services.ingest.store.ingestions import NewIngestion
from services.ingest.store.versions import NewVersion, find_version, promote
from services.runtime.errors import DomainError
from tests.ingest.itemsapi.making import schema

MIGRATIONS = Path(services.ingest.__file__).parent / "migrations"
HERE = ("ws_a", "live")


@pytest.fixture
def database(new_database):
    return new_database(MIGRATIONS)


@pytest.fixture
def schemas(database):
    return ItemSchemaStore(database)


@pytest.fixture
def versions(database):
    return CatalogVersionStore(database)


def at_once(*calls):
    """Runs all at the same time; gives the errors that they may raise."""
    errors = []

    def run(call):
        try:
            call()
        except DomainError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_a_catalog_has_the_versions_that_it_names(database, schemas, versions):
    for name in ("b", "a"):
        schemas.create(*HERE, schema(name, "x"))
    schemas.update(*HERE, schema("a", "y"))
    row = versions.create(NewVersion(*HERE, "", [("b", 1), ("a", 2)]))
    rules = versions.validator(versions.get(*HERE, row["version"]))
    assert [rules.unknown(name, {"x": "", "y": ""}) for name in ("b", "a")] == [["y"], ["x"]]


def test_updates_at_once_have_versions_of_their_own(schemas):
    schemas.create(*HERE, schema("a"))
    made = []
    assert at_once(*[lambda: made.append(schemas.update(*HERE, schema("a")))] * 6) == []
    assert sorted(made) == [2, 3, 4, 5, 6, 7]


def test_one_of_many_creates_a_name(schemas):
    errors = at_once(*[lambda: schemas.create(*HERE, schema("a"))] * 5)
    assert [error.reason for error in errors] == ["ITEM_SCHEMA_ALREADY_EXISTS"] * 4


@pytest.mark.parametrize("attempt", range(5))
def test_what_a_catalog_names_is_there_whoever_comes_first(schemas, versions, attempt):
    schemas.create(*HERE, schema("a"))
    errors = at_once(lambda: versions.create(NewVersion(*HERE, "", [("a", 1)])), lambda: schemas.delete(*HERE, "a", 1))
    (error,) = errors
    assert isinstance(error, (CatalogRefused, InUse))
    assert len(versions.list_all(*HERE)) == len(schemas.list_names(*HERE)) == isinstance(error, InUse)


def test_an_activation_at_once_leaves_one_active(versions):
    for _ in range(2):
        versions.create(NewVersion(*HERE, ""))
    assert at_once(*[lambda number=number: versions.activate(*HERE, number) for number in (1, 2)]) == []
    assert sum(row["is_active"] for row in versions.list_all(*HERE)) == 1


def test_a_promotion_belongs_to_its_transaction(database, versions):
    for _ in range(2):
        versions.create(NewVersion(*HERE, ""))
    versions.activate(*HERE, 1)
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        hold_catalogs(connection, "ws_a")
        promote(connection, find_version(connection, *HERE, 2, to_change=True))
        raise ZeroDivisionError
    assert versions.active(*HERE)["version"] == 1


@pytest.fixture
def ingestion(database, versions):
    """One that is about to begin, of a new catalog of version 1."""
    catalog = versions.create(NewVersion(*HERE, "", with_batch=True))
    batch = BatchStore(database, kept_days=7).get(*HERE, "1")
    return NewIngestion("i", *HERE, batch.number, batch.id, catalog["id"], "{}")


def test_a_catalog_stays_from_when_an_ingestion_is_asked_for(database, versions, ingestion):
    store = IngestionStore(database)
    store.add(ingestion)
    with pytest.raises(CatalogBusy) as caught:
        versions.delete(*HERE, 1)
    assert caught.value.metadata == {"job_id": "i"}
    store.remove("i")
    versions.delete(*HERE, 1)
    with pytest.raises(CatalogNotFound):
        store.add(ingestion)


@pytest.mark.parametrize("attempt", range(5))
def test_what_is_ingested_into_is_there_whoever_comes_first(database, versions, ingestion, attempt):
    store = IngestionStore(database)
    (error,) = at_once(lambda: versions.delete(*HERE, 1), lambda: store.add(ingestion))
    assert isinstance(error, (CatalogBusy, CatalogNotFound))
    assert bool(store.running(ingestion.catalog_id)) == bool(versions.list_all(*HERE)) == isinstance(error, CatalogBusy)
