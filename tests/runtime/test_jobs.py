"""The job engine against a record keeper that is a real gRPC server."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from assay.workspace.v1 import job_pb2, job_service_pb2, job_service_pb2_grpc

from services.runtime.channels import Channels
from services.runtime.context import Call, serving
from services.runtime.errors import DomainError, JobCancelled, JobInterrupted
from services.runtime.jobs import JobLedger, JobLog, JobSpec, LocalEngine, Plan, Runner, claim_owner
from services.runtime.metrics import Metrics
from tests.support.job_log import job_log


class Jobs(job_service_pb2_grpc.JobServiceServicer):
    """Keeps records in memory."""

    def __init__(self) -> None:
        self.jobs: dict[str, job_service_pb2.StartJobRequest] = {}
        self.reports: list[job_service_pb2.ReportJobRequest] = []
        self.ends: dict[str, job_service_pb2.FinishJobRequest] = {}
        self.interrupted_asked_by: list[str] = []
        self.kept: list[list[str]] = []
        # What is answered to whoever takes a job over; of unspecified status while its owner is alive.
        self.records: dict[str, job_pb2.Job] = {}
        self.owners: list[str] = []
        self.cancel = False
        # Asked before a job is ended; True refuses.
        self.refuses_end = lambda: False
        self.taken = False
        self.tokens: set[str] = set()

    @staticmethod
    def in_time(context):
        """Refuses what came when its deadline had as good as passed, as the services do."""
        if context.time_remaining() < 1:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "too late")

    def StartJob(self, request, context):
        self.in_time(context)
        self.tokens.add(dict(context.invocation_metadata())["authorization"])
        self.jobs[request.job_id] = request
        return job_service_pb2.StartJobResponse(job=job_pb2.Job(id=request.job_id), registry_version="7")

    def ReportJob(self, request, context):
        self.in_time(context)
        if self.taken:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not yours")
        self.reports.append(request)
        return job_service_pb2.ReportJobResponse(cancel_requested=self.cancel)

    def FinishJob(self, request, context):
        self.in_time(context)
        if self.refuses_end():
            context.abort(grpc.StatusCode.INTERNAL, "not now")
        self.ends[request.job_id] = request
        return job_service_pb2.FinishJobResponse()

    def TakeOverJob(self, request, context):
        record = self.records.get(request.job_id)
        if record is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown")
        if record.status == job_pb2.JOB_STATUS_UNSPECIFIED:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "its owner is alive")
        self.owners.append(request.owner)
        return job_service_pb2.TakeOverJobResponse(job=record)

    def FailInterruptedJobs(self, request, context):
        self.interrupted_asked_by.append(request.owner)
        self.kept.append(list(request.kept_job_ids))
        return job_service_pb2.FailInterruptedJobsResponse(job_ids=["old"])


class Broken(DomainError):
    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "BROKEN"


class Counting(Runner):
    """Counts; each partition is a number of units."""

    kind = "count"

    def __init__(self, partitions, error=None, gate=None):
        self.partitions = partitions
        self.error = error
        self.gate = gate
        self.done = []
        self.discarded = 0
        self.registries = set()
        self.threads = set()
        self.lock = threading.Lock()

    def prepare(self, job):
        return Plan(self.partitions, sum(self.partitions))

    def run_partition(self, job, partition):
        if self.gate is not None:
            self.gate.wait(5)
        with self.lock:
            self.registries.add(job.registry_version)
            self.threads.add(threading.current_thread().name)
            if self.error is not None and len(self.done) == 1:
                raise self.error
            self.done.append(partition)
        return partition

    def complete(self, job):
        return {"total": sum(self.done), "nested": {"a": [1, None]}}

    def discard(self, job):
        self.discarded += 1


@pytest.fixture
def keeper() -> Jobs:
    return Jobs()


@pytest.fixture
def ledger(keeper, tmp_path) -> Iterator[JobLedger]:
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    job_service_pb2_grpc.add_JobServiceServicer_to_server(keeper, server)
    port = server.add_insecure_port("127.0.0.1:0")
    assert port
    server.start()
    channels = Channels("secret", max_message_bytes=1 << 20)
    owner = claim_owner(tmp_path, "tests")
    yield JobLedger(channels.to(f"127.0.0.1:{port}"), owner)
    owner.release()
    channels.close()
    server.stop(None).wait()


SPEC = JobSpec("count", "catalog", "pipeline_run", "ws_a", "cat_1", {"x": 1}, lock_key="cat_1")


@pytest.fixture
def log(tmp_path) -> Iterator[JobLog]:
    with job_log(tmp_path) as kept:
        yield kept


@pytest.fixture
def engines(ledger, log):
    started = []

    def start(runner, **options):
        engine = LocalEngine(ledger, log, {"count": runner}, Metrics(), **options)
        engine.start()
        started.append(engine)
        return engine

    yield start
    for engine in started:
        engine.stop(0)


def test_an_inline_run_is_recorded_from_start_to_result(engines, keeper):
    engine = engines(Counting([3, 4]))
    run = engine.open(SPEC)
    assert engine.prepare(run) == 7
    engine.execute(run)
    end = keeper.ends[run.job.id]
    assert (end.status, end.processed, end.total) == (job_pb2.JOB_STATUS_COMPLETED, 7, 7)
    assert dict(end.result)["total"] == 7
    assert keeper.jobs[run.job.id].lock_key == "cat_1"
    assert keeper.tokens == {"Bearer secret"}


def test_only_a_run_done_at_once_trusts_the_version_its_record_told(engines):
    runner = Counting([1])
    engine = engines(runner)
    for work in (engine.execute, engine.schedule):
        run = engine.open(SPEC)
        work(run)
        assert run.finished.wait(5)
    assert runner.registries == {"7", ""}


def test_a_scheduled_run_can_be_watched(engines, keeper):
    gate = threading.Event()
    engine = engines(Counting([1] * 6, gate=gate))
    run = engine.open(SPEC)
    engine.prepare(run)
    engine.schedule(run)
    seen = []
    for progress in engine.watch(run, 0.02):
        seen.append(progress)
        gate.set()
    assert seen
    assert seen[0] == (0, 6)
    assert (run.processed, keeper.ends[run.job.id].status) == (6, job_pb2.JOB_STATUS_COMPLETED)


def test_partitions_run_beside_each_other(engines):
    runner = Counting([1] * 8, gate=threading.Barrier(2))
    engine = engines(runner, partition_threads=2)
    run = engine.open(SPEC)
    engine.prepare(run)
    engine.execute(run)
    assert len(runner.threads) == 2


@pytest.mark.parametrize("threads", [1, 2])
def test_a_domain_error_fails_the_job_with_its_reason(engines, keeper, threads):
    runner = Counting([1] * 5, error=Broken("It is broken."))
    engine = engines(runner, partition_threads=threads)
    run = engine.open(SPEC)
    engine.prepare(run)
    with pytest.raises(Broken):
        engine.execute(run)
    end = keeper.ends[run.job.id]
    assert (end.status, end.error.code, end.error.message) == (job_pb2.JOB_STATUS_FAILED, "BROKEN", "It is broken.")
    assert runner.discarded == 1


def test_a_deadline_that_passes_does_not_leave_the_record_open(engines, keeper):
    engine = engines(Counting([3, 4]))
    with serving(Call("/tests", "req_1", deadline=time.monotonic() - 1)):
        run = engine.open(SPEC)
        engine.prepare(run)
        engine.execute(run)
    assert keeper.ends[run.job.id].status == job_pb2.JOB_STATUS_COMPLETED


def test_a_job_that_fails_by_its_deadline_says_so(engines, keeper, ledger):
    runner = Counting([1])
    engine = engines(runner)
    runner.prepare = lambda job: ledger.report(job, 0, 0)
    with serving(Call("/tests", "req_1", deadline=time.monotonic() - 1)):
        run = engine.open(SPEC)
        with pytest.raises(grpc.RpcError):
            engine.prepare(run)
    end = keeper.ends[run.job.id]
    assert (end.status, end.error.code) == (job_pb2.JOB_STATUS_FAILED, "DEADLINE_EXCEEDED")


def test_an_unknown_error_fails_the_job_without_its_text(engines, keeper):
    engine = engines(Counting([1] * 5, error=RuntimeError("SELECT secret")))
    run = engine.open(SPEC)
    engine.schedule(run)
    with pytest.raises(DomainError) as caught:
        list(engine.watch(run, 0.01))
    assert "SELECT" not in str(caught.value)
    assert keeper.ends[run.job.id].error.code == "INTERNAL"
    assert "SELECT" not in keeper.ends[run.job.id].error.message


def test_a_plan_that_fails_ends_the_job(engines, keeper):
    runner = Counting(None)
    engine = engines(runner)
    run = engine.open(SPEC)
    with pytest.raises(TypeError):
        engine.prepare(run)
    assert keeper.ends[run.job.id].status == job_pb2.JOB_STATUS_FAILED
    assert run.finished.is_set()


def test_progress_is_reported_and_a_cancel_stops_the_job(engines, keeper):
    gate = threading.Event()
    runner = Counting([1] * 50, gate=gate)
    engine = engines(runner)
    keeper.cancel = True
    run = engine.open(SPEC)
    engine.schedule(run)
    assert run.cancelled.wait(5)
    gate.set()
    with pytest.raises(JobCancelled):
        list(engine.watch(run, 0.01))
    assert keeper.reports
    assert keeper.ends[run.job.id].status == job_pb2.JOB_STATUS_CANCELLED
    assert len(runner.done) < 50


class Waiting(Counting):
    """Waits for ever within its partition, but asks whether it should."""

    def run_partition(self, job, partition):
        while True:
            job.check()
            time.sleep(0.01)


def test_a_partition_that_waits_learns_that_the_job_was_cancelled(engines, keeper):
    engine = engines(Waiting([1]))
    keeper.cancel = True
    run = engine.open(SPEC)
    engine.schedule(run)
    with pytest.raises(JobCancelled):
        list(engine.watch(run, 0.01))
    assert keeper.ends[run.job.id].status == job_pb2.JOB_STATUS_CANCELLED


def test_a_partition_that_waits_learns_that_the_service_stops(engines, keeper):
    engine = engines(Waiting([1, 1, 1]))
    run = engine.open(SPEC)
    engine.schedule(run)
    engine.stop(0.05)
    assert keeper.reports[-1].handing_over
    assert not keeper.ends


def test_a_record_that_was_taken_away_stops_the_job(engines, keeper):
    gate = threading.Event()
    engine = engines(Counting([1] * 50, gate=gate))
    keeper.taken = True
    run = engine.open(SPEC)
    engine.schedule(run)
    assert run.lost.wait(5)
    gate.set()
    assert run.finished.wait(5)
    assert not keeper.ends
    assert not run.runner.discarded


def test_stopping_interrupts_what_does_not_end_in_time(engines, keeper):
    gate = threading.Event()
    engine = engines(Counting([1] * 50, gate=gate))
    run = engine.open(SPEC)
    engine.schedule(run)
    stopper = threading.Thread(target=engine.stop, args=(0.05,))
    stopper.start()
    time.sleep(0.2)
    gate.set()
    stopper.join(10)
    with pytest.raises(JobInterrupted):
        run.raise_failure()
    assert (keeper.reports[-1].handing_over, keeper.reports[-1].processed) == (True, len(run.runner.done))
    assert not keeper.ends


def test_starting_fails_what_an_earlier_life_left(engines, keeper, ledger):
    engines(Counting([]))
    end = time.monotonic() + 5
    while not keeper.interrupted_asked_by and time.monotonic() < end:
        time.sleep(0.01)
    assert keeper.interrupted_asked_by == [ledger.owner.name]


def test_a_slot_is_taken_again_by_the_next_life_and_never_shared(tmp_path):
    first, second = claim_owner(tmp_path, "silver"), claim_owner(tmp_path, "silver")
    slots = [owner.name.split("#")[0] for owner in (first, second)]
    assert slots[0] != slots[1]
    first.release()
    again = claim_owner(tmp_path, "silver")
    assert again.name.split("#")[0] == slots[0]
    assert again.name != first.name
    again.release()
    second.release()


def test_a_job_that_waits_for_a_thread_stays_queued(engines, keeper):
    gate = threading.Event()
    engine = engines(Counting([1], gate=gate), job_threads=1)
    first, second = engine.open(SPEC), engine.open(SPEC)
    engine.schedule(first)
    engine.schedule(second)
    end = time.monotonic() + 5
    while len({report.job_id for report in keeper.reports}) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    gate.set()
    waiting = {report.job_id: report.waiting for report in reversed(keeper.reports)}
    assert waiting == {first.job.id: False, second.job.id: True}
    assert second.finished.wait(5)


def test_a_job_reports_before_it_works(engines, keeper):
    seen = []

    class Looking(Counting):
        def run_partition(self, job, partition):
            seen.append([(report.job_id, report.waiting) for report in keeper.reports])
            return super().run_partition(job, partition)

    engine = engines(Looking([1]))
    run = engine.open(SPEC)
    engine.schedule(run)
    assert run.finished.wait(5)
    assert (run.job.id, False) in seen[0]
