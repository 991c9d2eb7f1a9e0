# ruff: noqa: F811 - fixtures are found by their names
"""What follows a job: asked of a real server, which may refuse for a while."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.silver.v1 import silver_service_pb2, silver_service_pb2_grpc
from assay.workspace.v1 import job_pb2

from services.runtime.channels import Channels
from services.runtime.context import Call, Principal, background, serving
from services.runtime.jobs import Follower, Followers, JobSpec, LocalEngine, Outcome, begun
from services.runtime.jobs.model import Job
from services.runtime.metrics import Metrics
from tests.runtime.test_jobs import SPEC, Broken, Counting, keeper, ledger, log  # noqa: F401 - fixtures

A_JOB = Job("job-1", "count", "ws_a", "cat_1", {})
DONE = Outcome("completed", {"total": 1})


class Runs(silver_service_pb2_grpc.SilverServiceServicer):
    """Refuses with the codes in `refusals`, then starts runs; knows who asked and whether anybody stayed."""

    def __init__(self) -> None:
        self.refusals: list[grpc.StatusCode] = []
        self.asked: list[dict[str, str]] = []
        self.left = threading.Event()
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    def Normalize(self, request, context):
        self.asked.append(dict(context.invocation_metadata()))
        self.entered.release()
        assert self.gate.wait(10)
        if self.refusals:
            context.abort(self.refusals.pop(0), "not now")
        context.add_callback(self.left.set)
        yield silver_service_pb2.NormalizeResponse(started=run_pb2.RunStarted(job_id=f"next-{len(self.asked)}"))
        self.left.wait(10)


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def start(runs) -> Iterator:
    """Asks the server for a run."""
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    silver_service_pb2_grpc.add_SilverServiceServicer_to_server(runs, server)
    channels = Channels("secret", max_message_bytes=1 << 20)
    port = server.add_insecure_port("127.0.0.1:0")
    stub = silver_service_pb2_grpc.SilverServiceStub(channels.to(f"127.0.0.1:{port}"))
    server.start()
    yield lambda: begun(stub.Normalize(silver_service_pb2.NormalizeRequest()))
    channels.close()
    server.stop(None).wait()


class Started:
    """The ids of the jobs that were started, or None where one was given up."""

    def __init__(self, start) -> None:
        self._start = start
        self.ids: list[str] = []
        self.one = threading.Semaphore(0)

    def __call__(self) -> str:
        try:
            self.ids.append(self._start())
        finally:
            self.one.release()
        return self.ids[-1]


@pytest.fixture
def started(start) -> Started:
    return Started(start)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.followers.FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture
def followers_of(started):
    made = []

    def make(follow=lambda job, outcome: None, seconds=60.0):
        made.append(Followers(follow, seconds=seconds))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_a_follower_is_started_and_its_stream_left(followers_of, started, runs):
    followers_of(lambda job, outcome: Follower("k", started)).after(A_JOB, DONE)
    assert started.one.acquire(timeout=10)
    assert started.ids == ["next-1"]
    assert runs.left.wait(10)
    assert runs.asked[0]["x-triggered-by"] == "job-1"
    assert runs.asked[0]["x-request-id"].startswith("req_")


def test_the_ended_job_and_its_outcome_are_looked_at(followers_of):
    seen = []
    followers_of(lambda job, outcome: seen.append((job, outcome))).after(A_JOB, DONE)
    assert seen == [(A_JOB, DONE)]


@pytest.mark.parametrize("code", ["ABORTED", "UNAVAILABLE", "RESOURCE_EXHAUSTED"])
def test_what_passes_is_waited_for(followers_of, started, runs, code):
    runs.refusals = [grpc.StatusCode[code]] * 3
    followers_of(lambda job, outcome: Follower("k", started)).after(A_JOB, DONE)
    while not started.ids:
        assert started.one.acquire(timeout=10)
    assert not runs.refusals


@pytest.mark.parametrize("code", ["NOT_FOUND", "INVALID_ARGUMENT", "INTERNAL", "PERMISSION_DENIED"])
def test_what_does_not_pass_is_given_up_at_once(followers_of, started, runs, code):
    runs.refusals = [grpc.StatusCode[code]] * 2
    followers = followers_of(lambda job, outcome: Follower("k", started))
    followers.after(A_JOB, DONE)
    assert started.one.acquire(timeout=10)
    followers._pool.shutdown(wait=True)
    assert (started.ids, len(runs.asked)) == ([], 1)


def test_after_its_time_it_is_given_up(followers_of, started, runs):
    runs.refusals = [grpc.StatusCode.ABORTED] * 5
    followers = followers_of(lambda job, outcome: Follower("k", started), seconds=0)
    followers.after(A_JOB, DONE)
    assert started.one.acquire(timeout=10)
    followers._pool.shutdown(wait=True)
    assert (started.ids, len(runs.asked)) == ([], 1)


def test_of_several_with_one_key_one_waits(followers_of, started, runs, monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.followers.THREADS", 1)
    followers = followers_of(lambda job, outcome: Follower(job.target, started))
    runs.gate.clear()
    followers.after(A_JOB, DONE)
    assert runs.entered.acquire(timeout=10)  # the first is being asked for, and may be too early for the others
    for _ in range(3):
        followers.after(A_JOB, DONE)
        followers.after(Job("job-2", "count", "ws_a", "cat_2", {}), DONE)
    runs.gate.set()
    followers._pool.shutdown(wait=True)
    assert [asked["x-triggered-by"] for asked in runs.asked] == ["job-1", "job-1", "job-2"]


def test_a_mistake_in_what_follows_harms_nobody(followers_of):
    def follow(job, outcome):
        raise KeyError("created")

    followers_of(follow).after(A_JOB, DONE)


def test_a_mistake_while_starting_harms_nobody(followers_of):
    asked = threading.Event()

    def start():
        asked.set()
        raise RuntimeError("no")

    followers = followers_of(lambda job, outcome: Follower("k", start))
    followers.after(A_JOB, DONE)
    assert asked.wait(10)
    followers._pool.shutdown(wait=True)


def test_stopping_ends_those_that_wait(followers_of, started, runs, monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.followers.FIRST_PAUSE_SECONDS", 1_000.0)
    runs.refusals = [grpc.StatusCode.ABORTED]
    followers = followers_of(lambda job, outcome: Follower("k", started), seconds=10_000.0)
    followers.after(A_JOB, DONE)
    assert started.one.acquire(timeout=10)
    followers.stop()
    followers._pool.shutdown(wait=True)
    followers.after(A_JOB, DONE)
    assert (started.ids, len(runs.asked)) == ([], 1)


@pytest.mark.parametrize("error", [None, Broken("It is broken.")])
def test_the_engine_has_a_job_followed_when_its_record_has_ended(
    ledger,
    keeper,
    *,
    followers_of,
    started,
    runs,
    log,
    error,
):
    seen = []

    def follow(job, outcome):
        seen.append((outcome.status, keeper.ends[job.id].status))
        return Follower("k", started) if outcome.status == "completed" else None

    runner = Counting([1, 1, 1], error=error)
    engine = LocalEngine(ledger, log, {"count": runner}, Metrics(), followers=followers_of(follow))
    engine.start()
    run = engine.open(SPEC)
    engine.schedule(run)
    assert run.finished.wait(10)
    if error is None:
        assert started.one.acquire(timeout=10)
        assert runs.asked[0]["x-triggered-by"] == run.job.id
    status = "completed" if error is None else "failed"
    assert seen == [(status, job_pb2.JobStatus.Value(f"JOB_STATUS_{status.upper()}"))]
    engine.stop(0)


@pytest.mark.parametrize(
    ("principal", "told"),
    [(Principal("internal", internal=True), "job-1"), (Principal("key_1"), ""), (None, "")],
)
def test_only_what_our_own_services_say_of_it_is_recorded(ledger, keeper, principal, told):
    with serving(Call("/a", "req_1", triggered_by="job-1", principal=principal)):
        job = ledger.start(JobSpec("count", "catalog", "run", "ws_a", "cat_1"))
    assert keeper.jobs[job.id].triggered_by == told


def test_a_call_of_the_background_ends_with_it():
    with background(triggered_by="job-1") as call:
        assert (call.triggered_by, call.deadline) == ("job-1", None)
