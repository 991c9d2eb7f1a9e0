"""Several processes change the same items of a catalog at once, and one of them ingests batches meanwhile.

Each is a process of the operating system with connections and locks of its own, as several servers of ingest are.
"""

import json
import multiprocessing
import random
import uuid
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import count

import pytest
import sqlalchemy as sa

from services.ingest.app import MIGRATIONS
from services.ingest.ingestion_job import IngestionRunner
from services.ingest.itemsapi.operations import Kind, Operation, product_id_of
from services.ingest.store import (
    BatchStore,
    CatalogStore,
    CatalogVersionStore,
    ContentStore,
    IngestionStore,
    StreamStore,
)
from services.ingest.store.ingestions import SUCCESS, NewIngestion
from services.ingest.store.streamed import Sent
from services.ingest.tables import content_changes, item_deletions, items
from services.runtime.jobs import Job
from tests.support.databases import opened

WORKSPACE, ENVIRONMENT = "ws_a", "default"
STREAMING, THREADS = 3, 2
CHANGES, REQUEST = 500, 2
BATCHES, BATCH = 5, 40
LATE = 20
"""Changes by which one comes late at most."""
COMING = [f"coming-{number}" for number in range(16)]
"""Products that are put and deleted."""
STAYING = [f"staying-{number}" for number in range(8)]
"""Products that are put and patched: with deletions the order would count in which patches arrive."""
VARIANTS = {f"variant-{number}": COMING[number % 8] for number in range(16)}
BEGIN_SECONDS = 60
"""How long the first waits for the last to begin."""
NOT_THERE = {"ITEM_PARENT_NOT_FOUND"}


def operation(kind, name, at, parent=None):
    """What is told of an item is the time at which it was told."""
    item_type = "product" if parent is None else "variant"
    attributes = None if kind == Kind.DELETE else json.dumps({"told": at})
    parent_id = parent if kind == Kind.PUT else None
    return Operation(product_id_of(item_type, name), at, kind, item_type, name, "", parent_id, attributes)


def changes(dice, times, number):
    """As many operations, each with a time of its own, in an order that has little to do with them.

    But a little: else most would be older than what is there, and change nothing.
    """
    told = []
    for at in [next(times) for _ in range(number)]:
        kind, names = dice.choices(
            [
                ((Kind.PUT, Kind.DELETE), COMING),
                ((Kind.PUT, Kind.PATCH), STAYING),
                ((Kind.PUT, Kind.PUT, Kind.DELETE), [*VARIANTS]),
            ],
            [5, 1, 2],
        )[0]
        # Half of all is about few items, so that processes often have the same one in hand.
        name = dice.choice(names[:2] if dice.random() < 0.5 else names)
        told.append(operation(dice.choice(kind), name, at, VARIANTS.get(name)))
    return sorted(told, key=lambda one: one.at + dice.uniform(0, LATE))


def cut(told, size):
    return [told[place : place + size] for place in range(0, len(told), size)]


def stream(url, catalog, told, begin):
    """In a process of its own; the faults of those that were not done."""
    database = opened(url, MIGRATIONS)
    store = StreamStore(database)
    requests = cut(told, REQUEST)
    begin.wait(BEGIN_SECONDS)
    with ThreadPoolExecutor(THREADS) as pool:
        faults = pool.map(partial(_apply, store, catalog), requests)
        found = {fault.category for some in faults for fault in some.values()}
    database.dispose()
    return found


def _apply(store, catalog, request):
    return store.apply(WORKSPACE, catalog, [Sent(place, one) for place, one in enumerate(request)])


def ingest(url, catalog, terms, begin):
    """Likewise, one job after the other, of terms by id; how they ended."""
    database = opened(url, MIGRATIONS)
    ingestions = IngestionStore(database)
    runner = IngestionRunner(ContentStore(database), ingestions, CatalogVersionStore(database).validator)
    jobs = [Job(job_id, "ingestion", WORKSPACE, catalog, one) for job_id, one in terms.items()]
    begin.wait(BEGIN_SECONDS)
    for job in jobs:
        for partition in runner.prepare(job).partitions:
            runner.run_partition(job, partition)
        runner.complete(job)
    ended = [ingestions.status_of(job.id) for job in jobs]
    database.dispose()
    return ended


