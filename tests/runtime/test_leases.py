# ruff: noqa: F811 - fixtures are found by their names
"""What keeps a job somebody's own: leases are renewed whatever else hangs, and nothing is done without one."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from assay.workspace.v1 import job_pb2

from services.runtime.jobs import Follower, Followers, Plan
from services.runtime.jobs.lives import LEASED_SECONDS, Life
from services.runtime.jobs.tables import LEASES
from tests.runtime.test_jobs import SPEC, Counting, log  # noqa: F401 - fixtures
from tests.runtime.test_recovery import FORMER, JOB, Busy, former_life, left_behind, until
from tests.runtime.test_workers import OPEN, SMALL, ended, keeper, workers  # noqa: F401 - fixtures

OTHER = "tests@elsewhere/1#1"


@pytest.fixture(autouse=True)
def renewed_often(monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.reporter.RENEW_SECONDS", 0.1)


def asked(log, job_id):
    with log.database.read() as connection:
        return connection.execute(sa.select(LEASES.c.asked).where(LEASES.c.job_id == job_id)).scalar_one()


def renewed(log, job_id, times=2):
    for _ in range(times):
        before = asked(log, job_id)
        until(lambda before=before: asked(log, job_id) > before)


def test_the_lease_of_a_job_that_waits_for_its_follower_is_renewed(workers, keeper, log):
    """Nobody else may come to think that what follows was not asked for."""
    busy = threading.Event()
    busy.set()

    def start():
        if busy.is_set():
            raise Busy
        return "next"

    engine = workers(Counting([1]), followers=Followers(lambda job, outcome: Follower("k", start), seconds=30))
    run = engine.open(SPEC)
    engine.schedule(run)
    assert ended(keeper, run).status == job_pb2.JOB_STATUS_COMPLETED
    renewed(log, run.job.id)
    busy.clear()
    until(lambda: log.left("nobody") == [], 20)


@pytest.mark.parametrize("call", ["TakeOverJob", "FailInterruptedJobs", "FinishJob"])
def test_leases_are_renewed_while_an_answer_about_another_job_is_waited_for(workers, keeper, log, call):
    go_on, asked_for = threading.Event(), threading.Event()

    def hang(name):
        if name == call:
            asked_for.set()
            go_on.wait(30)

    keeper.before = hang
    left_behind(keeper, log)
    keeper.of[JOB.id] = ""
    gate = threading.Event()
    runner = Counting([1, 1], gate=type("Gate", (), {"wait": lambda self, seconds: gate.wait(30)})())
    engine = workers(runner)
    run, other = engine.open(SPEC), engine.open(SMALL)
    engine.schedule(run)
    if call == "FinishJob":
        other.cancelled.set()
        engine.schedule(other)
    assert asked_for.wait(10)
    renewed(log, run.job.id)
    go_on.set()
    gate.set()
    assert ended(keeper, run).processed == 2


def test_a_job_is_taken_over_by_its_helper_when_that_has_let_go_of_it(workers, keeper, log):
    """Two runs of one job in one process would be taken for each other."""
    left_behind(keeper, log)
    keeper.of[JOB.id] = FORMER
    log.divide(JOB.id, Plan([1] * 6, 6), FORMER)
    at_work, go_on = threading.Event(), threading.Event()

    class Gate:
        def wait(self, seconds):
            at_work.set()
            go_on.wait(30)

    runner = Counting(None, gate=Gate())
    with former_life(log):
        log.renew({JOB.id: time.time()}, FORMER)
        engine = workers(runner, partition_threads=1)
        assert at_work.wait(10)
        (helper,) = engine._runs()
    with log.database.write() as connection:
        connection.execute(sa.update(LEASES).values(asked=LEASES.c.asked - 2 * LEASED_SECONDS))
    keeper.of[JOB.id] = ""
    assert helper.lost.wait(10)  # what it does could not be written any more
    assert engine._runs() == [helper]
    go_on.set()
    until(lambda: JOB.id in keeper.ends, 20)
    end = keeper.ends[JOB.id]
    assert (end.status, end.processed) == (job_pb2.JOB_STATUS_COMPLETED, 6)
    until(lambda: not engine.busy_with())


def test_a_run_that_ends_takes_no_other_of_the_same_job_with_it(workers, log):
    engine = workers(Counting([1]))
    former, run = engine.open(SPEC), engine.open(SPEC)
    former.job = run.job
    engine._drop(former)
    assert run.job.id in engine.busy_with()
    engine.execute(run)
    assert run.job.id not in engine.busy_with()


def test_who_has_lost_a_job_discards_nothing_of_it(workers, keeper, log):
    """Whoever has it by now may have written anew what would be discarded."""

    class Stopped(Counting):
        def discard(self, job):
            keeper.of[job.id] = OTHER
            with ThreadPoolExecutor(1) as others:
                others.submit(log.adopt, job.id, engine._ledger.owner.name, OTHER, time.time()).result()
            with log.database.write():
                self.discarded += 1

    Life(log.database, OTHER).begin()
    runner = Stopped([1, 2, 3], error=ZeroDivisionError())
    engine = workers(runner)
    run = engine.open(SPEC)
    engine.schedule(run)
    assert run.finished.wait(20)
    assert (runner.discarded, keeper.ends) == (0, {})
    (left,) = log.left("nobody")
    assert left.owner == OTHER


def test_jobs_are_reported_while_the_database_is_away(workers, keeper, log, monkeypatch):
    """Their records' leases are not in that database."""
    gate = threading.Event()
    engine = workers(Counting([1] * 3, gate=type("Gate", (), {"wait": lambda self, seconds: gate.wait(30)})()))
    runs = [engine.open(SPEC), engine.open(SMALL)]
    for run in runs:
        engine.schedule(run)
    away = sa.exc.OperationalError("x", {}, Exception("away"))
    failed = threading.Event()

    def fail(*_):
        failed.set()
        raise away

    monkeypatch.setattr(engine._log, "renew", fail)
    assert failed.wait(10)
    before = len(keeper.reports)
    until(lambda: {report.job_id for report in keeper.reports[before:]} == {run.job.id for run in runs})
    monkeypatch.undo()
    gate.set()
    assert [ended(keeper, run).processed for run in runs] == [3, 3]


def test_a_long_transaction_of_a_job_ends_it_all_the_same(workers, keeper, log, monkeypatch):
    """Nobody else writes to SQLite meanwhile, so that no lease is renewed either."""
    runner = Counting([1])
    plain = runner.complete

    def complete(job):
        with log.database.write() as connection:
            connection.execute(sa.update(LEASES).values(asked=LEASES.c.asked - 2 * LEASED_SECONDS))
            return plain(job)

    runner.complete = complete
    engine = workers(runner)
    run = engine.open(SPEC)
    engine.schedule(run)
    assert ended(keeper, run).status == job_pb2.JOB_STATUS_COMPLETED
