"""Two processes on one database: each has its own connections, and no Python lock between them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.ingest.app import MIGRATIONS
from services.ingest.errors import ProductNotFound
from services.ingest.parsing import read_staged_items, read_staged_problems
from services.ingest.store import CatalogStore, ItemStore
from services.ingest.store.items import ItemKey
from tests.ingest.test_numbers import WORKSPACE, Shop
from tests.support.databases import opened

IDS = [f"p{number:02d}" for number in range(60)]


@pytest.fixture
def shops(databases, tmp_path):
    """The same shop in two processes."""
    url = databases.migrated(MIGRATIONS)
    both = [Shop(tmp_path, opened(url, MIGRATIONS)) for _ in range(2)]
    both[1].catalog = both[0].catalog
    yield both
    for shop in both:
        shop.database.dispose()


def staged(shop, job, number):
    folder = shop.files.staged(job.id)
    return read_staged_items(folder, number), read_staged_problems(folder, number)


def products_of(shop):
    return CatalogStore(shop.database).get(WORKSPACE, shop.catalog)["product_count"]


def test_overlapping_imports_create_each_item_once(shops):
    """Four files of the same items in different orders, and whole partitions at the same time."""
    shop = shops[0]
    orders = [IDS, IDS[::-1], IDS[1::2] + IDS[::2], IDS[30:] + IDS[:30]]
    begun = [shop.begin(ids, f"Lamp {number}", chunk=7) for number, ids in enumerate(orders)]
    work = [(turn, partition) for partition in range(9) for turn in range(4)]

    def run(place):
        turn, partition = work[place]
        _, job, _ = begun[turn]
        return shops[place % 2].imports.apply(job.id, partition, *staged(shop, job, partition))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(run, range(len(work)))) == 4 * len(IDS)
    counts = [runner.complete(job) for runner, job, _ in begun]
    assert sum(count["created"] for count in counts) == len(IDS) == products_of(shop)
    assert sum(count["updated"] + count["unchanged"] for count in counts) == 3 * len(IDS)
    assert sorted(shop.in_order()) == IDS


def test_a_partition_that_two_processes_do_is_done_once(shops):
    runner, job, _ = shops[0].begin(IDS, chunk=60)

    def run(turn):
        return shops[turn % 2].imports.apply(job.id, 0, *staged(shops[0], job, 0))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(run, range(6))) == [60] * 6
    assert (runner.complete(job)["created"], products_of(shops[0])) == (60, 60)


def test_one_product_that_many_write_is_made_once_and_loses_no_change(shops):
    def write(turn):
        key = ItemKey(WORKSPACE, shops[0].catalog, "p")
        shops[turn % 2].items.write(key, lambda stored: (stored or "").encode() + bytes([97 + turn]))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    written = shops[0].items.get(ItemKey(WORKSPACE, shops[0].catalog, "p"))["document"]
    assert (sorted(written), products_of(shops[0]), shops[0].used()) == (sorted("abcdefghijklmnop"), 1, 1)


def test_the_count_is_right_while_products_come_and_go(shops):
    stores = [ItemStore(shop.database) for shop in shops]

    def turn(number):
        key = ItemKey(WORKSPACE, shops[0].catalog, f"p{number % 3}")
        stores[number % 2].write(key, lambda _: b'{"n":%d}' % number)
        if number % 2:
            try:
                stores[0].delete(key)
            except ProductNotFound:
                return
        else:
            shops[1].take(["p0", "p1", "p2"], f"Lamp {number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(turn, range(12)))
    assert products_of(shops[0]) == len(shops[0].in_order())


def test_catalogs_of_one_name_get_slugs_of_their_own_and_one_is_the_default(shops):
    stores = [CatalogStore(shop.database) for shop in shops]

    def make(turn):
        if turn % 4 == 3:
            return stores[turn % 2].get_or_create_default("ws_new")
        return stores[turn % 2].create("ws_new", "Shop")

    with ThreadPoolExecutor(8) as pool:
        made = {row["id"]: row for row in pool.map(make, range(24))}
    assert len({row["slug"] for row in made.values()}) == len(made)
    assert sum(bool(row["is_default"]) for row in made.values()) == 1
