import itertools
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import services.ingest
from services.ingest.errors import CatalogNotFound, ProductNotFound
from services.ingest.parsing import (
    ParseLimits,
    RowProblem,
    read_staged_ids,
    read_staged_items,
    read_staged_problems,
    stage_file,
)
from services.ingest.store import CatalogStore, ImportStore, ItemStore
from services.ingest.store.imports import ErrorPosition, ImportCounts, NewImport
from services.ingest.store.items import ItemKey
from services.ingest.store.ranges import IdRange
from services.ingest.tables import METADATA

FIRST = ErrorPosition(-1, -1)
MIGRATIONS = Path(services.ingest.__file__).parent / "migrations"
CSV = "id,name\n" + "".join(f"{n},Lamp {n}\n" for n in range(10)) + ",\n,,x\n3,Other\n"


@pytest.fixture
def database(new_database):
    return new_database(MIGRATIONS)


@pytest.fixture
def catalog(database):
    return CatalogStore(database).create("ws_a", "Shop")["id"]


@pytest.fixture
def staged(database, catalog, tmp_path):
    """A staged import: (job id, number of partitions, apply one)."""
    source = tmp_path / "in.csv"
    source.write_text(CSV)
    imports = ImportStore(database)
    imports.add(NewImport("job", "ws_a", catalog, "in.csv", len(CSV), "0" * 64))
    chunks = stage_file(source, tmp_path / "staged", limits=ParseLimits(chunk_items=4))
    imports.record_staged("job", chunks, ids_of(chunks, tmp_path))

    def apply(number):
        folder = tmp_path / "staged"
        return imports.apply("job", number, read_staged_items(folder, number), read_staged_problems(folder, number))

    return imports, chunks, apply


def ids_of(chunks, tmp_path):
    return (read_staged_ids(tmp_path / "staged", number) for number in range(len(chunks.chunks)))


def rows_of(database, catalog):
    read = ItemStore(database).read_range("ws_a", catalog, IdRange())
    return [row for columns in read for row in zip(columns["product_id"], columns["sequence"], strict=True)]


def test_the_migrations_make_the_tables_of_the_models(database):
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_partitions_may_be_applied_in_any_order_and_more_than_once(database, catalog, staged):
    imports, chunks, apply = staged
    order = [2, 0, 2, 1, 0]
    units = [apply(number) for number in order]
    assert units[0] == units[2]
    assert sum(dict(zip(order, units, strict=True)).values()) == chunks.total
    assert imports.counts("job") == ImportCounts(total=12, created=11, updated=0, unchanged=0, errors=1)
    assert [row[1] for row in sorted(rows_of(database, catalog), key=lambda row: row[1])] == list(range(1, 12))
    assert CatalogStore(database).get("ws_a", catalog)["product_count"] == 11


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("size", [1, 2, 9])
def test_whatever_order_partitions_are_applied_in_every_problem_comes_once(staged, tmp_path, order, size):
    """Partition 1 has nothing to tell."""
    imports, chunks, _ = staged
    assert len(chunks.chunks) == 3
    told = {n: [RowProblem(n * 10 + line, "", "MISSING_ID", "m") for line in range(3 if n != 1 else 0)] for n in order}
    seen, after = [], FIRST
    for number in order:
        imports.apply("job", number, read_staged_items(tmp_path / "staged", number), told[number])
        found = imports.problems("ws_a", "job", after, size, gapless=True)
        seen += found
        after = found[-1][0] if found else after
    while found := imports.problems("ws_a", "job", after, size):
        seen += found
        after = found[-1][0]
    assert [problem.line for _, problem in seen] == [0, 1, 2, 20, 21, 22]


def test_problems_behind_a_partition_that_is_not_applied_are_held_back(staged):
    imports, _, apply = staged
    assert imports.problems("ws_a", "job", FIRST, 9, gapless=True) == []
    apply(2)
    assert imports.problems("ws_a", "job", FIRST, 9) != []
    assert imports.problems("ws_a", "job", FIRST, 9, gapless=True) == []


def test_partitions_may_be_applied_at_the_same_time(database, catalog, staged):
    imports, chunks, apply = staged
    threads = [threading.Thread(target=apply, args=(number % len(chunks.chunks),)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert imports.counts("job").created == 11
    assert len(rows_of(database, catalog)) == 11


def test_a_partition_that_fails_leaves_nothing(database, catalog, staged):
    imports, _, apply = staged
    broken = read_staged_items_with_two_equal_ids()
    with pytest.raises(sa.exc.IntegrityError):
        imports.apply("job", 0, broken, [])
    assert rows_of(database, catalog) == []
    assert imports.counts("job") == ImportCounts(0, 0, 0, 0, 0)
    apply(0)
    assert len(rows_of(database, catalog)) == 4


def read_staged_items_with_two_equal_ids():
    import polars as pl

    from services.ingest.parsing.staging import ITEM_SCHEMA

    rows = [("a", None, 2, "{}", "0" * 32), ("b", None, 3, None, "1" * 32)]
    return pl.DataFrame(rows, schema=ITEM_SCHEMA, orient="row")


def test_staging_again_keeps_the_reserved_order(database, catalog, staged, tmp_path):
    imports, chunks, apply = staged
    imports.record_staged("job", chunks, ids_of(chunks, tmp_path))
    apply(0)
    imports.record_staged("job", chunks, ids_of(chunks, tmp_path))
    assert imports.counts("job").created == 4
    assert CatalogStore(database).get("ws_a", catalog)["next_sequence"] == 12


def test_two_threads_make_one_default_catalog(database):
    store, made = CatalogStore(database), []
    threads = [
        threading.Thread(target=lambda: made.append(store.get_or_create_default("ws_x")["id"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1


def test_items_of_another_workspace_are_not_found(database, catalog, staged):
    _, _, apply = staged
    apply(0)
    items = ItemStore(database)
    assert items.get(ItemKey("ws_a", catalog, "0"))["product_id"] == "0"
    with pytest.raises(CatalogNotFound):
        items.get(ItemKey("ws_b", catalog, "0"))
    with pytest.raises(ProductNotFound):
        items.get(ItemKey("ws_a", catalog, "none"))
