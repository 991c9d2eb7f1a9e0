"""What others do to a catalog while an ingestion builds what it will be; and lives that end in the middle."""

import itertools
import json
import uuid

import pytest
import sqlalchemy as sa
from assay.ingest.v1 import item_service_pb2

from services.ingest.ingestion_job import IngestionRunner
from services.ingest.items_errors import BelowThreshold
from services.ingest.itemsapi.ingesting import Wanted
from services.ingest.store import BatchStore, CatalogVersionStore, ContentStore, IngestionStore
from services.ingest.store.contents import Build
from services.ingest.store.ingestions import NewIngestion
from services.ingest.tables import content_changes, former_contents, ingestion_partitions, items
from services.runtime.jobs import Job
from tests.ingest.itemsapi.conftest import gone, item


class Ingesting:
    """An ingestion that is done step by step, by one life after another."""

    def __init__(self, shop, database, version, batch, **wanted):
        self.database = database
        self.contents, self.ingestions = ContentStore(database), IngestionStore(database)
        self.versions = CatalogVersionStore(database)
        self.catalog = shop.listed(version).catalog_id
        found = BatchStore(database, kept_days=7).get("ws_a", shop.environment, str(batch))
        terms = Wanted(version, 0, 0.0, "", False, False).terms(found.number, found.arrived) | wanted
        self.job = Job(str(uuid.uuid4()), "ingestion", "ws_a", self.catalog, terms)
        new = NewIngestion(
            self.job.id, "ws_a", shop.environment, found.number, found.id, self.catalog, '{"catalogVersion": "1"}'
        )
        self.ingestions.add(new)
        self.live()

    def live(self):
        """Another life goes on."""
        self.runner = IngestionRunner(self.contents, self.ingestions, self.versions.validator)

    def build(self):
        plan = self.runner.prepare(self.job)
        for partition in plan.partitions:
            self.runner.run_partition(self.job, partition)

    def rows(self, content):
        with self.database.read() as connection:
            count = sa.select(sa.func.count()).select_from(items).where(items.c.catalog_id == content)
            return connection.execute(count).scalar_one()

    def left(self, *tables):
        with self.database.read() as connection:
            return [connection.execute(sa.select(table)).all() for table in tables]


@pytest.fixture
def filled(shop):
    """A catalog of three items, and a batch that changes two of them and brings another."""
    version, batch = shop.catalog(), shop.batch()
    shop.put(version, *(item(name, title="old", at="09:00") for name in "abc"))
    shop.ingest(version)
    shop.put(batch, *(item(name, title="new", at="10:00") for name in "abd"))
    return version, batch


@pytest.fixture
def ingesting(shop, service_database, filled):
    return Ingesting(shop, service_database, *filled)


def titles(shop, version):
    return {name: document.get("title") for name, document in shop.items(version).items()}


def change(shop, ingesting, name, title):
    request = item_service_pb2.ReplaceProductRequest(product_id=name, catalog_id=ingesting.catalog)
    request.product.title, request.product.price = title, "1"
    shop.client.ReplaceProduct(request)


def remove(shop, ingesting, name):
    shop.client.DeleteProduct(item_service_pb2.DeleteProductRequest(product_id=name, catalog_id=ingesting.catalog))


def test_readers_see_the_catalog_before_or_after(shop, filled, ingesting):
    version, _ = filled
    ingesting.build()
    assert titles(shop, version) == {"a": "old", "b": "old", "c": "old"}
    assert shop.listed(version).item_count == 3
    ingesting.runner.complete(ingesting.job)
    assert titles(shop, version) == {"a": "new", "b": "new", "c": "old", "d": "new"}
    assert shop.listed(version).item_count == 4


def test_what_changes_meanwhile_is_not_lost(shop, filled, ingesting, do_import):
    version, _ = filled
    ingesting.build()
    change(shop, ingesting, "a", "changed")
    change(shop, ingesting, "e", "made")
    remove(shop, ingesting, "b")
    remove(shop, ingesting, "c")
    do_import("id,title\nd,imported\nf,imported\n", ingesting.catalog)
    ingesting.runner.complete(ingesting.job)
    assert titles(shop, version) == {"a": "changed", "d": "imported", "e": "made", "f": "imported"}
    assert shop.listed(version).item_count == 4
    assert ingesting.left(content_changes, ingestion_partitions) == [[], []]