class Shop:
    """A catalog without schemas, and batches for it."""

    def __init__(self, database):
        self.database = database
        self.catalog = CatalogStore(database).create(WORKSPACE, "Shop")["id"]
        self.batches = BatchStore(database, kept_days=7)

    def ingestion(self, told):
        """The id and the terms of one of a new batch of these operations."""
        made = self.batches.create(WORKSPACE, ENVIRONMENT)
        self.batches.append(made, told)
        batch = self.batches.get(WORKSPACE, ENVIRONMENT, made.id)
        job_id = str(uuid.uuid4())
        IngestionStore(self.database).add(
            NewIngestion(job_id, WORKSPACE, ENVIRONMENT, batch.number, batch.id, self.catalog, "{}")
        )
        return job_id, {"batch": batch.number, "arrived": batch.arrived}

    def there(self):
        """What was told of each item, and its parent; how many the catalog says that it has; deletions that are kept in
        mind; and changes that no ingestion has taken over.
        """
        catalog = CatalogStore(self.database).get(WORKSPACE, self.catalog)
        here, gone = items.c.catalog_id == catalog["content"], item_deletions.c.catalog_id == catalog["content"]
        with self.database.read() as connection:
            rows = connection.execute(sa.select(items.c.product_id, items.c.document, items.c.parent_id).where(here))
            found = {name: (json.loads(document)["told"], parent) for name, document, parent in rows}
            deleted = set(connection.execute(sa.select(item_deletions.c.product_id).where(gone)).scalars())
            left = connection.execute(sa.select(content_changes)).all()
        return found, catalog["product_count"], deleted, left


@pytest.fixture
def url(databases):
    return databases.migrated(MIGRATIONS)


@pytest.fixture
def shop(url):
    database = opened(url, MIGRATIONS)
    yield Shop(database)
    database.dispose()


def all_at_once(url, shop, streamed, terms):
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(len(streamed) + 1, context) as pool:
        begin = manager.Barrier(len(streamed) + 1)
        ended = pool.submit(ingest, url, shop.catalog, terms, begin)
        faults = [pool.submit(stream, url, shop.catalog, told, begin) for told in streamed]
        assert set().union(*(one.result() for one in faults)) <= NOT_THERE
        assert ended.result() == [SUCCESS] * len(terms)


@pytest.mark.timeout(200)
def test_the_latest_time_counts_whoever_tells_it(url, shop):
    dice, times = random.Random(1), count(1)
    first = [operation(Kind.PUT, name, next(times)) for name in STAYING]
    assert not _apply(StreamStore(shop.database), shop.catalog, first)
    told = changes(dice, times, STREAMING * CHANGES + BATCHES * BATCH)
    batched = sorted(dice.sample(range(len(told)), BATCHES * BATCH))
    streamed = [one for place, one in enumerate(told) if place not in set(batched)]
    lanes = [streamed[number::STREAMING] for number in range(STREAMING)]
    terms = dict(shop.ingestion([told[place] for place in some]) for some in cut(batched, BATCH))

    all_at_once(url, shop, lanes, terms)

    found, counted, deleted, left = shop.there()
    latest = {one.product_id: one for one in sorted([*first, *told], key=lambda one: one.at)}
    products = {name: one.at for name, one in latest.items() if one.item_type == "product" and one.kind != Kind.DELETE}
    assert {name: at for name, (at, parent) in found.items() if parent is None} == products
    variants = {name: parent for name, (_, parent) in found.items() if parent is not None}
    assert set(variants.values()) <= products.keys()
    sent = {(one.product_id, one.at) for one in told if one.kind == Kind.PUT}
    assert {(name, found[name][0]) for name in variants} <= sent
    assert (counted, left) == (len(found), [])
    assert not deleted & found.keys()
