# ruff: noqa: F811 - fixtures are found by their names
"""Jobs of another life: gone on with from the last partition that was done."""

import threading
import time
from contextlib import contextmanager

import grpc
import pytest
import sqlalchemy as sa
from assay.workspace.v1 import job_pb2, settings_pb2
from google.protobuf.struct_pb2 import Struct

from services.runtime.errors import JobCrashed
from services.runtime.jobs import Follower, Followers, Job, JobSpec, Plan
from services.runtime.jobs.lives import SILENT_SECONDS, Life
from services.runtime.jobs.parts import MOST_TRIES
from services.runtime.jobs.shares import Shares
from services.runtime.jobs.tables import LIVES
from tests.runtime.test_jobs import SPEC, Counting, engines, keeper, ledger, log  # noqa: F401 - fixtures

JOB = Job("6b0f4e0a-6f3e-4a57-9f0e-0d6c6a0a0001", "count", "ws_a", "cat_1", {"x": 1})
FORMER = "tests@elsewhere/0#1"
SETTINGS = settings_pb2.PipelineSettings(auto_trigger_gold=True)


def until(holds, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "too late"
        time.sleep(0.01)


def left_behind(keeper, log, status=job_pb2.JOB_STATUS_ACTIVE, **result):
    """A job that a former life opened."""
    told = Struct()
    told.update(result)
    keeper.records[JOB.id] = job_pb2.Job(id=JOB.id, status=status, result=told)
    log.add(JOB, SETTINGS.SerializeToString(), FORMER, time.time())


@contextmanager
def former_life(log, name=FORMER):
    """The shares of another life, which is not heard of any more afterwards."""
    Life(log.database, name).begin()
    yield Shares(log.database, name)
    silence(log, name)


def silence(log, name):
    with log.database.write() as connection:
        heard = sa.update(LIVES).where(LIVES.c.life == name)
        connection.execute(heard.values(seen=LIVES.c.seen - SILENT_SECONDS - 60))


class Seeing(Counting):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.jobs = []

    def run_partition(self, job, partition):
        self.jobs.append(job)
        return super().run_partition(job, partition)


def test_only_what_is_not_done_is_done(engines, keeper, log, ledger):
    left_behind(keeper, log)
    log.divide(JOB.id, Plan([10, 20, 30], 60), FORMER)
    with former_life(log) as former:
        former.done(JOB.id, former.take(JOB.id, fresh=True), 10)
        former.take(JOB.id, fresh=True)

    runner = Seeing(None)
    engines(runner)

    until(lambda: JOB.id in keeper.ends)
    assert runner.done == [30, 20]  # what was begun comes last: it may be why the life ended
    told = {(job.target, job.params["x"], job.settings.auto_trigger_gold) for job in runner.jobs}
    assert told == {("cat_1", 1, True)}
    end = keeper.ends[JOB.id]
    assert (end.status, end.processed, end.total) == (job_pb2.JOB_STATUS_COMPLETED, 60, 60)
    assert (end.owner, keeper.owners, keeper.kept) == (ledger.owner.name, [ledger.owner.name], [[JOB.id]])
    until(lambda: log.left("") == [])


def test_a_job_that_was_not_divided_is_divided(engines, keeper, log):
    left_behind(keeper, log)
    engines(Counting([3, 4]))
    until(lambda: JOB.id in keeper.ends)
    assert keeper.ends[JOB.id].processed == 7


def test_what_is_done_of_a_job_that_is_handed_over_is_not_done_again(engines, keeper, log, ledger):
    begun, gate = threading.Event(), threading.Event()

    class Gate:
        def wait(self, seconds):
            begun.set()
            gate.wait(seconds)

    first = Counting([1] * 50, gate=Gate())
    engine = engines(first, partition_threads=1)
    run = engine.open(SPEC)
    engine.schedule(run)
    assert begun.wait(10)
    engine.drain()
    gate.set()
    assert run.finished.wait(5)
    until(lambda: log.left("nobody")[0].owner == "")
    (left,) = log.left("nobody")
    assert 0 < len(first.done) < 50
    assert log.divided(left.job.id).units == len(first.done)
    assert run.job.id not in keeper.ends


def test_what_follows_is_not_lost_between_the_end_of_a_job_and_its_beginning(engines, keeper, log):
    left_behind(keeper, log, job_pb2.JOB_STATUS_COMPLETED, total=5)
    seen = []

    def follow(job, outcome):
        seen.append((job.id, job.settings.auto_trigger_gold, outcome.status, outcome.result["total"]))
        return Follower("k", lambda: "next")

    runner = Counting(None)
    followers = Followers(follow, seconds=5)
    engines(runner, followers=followers)
    until(lambda: log.left("") == [])
    assert seen == [(JOB.id, True, "completed", 5)]
    assert (runner.done, keeper.ends, runner.discarded) == ([], {}, 0)


@pytest.mark.parametrize("status", [job_pb2.JOB_STATUS_FAILED, job_pb2.JOB_STATUS_CANCELLED])
def test_what_a_job_held_is_freed_when_its_record_has_ended(engines, keeper, log, status):
    left_behind(keeper, log, status)
    runner = Counting(None)
    engines(runner)
    until(lambda: log.left("") == [])
    assert (runner.done, runner.discarded, keeper.ends) == ([], 1, {})


def test_what_a_job_held_is_freed_when_its_record_is_gone(engines, keeper, log):
    left_behind(keeper, log)
    keeper.records.clear()
    runner = Counting(None)
    engines(runner)
    until(lambda: log.left("") == [])
    assert runner.discarded == 1


def test_a_job_whose_owner_is_alive_is_left_alone(engines, keeper, log):
    left_behind(keeper, log, job_pb2.JOB_STATUS_UNSPECIFIED)
    runner = Counting([1])
    engine = engines(runner)
    run = engine.open(JobSpec("count", "catalog", "pipeline_run", "ws_a", "cat_2"))
    engine.execute(run)
    assert [left.owner for left in log.left("")] == [FORMER]
    assert runner.done == [1]


def test_a_partition_that_took_the_service_down_too_often_fails_the_job(engines, keeper, log):
    left_behind(keeper, log)
    log.divide(JOB.id, Plan([10, 20], 30), FORMER)
    for life in range(MOST_TRIES):
        with former_life(log, f"tests@elsewhere/{life}#1") as former:
            harmless = former.take(JOB.id, fresh=True)
            assert former.take(JOB.id, fresh=False).number == 1
            former.give_back(JOB.id, harmless)
    runner = Counting(None)
    engines(runner)
    until(lambda: JOB.id in keeper.ends)
    end = keeper.ends[JOB.id]
    assert (end.status, end.error.code) == (job_pb2.JOB_STATUS_FAILED, JobCrashed.reason)
    assert end.error.message == "Partition 2 of the job stopped the service 5 times and is not tried again."
    assert runner.done == [10]


def test_a_job_that_takes_the_service_down_elsewhere_fails_as_well(engines, keeper, log):
    left_behind(keeper, log)
    for life in range(MOST_TRIES):
        log.adopt(JOB.id, FORMER if life == 0 else f"x#{life - 1}", f"x#{life}", time.time())
    runner = Counting([1])
    engines(runner)
    until(lambda: JOB.id in keeper.ends)
    assert keeper.ends[JOB.id].error.message == "The job stopped the service 5 times and is not tried again."
    assert (runner.done, runner.discarded) == ([], 1)
    until(lambda: log.left("") == [])


def test_a_job_whose_end_could_not_be_recorded_is_ended_later(engines, keeper, log):
    refusals = iter([True])
    keeper.refuses_end = lambda: next(refusals, False)
    runner = Counting([3, 4])
    engine = engines(runner)
    run = engine.open(SPEC)
    keeper.records[run.job.id] = job_pb2.Job(id=run.job.id, status=job_pb2.JOB_STATUS_ACTIVE)
    engine.schedule(run)
    until(lambda: run.job.id in keeper.ends, 20)
    assert keeper.ends[run.job.id].processed == 7
    assert sorted(runner.done) == [3, 4]  # nothing was done twice
    until(lambda: log.left("") == [])


def test_a_job_of_a_kind_that_is_not_known_here_is_left_alone(engines, keeper, log):
    log.add(Job(JOB.id, "other", "ws_a", "cat_1", {}), b"", FORMER, time.time())
    runner = Counting([1])
    engine = engines(runner)
    until(lambda: keeper.kept)
    run = engine.open(SPEC)
    engine.execute(run)
    assert [left.job.kind for left in log.left("")] == ["other"]


def test_lives_are_counted_from_the_last_thing_that_was_done(log):
    log.add(JOB, b"", FORMER, time.time())
    assert [log.adopt(JOB.id, FORMER, "a#1", time.time()), log.adopt(JOB.id, "a#1", "a#2", time.time())] == [1, 2]
    log.divide(JOB.id, Plan([1, 2], 3), "a#2")
    assert log.adopt(JOB.id, "a#2", "a#3", time.time()) == 1
    with former_life(log, "a#3") as former:
        former.done(JOB.id, former.take(JOB.id, fresh=True), 1)
    assert log.adopt(JOB.id, "a#3", "a#4", time.time()) == 1


def test_a_job_whose_end_can_never_be_recorded_fails_in_the_end(engines, keeper, log):
    runner = Counting([3, 4])
    runner.complete = lambda job: {"total": object()}  # nothing that a record could hold
    engine = engines(runner)
    run = engine.open(SPEC)
    keeper.records[run.job.id] = job_pb2.Job(id=run.job.id, status=job_pb2.JOB_STATUS_ACTIVE)
    engine.schedule(run)
    until(lambda: run.job.id in keeper.ends, 20)
    end = keeper.ends[run.job.id]
    assert (end.status, end.error.code) == (job_pb2.JOB_STATUS_FAILED, JobCrashed.reason)
    until(lambda: log.left("") == [])


def test_a_job_that_could_be_neither_ended_nor_left_is_looked_after_again(engines, keeper, log, ledger, monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.recovery.STRAY_SECONDS", 0.2)
    away = threading.Event()
    away.set()
    keeper.refuses_end = away.is_set
    engine = engines(Counting([3, 4]))
    leave = engine._recovery.leave
    monkeypatch.setattr(engine._recovery, "leave", lambda *words, **told: away.is_set() or leave(*words, **told))
    run = engine.open(SPEC)
    keeper.records[run.job.id] = job_pb2.Job(id=run.job.id, status=job_pb2.JOB_STATUS_ACTIVE)
    engine.schedule(run)
    assert run.finished.wait(10)
    assert log.of(ledger.owner.name) == [run.job.id]
    away.clear()
    until(lambda: run.job.id in keeper.ends, 20)
    assert keeper.ends[run.job.id].processed == 7
    until(lambda: log.left("") == [])


def test_a_job_whose_follower_waits_is_no_stray(engines, keeper, log, monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.recovery.STRAY_SECONDS", 0.1)
    started = []

    def start():
        started.append(1)
        if len(started) < 3:
            raise Busy
        return "next"

    engine = engines(Counting([1]), followers=Followers(lambda job, outcome: Follower("k", start), seconds=30))
    run = engine.open(SPEC)
    keeper.records[run.job.id] = job_pb2.Job(id=run.job.id, status=job_pb2.JOB_STATUS_COMPLETED)
    engine.schedule(run)
    until(lambda: log.left("") == [], 20)
    assert len(started) == 3
    assert keeper.owners == []


class Busy(grpc.RpcError, grpc.Call):
    def code(self):
        return grpc.StatusCode.ABORTED

    def _nothing(self, *_):
        return None

    is_active = time_remaining = cancel = add_callback = initial_metadata = trailing_metadata = details = _nothing
