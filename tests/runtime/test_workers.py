# ruff: noqa: F811 - fixtures are found by their names
"""Several processes that work on the jobs of one service: here several engines on one database."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
import sqlalchemy as sa
from assay.workspace.v1 import job_pb2, job_service_pb2, job_service_pb2_grpc

from services.runtime.channels import Channels
from services.runtime.errors import JobCancelled, JobFailed
from services.runtime.jobs import JobLedger, JobSpec, LocalEngine, claim_owner
from services.runtime.jobs.tables import LIVES
from services.runtime.metrics import Metrics
from tests.runtime.test_jobs import SPEC, Broken, Counting, Jobs, log  # noqa: F401 - fixtures
from tests.runtime.test_recovery import until

BIG = JobSpec("count", "catalog", "pipeline_run", "ws_big", "cat_1", {}, lock_key="cat_1")
SMALL = JobSpec("count", "catalog", "pipeline_run", "ws_small", "cat_2", {}, lock_key="cat_2")
OPEN = (job_pb2.JOB_STATUS_QUEUED, job_pb2.JOB_STATUS_ACTIVE)


class Keeper(Jobs):
    """Knows whose a job is, as the workspace service does."""

    def __init__(self):
        super().__init__()
        self.of = {}
        self.answers = threading.Event()
        self.answers.set()
        self.refuses_reports = threading.Event()
        # Asked with the name of each call about a job's end or its owner; may wait.
        self.before = lambda call: None

    def StartJob(self, request, context):
        answer = super().StartJob(request, context)
        record = job_pb2.Job(id=request.job_id, status=job_pb2.JOB_STATUS_QUEUED)
        self.records[request.job_id] = record
        self.of[request.job_id] = request.owner
        return answer

    def ReportJob(self, request, context):
        self.answers.wait(30)
        if self.refuses_reports.is_set():
            context.abort(grpc.StatusCode.INTERNAL, "not now")
        if self.records[request.job_id].status not in OPEN or self.of[request.job_id] not in ("", request.owner):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not yours")
        if request.handing_over:
            self.of[request.job_id] = ""
        record = self.records[request.job_id]
        if not (request.waiting or request.handing_over):
            record.status = job_pb2.JOB_STATUS_ACTIVE
        record.progress.processed, record.progress.total = request.processed, request.total
        return super().ReportJob(request, context)

    def FailInterruptedJobs(self, request, context):
        self.before("FailInterruptedJobs")
        return super().FailInterruptedJobs(request, context)

    def TakeOverJob(self, request, context):
        self.before("TakeOverJob")
        slots = {owner.rpartition("#")[0] for owner in (self.of[request.job_id], request.owner)} - {""}
        if len(slots) > 1 and self.records[request.job_id].status in OPEN:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "its owner is alive")
        self.of[request.job_id] = request.owner
        return super().TakeOverJob(request, context)

    def FinishJob(self, request, context):
        self.before("FinishJob")
        answer = super().FinishJob(request, context)
        record = self.records[request.job_id]
        record.status = request.status
        record.result.CopyFrom(request.result)
        record.error.code, record.error.message = request.error.code, request.error.message
        return answer

    def GetJob(self, request, context):
        return job_service_pb2.GetJobResponse(job=self.records[request.job_id])


@pytest.fixture
def keeper():
    return Keeper()


@pytest.fixture
def workers(keeper, log, tmp_path):
    """Starts engines: each is a process with a slot of its own."""
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    job_service_pb2_grpc.add_JobServiceServicer_to_server(keeper, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channels = Channels("secret", max_message_bytes=1 << 20)
    engines = []

    def start(runner, **options):
        ledger = JobLedger(channels.to(f"127.0.0.1:{port}"), claim_owner(tmp_path / "run", "tests"))
        engine = LocalEngine(ledger, log, {"count": runner}, Metrics(), **options)
        engine.start()
        engines.append(engine)
        return engine

    yield start
    for engine in engines:
        engine.stop(0)
    channels.close()
    server.stop(None).wait()


def ended(keeper, run):
    until(lambda: run.job.id in keeper.ends, 30)
    return keeper.ends[run.job.id]


class Once:
    """Waits the first time only."""

    def __init__(self, barrier):
        self.barriers = [barrier]

    def wait(self, seconds):
        if self.barriers:
            self.barriers.pop().wait(seconds)


def test_partitions_of_one_job_are_done_by_all(workers, keeper, log):
    meet = threading.Barrier(3)
    runners = [Counting([1] * 12, gate=Once(meet)) for _ in range(3)]
    first, *_ = [workers(runner, partition_threads=1) for runner in runners]
    run = first.open(SPEC)
    first.prepare(run)
    first.schedule(run)
    end = ended(keeper, run)
    assert (end.status, end.processed, end.total) == (job_pb2.JOB_STATUS_COMPLETED, 12, 12)
    counts = [len(runner.done) for runner in runners]
    assert sum(counts) == 12
    assert all(counts)
    until(lambda: log.left("") == [])


def test_what_fails_with_a_helper_fails_the_job_with_its_reason(workers, keeper):
    gate = threading.Event()
    mine, other = Counting([1] * 8, gate=gate), Counting(None)

    def breaking(job, partition):
        gate.set()
        raise Broken("It is broken.")

    other.run_partition = breaking
    first = workers(mine, partition_threads=1)
    workers(other, partition_threads=1)
    run = first.open(SPEC)
    first.prepare(run)
    first.schedule(run)
    end = ended(keeper, run)
    assert (end.status, end.error.code, end.error.message) == (job_pb2.JOB_STATUS_FAILED, "BROKEN", "It is broken.")
    assert (mine.discarded, other.discarded) == (1, 0)


def test_a_cancelled_job_is_left_by_its_helpers(workers, keeper):
    gates = [threading.Event(), threading.Event()]
    runners = [Counting([1] * 50, gate=gate) for gate in gates]
    first, second = [workers(runner, partition_threads=1) for runner in runners]
    run = first.open(SPEC)
    first.prepare(run)
    first.schedule(run)
    until(lambda: any(other.helping for other in second._runs()))
    keeper.cancel = True
    assert run.cancelled.wait(5)
    gates[0].set()
    assert ended(keeper, run).status == job_pb2.JOB_STATUS_CANCELLED
    gates[1].set()
    until(lambda: not second._runs())
    assert len(runners[1].done) <= 2  # one at work, and one that it had taken already: neither is written


def test_jobs_that_are_opened_for_workers_are_done_by_them(workers, keeper, log):
    asked, works = Counting([3, 4]), Counting([3, 4])
    front = workers(asked, works=False)
    run = front.open(SPEC)
    assert front.prepare(run) == 7
    front.schedule(run)
    workers(works)
    seen = list(front.watch(run, 0.05))
    assert seen[-1][1] == 7
    assert (sorted(works.done), asked.done, run.result) == ([3, 4], [], {"total": 7, "nested": {"a": [1, None]}})
    assert isinstance(run.result["total"], int)
    assert keeper.ends[run.job.id].owner != keeper.jobs[run.job.id].owner
    until(lambda: log.left("") == [])


def test_small_jobs_are_done_at_once_where_they_are_opened(workers):
    runner = Counting([3, 4])
    front = workers(runner, works=False)
    run = front.open(SPEC)
    front.execute(run)
    assert sorted(runner.done) == [3, 4]


def test_the_lease_of_a_job_that_waits_for_a_worker_is_renewed(workers, keeper):
    front = workers(Counting([1, 1]), works=False)
    run = front.open(SPEC)
    front.schedule(run)
    until(lambda: len(keeper.reports) >= 3)
    assert all(report.handing_over for report in keeper.reports)
    assert keeper.ends == {}


def test_a_job_whose_giving_was_not_heard_is_given_all_the_same(workers, keeper):
    """Otherwise it would be kept for the workers by a process that does not work, for ever."""
    keeper.refuses_reports.set()
    front = workers(Counting([3, 4]), works=False)
    run = front.open(SPEC)
    with pytest.raises(grpc.RpcError):
        front.schedule(run)
    keeper.refuses_reports.clear()
    workers(Counting([3, 4]))
    assert ended(keeper, run).processed == 7


def test_a_job_that_a_worker_has_before_the_giving_is_heard_was_given(workers, keeper, monkeypatch):
    front = workers(Counting([3, 4]), works=False)
    plain = front._ledger.report

    def late(job, *told, **how):
        until(lambda: keeper.of[job.id] != front._ledger.owner.name)
        return plain(job, *told, **how)

    run = front.open(SPEC)
    workers(Counting([3, 4]))
    keeper.of[run.job.id] = ""
    monkeypatch.setattr(front._ledger, "report", late)
    front.schedule(run)
    assert ended(keeper, run).processed == 7


@pytest.mark.parametrize("refused", [0, 1])
def test_a_job_that_waits_for_a_worker_can_be_cancelled(workers, keeper, log, refused):
    runner = Counting([1, 1])
    refusals = iter([True] * refused)
    keeper.refuses_end = lambda: next(refusals, False)
    front = workers(runner, works=False)
    run = front.open(SPEC)
    front.schedule(run)
    keeper.cancel = True
    assert ended(keeper, run).status == job_pb2.JOB_STATUS_CANCELLED
    with pytest.raises(JobFailed) as caught:
        list(front.watch(run, 0.05))
    assert caught.value.job_reason == JobCancelled.reason
    until(lambda: not front.busy_with())
    assert (log.left("nobody"), runner.discarded) == ([], 1)


def test_a_job_that_waits_for_a_thread_is_cancelled_without_one(workers, keeper):
    class Long:
        entered, opened = threading.Event(), threading.Event()

        def wait(self, seconds):
            self.entered.set()
            self.opened.wait(30)

    engine = workers(Counting([1] * 3, gate=Long()), job_threads=1, partition_threads=1)
    at_work, waiting = engine.open(SPEC), engine.open(SMALL)
    engine.schedule(at_work)
    assert Long.entered.wait(10)
    engine.schedule(waiting)
    keeper.cancel = True
    assert ended(keeper, waiting).status == job_pb2.JOB_STATUS_CANCELLED
    assert at_work.job.id not in keeper.ends
    Long.opened.set()
    assert ended(keeper, at_work).status == job_pb2.JOB_STATUS_CANCELLED


def test_a_record_keeper_that_hangs_keeps_no_life_from_being_told(workers, keeper, log):
    def seen():
        with log.database.read() as connection:
            return connection.execute(sa.select(LIVES.c.seen)).scalar_one()

    gate = threading.Event()
    engine = workers(Counting([1] * 3, gate=gate))
    run = engine.open(SPEC)
    keeper.answers.clear()
    engine.schedule(run)
    for _ in range(3):
        before = seen()
        until(lambda before=before: seen() > before)
    gate.set()
    keeper.answers.set()
    assert ended(keeper, run).processed == 3


def test_a_partition_that_was_given_unheard_is_done_all_the_same(workers, keeper, log, monkeypatch):
    """The connection breaks after the transaction is through, before its answer has come."""
    monkeypatch.setattr("services.runtime.jobs.recovery.STRAY_SECONDS", 0.1)
    engine = workers(Counting([1] * 4), partition_threads=1)
    plain, cuts = engine._shares.take, iter([False, True])

    def cut(job_id, *, fresh):
        part = plain(job_id, fresh=fresh)
        if next(cuts, False):
            engine._shares.let_go(job_id, part)  # it never came to know of it
            raise sa.exc.OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)
        return part

    monkeypatch.setattr(engine._shares, "take", cut)
    run = engine.open(SPEC)
    engine.schedule(run)
    assert ended(keeper, run).processed == 4


def test_a_job_that_is_handed_over_goes_on_elsewhere(workers, keeper):
    gate = threading.Event()
    runners = [Counting([1] * 30, gate=gate), Counting([1] * 30)]
    first = workers(runners[0], partition_threads=1)
    run = first.open(SPEC)
    first.prepare(run)
    first.schedule(run)
    until(lambda: run.working)
    first.drain()
    gate.set()
    assert run.finished.wait(10)
    workers(runners[1])  # at once, although the first is still there
    assert ended(keeper, run).processed == 30
    assert len(runners[0].done) + len(runners[1].done) == 30
    assert runners[1].done


def test_a_small_job_is_done_while_a_large_one_of_another_workspace_runs(workers, keeper, monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.engine.TURN_SECONDS", 0.0)
    held = threading.Event()

    class Large(Counting):
        def prepare(self, job):
            plan = super().prepare(job)
            return plan if job.workspace_id == "ws_big" else type(plan)([1, 1], 2)

        def run_partition(self, job, partition):
            if job.workspace_id == "ws_big" and len(self.done) >= 5:
                held.wait(10)
            return super().run_partition(job, partition)

    runner = Large([1] * 200)
    engine = workers(runner, job_threads=1, partition_threads=1)
    large = engine.open(BIG)
    engine.schedule(large)
    until(lambda: len(runner.done) >= 5)
    small = engine.open(SMALL)
    engine.schedule(small)
    held.set()
    assert ended(keeper, small).status == job_pb2.JOB_STATUS_COMPLETED
    assert large.job.id not in keeper.ends
    assert ended(keeper, large).processed == 200


def test_a_job_whose_database_is_away_for_a_moment_goes_on(workers, keeper, log):
    """Here: the file is locked by somebody else for longer than anybody waits."""
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    runner = Counting([1] * 4)
    failures = iter([True, False])
    plain = runner.run_partition

    def failing(job, partition):
        if next(failures, False):
            raise sa.exc.OperationalError("x", {}, locked)
        return plain(job, partition)

    runner.run_partition = failing
    engine = workers(runner)
    run = engine.open(SPEC)
    engine.schedule(run)
    assert ended(keeper, run).processed == 4


def test_a_job_goes_on_when_there_is_room_on_the_disk_again(workers, keeper, log):
    """SQLite is told that its file may not grow: what it says then is what it says of a disk that is full."""
    full, refused, written = threading.Event(), threading.Event(), []
    full.set()
    blobs = sa.Table("blobs", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("blob", sa.LargeBinary))

    class Writing(Counting):
        def run_partition(self, job, partition):
            try:
                with log.database.write() as connection:
                    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                    most = pages if full.is_set() and len(written) == 2 else 1_000_000
                    connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")
                    connection.execute(sa.insert(blobs), {"id": partition, "blob": b"x" * 200_000})
            except sa.exc.OperationalError:
                refused.set()
                with log.database.write() as connection:  # others have room for their few bytes
                    connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
                raise
            written.append(partition)
            return partition

    with log.database.write() as connection:
        blobs.create(connection)
    engine = workers(Writing([1, 2, 3, 4]), partition_threads=1)
    run = engine.open(SPEC)
    engine.schedule(run)
    assert refused.wait(10)
    assert not run.finished.is_set()
    full.clear()
    assert ended(keeper, run).processed == 10
    with log.database.read() as connection:
        assert sorted(connection.execute(sa.select(blobs.c.id)).scalars()) == [1, 2, 3, 4]
