"""Two processes on one database: each has its own connections, and no Python lock between them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.workspace.app import MIGRATIONS
from services.workspace.clock import SECOND, now_micros
from services.workspace.demo import DEMO_KEY_FILE, make_demo
from services.workspace.errors import BrandExists, BrandNotFound, JobAlreadyRunning, JobNotActive
from services.workspace.stores.api_keys import ApiKeyStore
from services.workspace.stores.brands import BrandChanges, BrandStore, NewBrand
from services.workspace.stores.categories import CategoryStore
from services.workspace.stores.jobs import LEASE, Ending, JobFilter, JobStore, NewJob
from services.workspace.stores.pipeline_settings import PipelineSettingsStore
from services.workspace.stores.workspaces import WorkspaceStore
from services.workspace.tree import Node
from tests.support.databases import opened


class Clock:
    """Stands still until it is moved."""

    micros = 1_800_000_000 * SECOND

    def __call__(self):
        return self.micros


@pytest.fixture
def processes(databases):
    url = databases.migrated(MIGRATIONS)
    both = [opened(url, MIGRATIONS), opened(url, MIGRATIONS)]
    WorkspaceStore(both[0], now_micros).create("ws_a", "A")
    yield both
    for database in both:
        database.dispose()


def test_one_lock_has_one_holder_over_processes(processes):
    stores = [JobStore(database, now_micros) for database in processes]

    def attempt(number):
        try:
            job = NewJob("ws_a", "silver", "catalog", "pipeline_run", f"silver@{number}/0#1", lock_key="cat_1")
            return stores[number % 2].start(job).row.id
        except JobAlreadyRunning as error:
            return error.metadata["job_id"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(attempt, range(16)))
    assert answers == {row.id for row in stores[0].page("ws_a", JobFilter(), None, 10)}
    assert len(answers) == 1


def test_one_name_is_one_brand_over_processes(processes):
    stores = [BrandStore(database, now_micros) for database in processes]
    names = [f"Brand {number}" for number in range(50)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda turn: stores[turn % 2].register("ws_a", names), range(6)))
    assert {tuple(row.id for row in rows) for rows in answers} == {tuple(row.id for row in answers[0])}


def test_the_same_names_in_any_order_are_registered_once_over_processes(processes):
    stores = [BrandStore(database, now_micros) for database in processes]
    names = [f"Brand {number}" for number in range(40)]

    def register(turn):
        some = names[turn:] + names[:turn]
        return {row.name: row.id for row in stores[turn % 2].register("ws_a", some[:: -1 if turn % 3 else 1])}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(register, range(24)))
    assert all(answer == answers[0] for answer in answers)
    assert [row.name for rows in stores[0].chunks("ws_a") for row in rows] == sorted(names)


def test_an_alias_means_one_brand_whoever_adds_it_first(processes):
    stores = [BrandStore(database, now_micros) for database in processes]
    brands = [stores[0].create(NewBrand("ws_a", name)).id for name in "abcd"]

    def add(turn):
        try:
            stores[turn % 2].change("ws_a", brands[turn % 4], BrandChanges(add_aliases=("the one",)))
        except BrandExists as error:
            return error.metadata["brand_id"]
        return brands[turn % 4]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(add, range(16)))) == 1


def test_brands_that_come_and_go_are_there_or_not(processes):
    stores = [BrandStore(database, now_micros) for database in processes]

    def turn(number):
        (row,) = stores[number % 2].register("ws_a", ["Brand"])
        try:
            stores[1 - number % 2].delete("ws_a", row.id)
        except BrandNotFound:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        deleted = sum(pool.map(turn, range(24)))
    assert deleted >= 1
    assert [row for rows in stores[0].chunks("ws_a") for row in rows] == []
    assert stores[0].version("ws_a") == str(2 * deleted)


def test_of_many_who_take_a_job_over_one_has_it(processes):
    clock = Clock()
    stores = [JobStore(database, clock) for database in processes]
    job = (
        stores[0].start(NewJob("ws_a", "silver", "catalog", "pipeline_run", "silver@gone/0#1", lock_key="cat_1")).row.id
    )
    clock.micros += LEASE + 1

    def take(number):
        try:
            return stores[number % 2].take_over("ws_a", job, f"silver@{number}/0#1").owner
        except JobNotActive:
            return None

    with ThreadPoolExecutor(8) as pool:
        owners = [owner for owner in pool.map(take, range(16)) if owner]
    assert owners == [stores[0].get("ws_a", job).owner]


def test_a_lock_goes_from_job_to_job_while_sweepers_sweep(processes):
    """Every start finds the lock free, or names who holds it; nobody ends what has ended."""
    clock = Clock()
    stores = [JobStore(database, clock) for database in processes]

    def attempt(number):
        store = stores[number % 2]
        store.requeue_expired()
        store.fail_abandoned()
        owner = f"silver@{number}/0#1"
        try:
            job = store.start(NewJob("ws_a", "silver", "catalog", "pipeline_run", owner, lock_key="cat_1")).row.id
        except JobAlreadyRunning:
            return 0
        store.report("ws_a", job, owner, 1, 2)
        return store.finish("ws_a", job, owner, Ending("completed", 2, 2, result="{}")).processed // 2

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(attempt, range(40)))
    jobs = stores[0].page("ws_a", JobFilter(), None, 100)
    assert done >= 1
    assert [row.status for row in jobs] == ["completed"] * done


def test_a_tree_is_one_of_those_that_were_written(processes):
    stores = [CategoryStore(database) for database in processes]
    trees = [[Node(f"{number} {place}", f"{number}-{place}") for place in range(30)] for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda turn: stores[turn % 2].replace("ws_a", trees[turn % 4]), range(16)))
    version, chunks = stores[0].tree("ws_a")
    assert version == "16"
    assert [row.id for rows in chunks for row in rows] in [[node.id for node in tree] for tree in trees]


def test_settings_of_many_writers_are_all_kept(processes):
    stores = [PipelineSettingsStore(database, now_micros) for database in processes]
    changes = [{"unknown_brands": "a"}, {"duplicates": "b"}, {"image_checks": "c"}, {"preview_mode": True}]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda turn: stores[turn % 2].change("ws_a", changes[turn % 4], None), range(16)))
    row = stores[0].get("ws_a")
    assert (row.unknown_brands, row.duplicates, row.image_checks, row.preview_mode) == ("a", "b", "c", True)


def test_one_of_many_first_starts_makes_the_demo(databases, tmp_path, capsys):
    url = databases.migrated(MIGRATIONS)
    opened_ones = [opened(url, MIGRATIONS) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda database: make_demo(database, tmp_path, now_micros), opened_ones))
    secret = (tmp_path / DEMO_KEY_FILE).read_text().strip()
    assert capsys.readouterr().out == f"assay demo key: {secret}\n"
    assert ApiKeyStore(opened_ones[0], now_micros).accept(secret).workspace_id == "ws_demo"
    for database in opened_ones:
        database.dispose()
