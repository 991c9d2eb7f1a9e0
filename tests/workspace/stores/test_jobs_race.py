"""Two processes on one database: each has its own connections, and no Python lock between them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.runtime.database import Database
from services.runtime.migrations import migrate
from services.workspace.app import MIGRATIONS
from services.workspace.clock import now_micros
from services.workspace.errors import JobAlreadyRunning
from services.workspace.stores.brands import BrandStore
from services.workspace.stores.jobs import JobFilter, JobStore, NewJob
from services.workspace.stores.workspaces import WorkspaceStore


@pytest.fixture
def databases(tmp_path):
    url = f"sqlite:///{tmp_path / 'workspace.sqlite3'}"
    both = [Database(url), Database(url)]
    migrate(both[0], MIGRATIONS)
    WorkspaceStore(both[0], now_micros).create("ws_a", "A")
    yield both
    for database in both:
        database.dispose()


def test_one_lock_has_one_holder_over_processes(databases):
    stores = [JobStore(database, now_micros) for database in databases]

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


def test_one_name_is_one_brand_over_processes(databases):
    stores = [BrandStore(database, now_micros) for database in databases]
    names = [f"Brand {number}" for number in range(50)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda turn: stores[turn % 2].register("ws_a", names), range(6)))
    assert {tuple(row.id for row in rows) for rows in answers} == {tuple(row.id for row in answers[0])}
