import threading

import pytest
import sqlalchemy as sa

from services.workspace.app import MIGRATIONS
from services.workspace.clock import SECOND
from services.workspace.stores.jobs import ABANDONED, Ending, JobStore, NewJob
from services.workspace.stores.workspaces import WorkspaceStore
from services.workspace.sweeper import Sweeper

OWNER = "silver@host/0#1"


class Now:
    micros = 1_800_000_000 * SECOND

    def __call__(self):
        return self.micros


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def store(new_database, now):
    database = new_database(MIGRATIONS)
    WorkspaceStore(database, now).create("ws_a", "A")
    return JobStore(database, now)


def start(store, **fields):
    return store.start(NewJob("ws_a", "silver", "catalog", "pipeline_run", OWNER, **fields)).row.id


def test_active_jobs_without_a_sign_of_life_for_more_than_a_lease_are_queued_again(store, now):
    queued, active = start(store), start(store)
    store.report("ws_a", active, OWNER, 1, 2)
    now.micros += 30 * SECOND
    assert store.requeue_expired() == []
    now.micros += 1
    assert store.requeue_expired() == [active]
    assert {store.get("ws_a", job_id).status for job_id in (queued, active)} == {"queued"}
    assert store.get("ws_a", active).processed == 1


def test_jobs_that_nobody_takes_over_for_a_day_are_failed(store, now):
    queued, active = start(store), start(store)
    store.report("ws_a", active, OWNER, 1, 2)
    now.micros += ABANDONED
    assert store.fail_abandoned() == []
    now.micros += 1
    assert set(store.fail_abandoned()) == {queued, active}
    assert {store.get("ws_a", job_id).error_code for job_id in (queued, active)} == {"JOB_INTERRUPTED"}
    assert store.get("ws_a", queued).finished_at == now.micros


def test_ended_and_living_jobs_are_left_alone(store, now):
    ended, alive = start(store), start(store)
    store.finish("ws_a", ended, OWNER, Ending("completed", 1, 1, result="{}"))
    now.micros += 2 * ABANDONED
    store.report("ws_a", alive, OWNER, 1, 2)
    assert (store.requeue_expired(), store.fail_abandoned()) == ([], [])
    assert (store.get("ws_a", ended).status, store.get("ws_a", alive).status) == ("completed", "active")


def test_a_job_without_an_owner_gives_its_lock_to_the_next_one(store, now):
    left = start(store, lock_key="cat_1")
    store.report("ws_a", left, OWNER, 1, 2)
    now.micros += 31 * SECOND
    store.requeue_expired()
    assert start(store, lock_key="cat_1")
    assert store.get("ws_a", left).error_code == "JOB_INTERRUPTED"


def test_the_thread_sweeps_until_it_is_stopped(store, now):
    job = start(store)
    now.micros += ABANDONED + 1
    swept = threading.Event()

    class Watched:
        """The real store, telling when somebody swept."""

        requeue_expired = store.requeue_expired

        def fail_abandoned(self):
            found = store.fail_abandoned()
            if found:
                swept.set()
            return found

    sweeper = Sweeper(Watched(), 0.01)
    sweeper.start()
    assert swept.wait(10)
    sweeper.stop()
    assert store.get("ws_a", job).status == "failed"
    assert not any(thread.name == "job-sweeper" for thread in threading.enumerate())


def test_a_failed_sweep_does_not_end_the_sweeping():
    turns, second = [], threading.Event()

    class Broken:
        def requeue_expired(self):
            turns.append(1)
            if len(turns) > 1:
                second.set()
            raise sa.exc.OperationalError("select", {}, Exception("disk"))

    sweeper = Sweeper(Broken(), 0.01)
    sweeper.start()
    assert second.wait(10)
    sweeper.stop()


def test_stopping_before_the_start_is_harmless(store):
    Sweeper(store, 1).stop()