def test_variants_that_go_with_their_product_meanwhile_do_not_come_back(shop, service_database):
    version, batch = shop.catalog(), shop.batch()
    shop.put(version, item("p", title="old", at="09:00"), item("v", "variant", parent="p", at="09:00"))
    shop.ingest(version)
    shop.put(batch, item("z", title="new", at="10:00"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    remove(shop, ingesting, "p")
    assert (shop.items(version), shop.listed(version).item_count) == ({}, 0)
    ingesting.runner.complete(ingesting.job)
    assert titles(shop, version) == {"z": "new"}
    assert shop.listed(version).item_count == 1


def test_more_changes_than_one_transaction_takes(shop, filled, ingesting, do_import, monkeypatch):
    monkeypatch.setattr("services.ingest.ingestion_job.CHANGES_AT_ONCE", 3)
    ingesting.build()
    do_import("id,title\n" + "".join(f"n{number},x\n" for number in range(20)), ingesting.catalog)
    ingesting.runner.complete(ingesting.job)
    assert shop.listed(filled[0]).item_count == len(shop.items(filled[0])) == 24


class Restless(ContentStore):
    """Others write all the time."""

    def take_over(self, *arguments, **more):
        self.write()
        return super().take_over(*arguments, **more)

    def put_in_place(self, *arguments, **more):
        self.write()
        return super().put_in_place(*arguments, **more)


def test_it_ends_though_others_write_all_the_time(shop, filled, ingesting, do_import, monkeypatch):
    """More than is taken over at once, each time."""
    monkeypatch.setattr("services.ingest.store.contents.TAKEN_AT_ONCE", 2)
    monkeypatch.setattr("services.ingest.ingestion_job.DRAINED_AT_ONCE", 2)
    monkeypatch.setattr("services.ingest.ingestion_job.CHANGES_AT_ONCE", 2)
    ingesting.contents = Restless(ingesting.database)
    numbers = itertools.count()

    def write():
        do_import("id,title\n" + "".join(f"n{next(numbers)},x\n" for _ in range(5)), ingesting.catalog)

    ingesting.contents.write = write
    ingesting.live()
    ingesting.build()
    ingesting.runner.complete(ingesting.job)
    assert shop.listed(filled[0]).item_count == len(shop.items(filled[0])) == 4 + next(numbers)


def test_a_life_that_ends_in_the_middle_is_gone_on_with(shop, filled, ingesting):
    version, _ = filled
    plan = ingesting.runner.prepare(ingesting.job)
    ingesting.runner.run_partition(ingesting.job, plan.partitions[0])
    ingesting.live()
    ingesting.build()
    for partition in plan.partitions:  # once more: it was not heard that it was done
        ingesting.runner.run_partition(ingesting.job, partition)
    result = ingesting.runner.complete(ingesting.job)
    ingesting.live()
    assert ingesting.runner.prepare(ingesting.job).partitions == []
    assert ingesting.runner.complete(ingesting.job) == result == {"errors": 0, "upserted": 3, "deleted": 0}
    assert titles(shop, version) == {"a": "new", "b": "new", "c": "old", "d": "new"}


def test_what_is_given_up_leaves_nothing(shop, filled, ingesting):
    version, _ = filled
    ingesting.build()
    change(shop, ingesting, "a", "changed")
    ingesting.runner.discard(ingesting.job)
    ingesting.runner.discard(ingesting.job)
    assert ingesting.ingestions.status_of(ingesting.job.id) == "error"
    assert titles(shop, version) == {"a": "changed", "b": "old", "c": "old"}
    ingesting.contents.sweep()
    assert ingesting.rows(f"{ingesting.catalog}.{ingesting.job.id}") == 0
    assert ingesting.left(content_changes, former_contents) == [[], []]


def test_below_a_threshold_nothing_is_put_in_place(shop, service_database, filled):
    ingesting = Ingesting(shop, service_database, *filled, min_item_count=4)
    ingesting.build()
    with pytest.raises(BelowThreshold):
        ingesting.runner.complete(ingesting.job)
    ingesting.runner.discard(ingesting.job)
    assert ingesting.ingestions.status_of(ingesting.job.id) == "failure"
    assert titles(shop, filled[0]) == {"a": "old", "b": "old", "c": "old"}


def test_the_former_content_goes(shop, filled, ingesting):
    former = ingesting.contents.catalog(Build("ws_a", ingesting.catalog, ingesting.job.id))["content"]
    ingesting.build()
    ingesting.runner.complete(ingesting.job)
    ingesting.runner.discard(ingesting.job)  # too late: it is in place
    assert ingesting.rows(former) == 3
    ingesting.contents.sweep()
    assert ingesting.rows(former) == 0
    assert len(shop.items(filled[0])) == 4


def test_ranges_cover_what_the_catalog_and_the_batch_have(shop, filled, service_database, monkeypatch):
    monkeypatch.setattr("services.ingest.ingestion_job.RANGE_ITEMS", 2)
    version, batch = filled
    shop.put(batch, *(item(f"{name}{number}", title="x", at="10:00") for name in "0m" for number in range(7)))
    shop.delete(batch, gone("c", at="11:00"))
    ingesting = Ingesting(shop, service_database, version, batch)
    assert len(ingesting.runner.prepare(ingesting.job).partitions) > 5
    ingesting.build()
    ingesting.runner.complete(ingesting.job)
    assert sorted(shop.items(version)) == sorted(["a", "b", "d", *(f"{n}{i}" for n in "0m" for i in range(7))])


def test_what_arrives_after_an_ingestion_was_asked_for_is_for_the_next(shop, filled, ingesting):
    version, batch = filled
    shop.put(batch, item("late", title="x", at="10:00"))
    ingesting.build()
    ingesting.runner.complete(ingesting.job)
    assert "late" not in shop.items(version)


def test_items_keep_the_number_of_their_first_arrival(shop, ingesting):
    before = {name: number for name, number, _ in shop.client.read(catalog_id=ingesting.catalog)}
    ingesting.build()
    ingesting.runner.complete(ingesting.job)
    after = {name: number for name, number, _ in shop.client.read(catalog_id=ingesting.catalog)}
    assert {name: after[name] for name in "abc"} == before
    assert after["d"] > max(before.values())
    assert before["a"] < before["b"] < before["c"]


def test_ingesting_the_same_again_uses_up_no_numbers(shop, filled):
    """A catalog has 2^30 of them."""
    version, batch = filled
    for _ in range(3):
        shop.ingest(version, batch_import_id=batch)
    more = shop.batch()
    shop.put(more, item("e", title="x"))
    shop.ingest(version, batch_import_id=more)
    rows = shop.client.read(catalog_id=shop.listed(version).catalog_id)
    assert {name: number for name, number, _ in rows} == {name: place for place, name in enumerate("abcde", 1)}


def test_rows_that_may_be_why_a_process_died_can_be_told_and_tried(ingesting):
    (partition,) = ingesting.runner.prepare(ingesting.job).partitions
    assert ingesting.runner.rows(ingesting.job, partition) == ["a", "b", "d"]
    ingesting.runner.probe(ingesting.job, partition, ["b"])
    assert ingesting.rows(f"{ingesting.catalog}.{ingesting.job.id}") == 0


def test_what_was_stored_is_what_was_sent(shop):
    version = shop.catalog(())
    text = '{"b":1.10,"a":123456789012345678901234567890,"c":"\\u00e4","d":{"z":[],"y":null}}'
    sent = item("a")
    sent.attributes = text
    shop.put(version, sent)
    shop.ingest(version)
    ((_, _, document),) = shop.client.read(catalog_id=shop.listed(version).catalog_id)
    assert document == text
    assert json.loads(document)["b"] == 1.1
