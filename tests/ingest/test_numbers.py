"""Numbers in the order of first ingestion: one for each item that is new to its catalog, and none for any other."""

import itertools
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from assay.ingest.v1 import item_service_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.app import MIGRATIONS
from services.ingest.files import JobFiles
from services.ingest.import_job import ImportRunner, import_spec
from services.ingest.parsing import FormatHint, ParseLimits, read_staged_items
from services.ingest.store import CatalogStore, ImportStore, ItemStore
from services.ingest.store.imports import NewImport
from services.ingest.store.items import ItemKey
from services.ingest.store.ranges import IdRange
from services.runtime.database import Database
from services.runtime.jobs import Job
from services.runtime.migrations import alembic_config
from tests.support.databases import opened

WORKSPACE = "ws_a"


class Shop:
    """Catalogs, and imports into them that are stopped and repeated at will."""

    def __init__(self, home: Path, database: Database) -> None:
        self.database = database
        self.imports, self.items = ImportStore(self.database), ItemStore(self.database)
        self.files = JobFiles(home)
        self.jobs = itertools.count()
        self.new_catalog()

    def new_catalog(self) -> None:
        self.catalog = CatalogStore(self.database).create(WORKSPACE, "Shop")["id"]

    def begin(self, ids, name="Lamp", chunk=3):
        """Stages a file of these ids; returns its runner, job and partitions."""
        job_id = f"job-{next(self.jobs)}"
        self.imports.add(NewImport(job_id, WORKSPACE, self.catalog, "in.csv", 1, "0" * 64))
        upload = self.files.upload(job_id)
        upload.parent.mkdir(exist_ok=True)
        upload.write_text("id,name\n" + "".join(f"{product_id},{name}\n" for product_id in ids))
        spec = import_spec(WORKSPACE, self.catalog, FormatHint.CSV, notify_email=False)
        job = Job(job_id, spec.kind, WORKSPACE, self.catalog, spec.params)
        runner = ImportRunner(self.imports, self.files, ParseLimits(chunk_items=chunk))
        return runner, job, runner.prepare(job).partitions

    def take(self, ids, name="Lamp", chunk=3, order=lambda partitions: partitions):
        """A whole import; returns its counts."""
        runner, job, partitions = self.begin(ids, name, chunk)
        for partition in order(partitions):
            runner.run_partition(job, partition)
        return runner.complete(job)

    def numbers(self):
        """Number by id."""
        read = self.items.read_range(WORKSPACE, self.catalog, IdRange())
        return {one: number for some in read for one, number in zip(some["product_id"], some["sequence"], strict=True)}

    def in_order(self):
        numbers = self.numbers()
        assert len(set(numbers.values())) == len(numbers)
        return sorted(numbers, key=numbers.__getitem__)

    def used(self):
        """How many numbers have been given or reserved."""
        return CatalogStore(self.database).get(WORKSPACE, self.catalog)["next_sequence"] - 1


@pytest.fixture
def shop(new_database, tmp_path):
    return Shop(tmp_path, new_database(MIGRATIONS))


@pytest.fixture(scope="module")
def long_lived(databases, tmp_path_factory):
    database = opened(databases.migrated(MIGRATIONS), MIGRATIONS)
    yield Shop(tmp_path_factory.mktemp("shop"), database)
    database.dispose()


def test_importing_the_same_again_uses_up_no_number(shop):
    shop.take("hgfedcba")
    before = shop.numbers()
    for _ in range(3):
        assert shop.take("hgfedcba")["unchanged"] == 8
    assert (shop.numbers(), shop.used()) == (before, 8)


def test_changed_items_use_up_no_number(shop):
    shop.take("hgfedcba")
    before = shop.numbers()
    assert shop.take("abcdefgh", "Desk")["updated"] == 8
    assert (shop.numbers(), shop.used()) == (before, 8)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_new_items_among_others_get_the_next_numbers_in_the_order_of_the_file(shop, order):
    shop.take("abcde")
    before = shop.numbers()
    counts = shop.take("zaybxcwdve", order=lambda _: order)
    assert (counts["created"], counts["unchanged"], shop.used()) == (5, 5, 10)
    assert shop.numbers() == before | {"z": 6, "y": 7, "x": 8, "w": 9, "v": 10}


def test_a_file_without_a_row_that_is_taken_uses_up_no_number(shop):
    shop.take("abc")
    assert shop.take(["", "", "", ""], "-")["errors"] == 4
    assert shop.used() == 3


