"""What is written side by side is what it is when it is written one by one: partitions, and whatever is shared."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
import sqlalchemy as sa

from services.runtime.database import Database
from services.runtime.jobs.cuts import IdRange
from services.silver import shards
from services.silver.app import MIGRATIONS
from services.silver.identity import KEYED, postings_of, terms
from services.silver.images import DatabaseCache, ImageFact, Reason
from services.silver.key_index import KeyIndex
from services.silver.likely.pairs import PairStore
from services.silver.matching import ACCEPTED_SCHEMA
from services.silver.matching.postings import product_of
from services.silver.records import RECORD_COLUMNS, Records
from services.silver.shards import unpacked
from services.silver.store import PARTITION_PLACES, Store
from services.silver.tables import KEY_INDEXES, KEY_SHARDS, LIKELY_PAIRS, PRODUCTS, RESULTS, TALLIES

OWNER = ("ws_a", "cat_1")
PARTITIONS, SIZE = 8, 25
NUMBERS = range(1, PARTITIONS * SIZE + 1)
GTINS = [f"{number:014d}" for number in range(30)]
WRITERS = 8


def side_by_side(work, parts):
    """Does the parts in as many threads, all of them at once."""
    gate = threading.Barrier(WRITERS)

    def all_of_one(some):
        gate.wait(60)
        for part in some:
            work(part)

    with ThreadPoolExecutor(WRITERS) as pool:
        for future in [pool.submit(all_of_one, parts[start::WRITERS]) for start in range(WRITERS)]:
            future.result(100)


def one_by_one(work, parts):
    for part in parts:
        work(part)


def product_id(number):
    return f"p{number:04}"


def record(number, gtin):
    values = dict.fromkeys(RECORD_COLUMNS)
    values |= {"catalog_id": OWNER[1], "workspace_id": OWNER[0], "product_id": product_id(number), "sequence": number}
    values |= {"source_fingerprint": "s", "fingerprint": "f", "document": "{}", "attributes": "", "updated_at": 0}
    values |= {"changes": "[]", "issues": "[]", "brand": "Acme", "gtin14": gtin}
    return values


def write(store, run, partition, step, *, whole, gtin_of):
    """Writes a partition, of whose products every `step`th cannot be taken."""
    numbers = NUMBERS[partition * SIZE : (partition + 1) * SIZE]
    good = [record(number, gtin_of(number)) for number in numbers if number % step]
    results = [
        (run, partition * PARTITION_PLACES + place, product_id(number), 1, 1, None, None)
        for place, number in enumerate(numbers)
    ]
    rows = [tuple(values.values()) for values in good]
    postings = postings_of([[row[name] for row in good] for name in KEYED], [row["sequence"] for row in good])
    failed = [(product_id(number), number, "No.") for number in numbers if number % step == 0]
    store.write_partition(
        run,
        partition,
        results,
        Records(rows, postings),
        failed,
        broken_images=[],
        tally=str(partition),
        owner=OWNER,
        whole=whole,
        indexed=False,
    )


def content(database, gtins):
    """What is stored, however it lies: results, products, who has which barcode, and likely pairs."""
    with database.read() as connection:
        rows = {
            name: sorted(map(tuple, connection.execute(sa.select(*columns))), key=repr)
            for name, columns in {
                "products": [column for column in PRODUCTS.c if column.name != "updated_at"],
                "results": RESULTS.c,
                "tallies": TALLIES.c,
                "pairs": LIKELY_PAIRS.c,
            }.items()
        }
        index = KeyIndex(*OWNER)
        held = {gtin: product_of(index.holders(connection, terms("gtin14", [gtin]))).tolist() for gtin in gtins}
        sizes = [len(unpacked(blob)) for blob in connection.execute(sa.select(KEY_SHARDS.c.postings)).scalars()]
        assert connection.execute(sa.select(KEY_INDEXES.c.size)).scalar_one() == sum(sizes)
    return rows | {"holders": held}


def pairs():
    """Each product is likely two others, of other partitions."""
    ends = [(number, number + step) for number in NUMBERS for step in (SIZE + 1, 3 * SIZE) if number + step in NUMBERS]
    rows = [(left, right, 1.0 + (left * 7 + right) % 10, False, [], []) for left, right in ends]
    return pl.DataFrame(rows, schema=ACCEPTED_SCHEMA, orient="row")


@pytest.fixture
def story(new_database, monkeypatch):
    """Writes a catalog, and then all its partitions anew in the given manner, each twice; gives what is stored."""
    monkeypatch.setattr(shards, "SHARD", 16)
    again = [*range(PARTITIONS)] * 2
    random.Random(7).shuffle(again)

    def tell(manner, *, whole):
        database = new_database(MIGRATIONS)
        store = Store(database)
        run = store.begin_run("first", *OWNER)
        for partition in range(PARTITIONS):
            write(store, run, partition, 11, whole=False, gtin_of=lambda number: GTINS[number % 10])
        with database.write() as connection:
            PairStore(OWNER[1]).replace_all(connection, pairs())
        run = store.begin_run("second", *OWNER)
        manner(
            lambda partition: write(
                store, run, partition, 5, whole=whole, gtin_of=lambda number: GTINS[number * number % 30]
            ),
            again,
        )
        if whole:
            manner(lambda _: store.make_keys(run, *OWNER), again)
        return content(database, GTINS)

    return tell


@pytest.mark.parametrize("whole", [True, False])
def test_partitions_are_what_they_are_one_by_one(story, whole):
    parallel = story(side_by_side, whole=whole)
    assert parallel == story(one_by_one, whole=whole)
    assert len(parallel["products"]) == len(NUMBERS)
    assert len(parallel["pairs"]) > 100
    assert sum(map(len, parallel["holders"].values())) == sum(number % 5 > 0 for number in NUMBERS)


def test_an_index_that_is_not_there_yet_is_made_by_all(new_database):
    """There is no row yet that could be locked."""
    database = new_database(MIGRATIONS)
    store = Store(database)
    run = store.begin_run("first", *OWNER)
    side_by_side(
        lambda partition: write(store, run, partition, 11, whole=False, gtin_of=lambda number: GTINS[number % 10]),
        range(PARTITIONS),
    )
    holders = content(database, GTINS)["holders"]
    assert holders == {
        gtin: [number for number in NUMBERS if number % 11 and GTINS[number % 10] == gtin] for gtin in GTINS
    }


@pytest.mark.parametrize("selected", [True, False])
def test_what_vanishes_side_by_side_is_gone(new_database, selected):
    database = new_database(MIGRATIONS)
    store = Store(database)
    run = store.begin_run("first", *OWNER)
    for partition in range(PARTITIONS):
        write(store, run, partition, 11, whole=False, gtin_of=lambda number: GTINS[number % 10])
    with database.write() as connection:
        PairStore(OWNER[1]).replace_all(connection, pairs())

    def drop(partition):
        numbers = NUMBERS[partition * SIZE : (partition + 1) * SIZE]
        ids = [product_id(number) for number in numbers]
        within = IdRange(product_id(numbers[0] - 1), ids[-1])
        existing = {product_id(number): number for number in numbers if number % 3}
        store.drop_vanished(*OWNER, ids if selected else within, existing)

    side_by_side(drop, [*range(PARTITIONS)] * 2)
    kept = {number for number in NUMBERS if number % 3}
    with database.read() as connection:
        assert set(connection.execute(sa.select(PRODUCTS.c.sequence)).scalars()) == kept
        ends = connection.execute(sa.select(LIKELY_PAIRS.c.sequence, LIKELY_PAIRS.c.other)).all()
    assert ends
    assert {end for pair in ends for end in pair} <= kept
    if selected:
        held = content(database, GTINS)["holders"]
        assert {number for numbers in held.values() for number in numbers} == {number for number in kept if number % 11}


@pytest.mark.parametrize("ids", [None, [product_id(number) for number in NUMBERS]])
def test_looking_for_duplicates_takes_one_connection(databases, ids):
    """Who took a second one while holding a first would wait for others that do the same."""
    database = Database(databases.migrated(MIGRATIONS), schema="silver", connections=2)
    store = Store(database)
    run = store.begin_run("first", *OWNER)
    for partition in range(2):
        write(store, run, partition, 11, whole=True, gtin_of=lambda number: GTINS[number % 10])
    store.make_keys(run, *OWNER)
    with database.write() as connection:
        PairStore(OWNER[1]).replace_all(connection, pairs())
    links, search = store.links(*OWNER), store.likely(*OWNER)
    with database.read():  # somebody else's
        found = list(links.everything(search.partners)) if ids is None else [links.related(ids, (), search.partners)]
    assert sum(len(related.likely) for related in found) > 10
    assert sum(related.candidates.height for related in found) > 10
    database.dispose()


def test_a_run_that_many_begin_is_one(new_database):
    store_of = [Store(new_database(MIGRATIONS))] * WRITERS
    found = []
    side_by_side(lambda store: found.append(Store(store._database).begin_run("job", *OWNER)), store_of)
    assert len(set(found)) == 1


def test_answers_of_the_same_addresses_are_kept_by_many_at_once(new_database):
    """While each clears away what is too old, of the others' too."""
    database = new_database(MIGRATIONS)
    urls = [f"http://shop.example/{number}.png" for number in range(2_000)]

    def facts(seconds, of=urls):
        return [ImageFact(url, Reason.OK, seconds * 1_000_000) for url in of]

    caches = [DatabaseCache(database, good_seconds=100, clock=lambda: 2_000.0) for _ in range(WRITERS)]
    for place, cache in enumerate(caches):  # so that each clears away another part of the table
        for _ in range(5 * place):
            cache.put_many(facts(2_000, urls[:1]))
    DatabaseCache(database, clock=lambda: 1_000.0).put_many(facts(1_000))
    some = [(caches[place % WRITERS], random.Random(place).sample(urls, 900)) for place in range(5 * WRITERS)]
    side_by_side(lambda part: part[0].put_many(facts(2_000, part[1])), some)
    wanted = {url for _, kept in some for url in kept}
    assert DatabaseCache(database, clock=lambda: 2_000.0).get_many(urls).keys() == wanted