@pytest.mark.parametrize("done", [[], [0], [1], [2], [2, 0], [0, 1, 2]], ids=str)
def test_an_import_that_is_begun_anew_gives_the_numbers_it_would_have_given(shop, done):
    shop.take("abc")
    runner, job, partitions = shop.begin("zaybxcwv")
    for partition in done:
        runner.run_partition(job, partition)
    assert runner.prepare(job).partitions == partitions
    for partition in partitions:
        runner.run_partition(job, partition)
    assert runner.complete(job)["created"] == 5
    assert shop.in_order() == list("abczyxwv")
    assert shop.used() == 8


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_partition_that_fails_and_is_run_again_gives_the_same_numbers(shop, number):
    shop.take("abc")
    runner, job, partitions = shop.begin("zaybxcwv", "Desk")
    frame = read_staged_items(shop.files.staged(job.id), number)
    with pytest.raises(sa.exc.IntegrityError):  # at its last row, after everything else
        shop.imports.apply(job.id, number, frame.with_columns(document=frame["document"].shift(-1)), [])
    assert shop.in_order() == list("abc")
    for partition in [*partitions, number]:
        runner.run_partition(job, partition)
    assert shop.in_order() == list("abczyxwv")
    assert shop.used() == 8


def test_an_import_that_follows_one_that_broke_off_goes_on_with_the_next_numbers(shop):
    runner, job, _ = shop.begin("hgfedc")
    runner.run_partition(job, 1)
    runner.discard(job)
    assert shop.take("hgfedcba")["created"] == 5
    assert shop.in_order() == list("edchgfba")
    assert shop.take("abcdefgh")["created"] == 0
    assert shop.used() == 6 + 5


@pytest.mark.parametrize("turns", sorted(set(itertools.permutations("aabb"))), ids="".join)
def test_two_imports_at_the_same_time_give_no_number_twice(shop, turns):
    shop.take("m")
    both = {"a": shop.begin("amb1c"), "b": shop.begin("1bx2m")}
    left = {name: list(partitions) for name, (_, _, partitions) in both.items()}
    for name in turns:
        runner, job, _ = both[name]
        runner.run_partition(job, left[name].pop(0))
    assert sum(runner.complete(job)["created"] for runner, job, _ in both.values()) == 6
    numbers = shop.numbers()
    assert shop.in_order()[0] == "m"
    assert numbers["x"] < numbers["2"]
    assert numbers["a"] < numbers["c"]
    assert max(numbers.values()) <= shop.used() == 1 + 4 + 4


def test_an_item_that_is_deleted_after_the_file_was_staged_gets_a_number_all_the_same(shop):
    shop.take("abc")
    runner, job, partitions = shop.begin("azbycx")
    for product_id in "ac":
        shop.items.delete(ItemKey(WORKSPACE, shop.catalog, product_id))
    for partition in partitions:
        runner.run_partition(job, partition)
    assert runner.complete(job) == {"total": 6, "created": 5, "updated": 0, "unchanged": 1, "errors": 0}
    # Each partition has as many numbers as had been reserved for it, and its last new item the catalog's next one.
    assert shop.numbers() == {"b": 2, "a": 4, "z": 7, "y": 5, "c": 6, "x": 8}
    assert shop.used() == 8


def test_an_item_that_is_made_after_the_file_was_staged_keeps_its_number(shop):
    runner, job, partitions = shop.begin("abcd")
    shop.items.write(ItemKey(WORKSPACE, shop.catalog, "b"), lambda _: b'{"id":"b"}')
    for partition in partitions:
        runner.run_partition(job, partition)
    assert runner.complete(job)["updated"] == 1
    assert shop.numbers() == {"b": 5, "a": 1, "c": 2, "d": 4}


IDS = st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=12, unique=True)
IMPORTS = st.lists(st.tuples(IDS, st.integers(1, 5), st.sampled_from(["Lamp", "Desk"])), min_size=1, max_size=4)


@settings(max_examples=25)
@given(files=IMPORTS, data=st.data())
def test_whatever_is_imported_numbers_are_the_order_of_first_ingestion_without_a_gap(long_lived, files, data):
    long_lived.new_catalog()
    expected: dict[str, int] = {}
    for ids, chunk, name in files:
        long_lived.take(ids, name, chunk, order=lambda partitions: data.draw(st.permutations(partitions)))
        for product_id in ids:
            expected.setdefault(product_id, len(expected) + 1)
        assert long_lived.numbers() == expected
        assert long_lived.used() == len(expected)


def test_the_next_new_product_of_a_catalog_has_the_next_number(client, catalog, do_import):
    content = "id,name\n" + "".join(f"p{n},Lamp\n" for n in range(10))
    for _ in range(3):
        do_import(content, catalog)
    do_import(content.replace("p4,", "q4,"), catalog)
    client.CreateProduct(item_service_pb2.CreateProductRequest(catalog_id=catalog, title="Lamp", price="1", sku="r"))
    numbers = {row[0]: row[1] for row in client.read(catalog_id=catalog)}
    assert (numbers["q4"], numbers["r"]) == (11, 12)


def test_partitions_of_before_have_a_number_for_each_item(shop):
    runner, job, partitions = shop.begin("abcd")
    config = alembic_config(MIGRATIONS)
    for step, revision in ((command.downgrade, "0001"), (command.upgrade, "head")):
        with shop.database.write() as connection:
            config.attributes["connection"] = connection
            step(config, revision)
    for partition in reversed(partitions):
        runner.run_partition(job, partition)
    assert shop.numbers() == {"a": 1, "b": 2, "c": 3, "d": 4}
