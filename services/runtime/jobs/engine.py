"""Runs jobs inside the service: small ones in the thread that asked, large ones on a pool.

This engine does not survive the process: a restart fails what was interrupted. The durable engine goes behind the same
two calls, `open` and `schedule`, with the same runners.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import grpc

from services.runtime.errors import DomainError, JobCancelled, JobFailed, JobInterrupted, status_of
from services.runtime.jobs.followers import Followers
from services.runtime.jobs.ledger import JobLedger
from services.runtime.jobs.model import Job, JobSpec, Outcome, Plan, Runner
from services.runtime.log import logger
from services.runtime.metrics import Metrics

REPORT_SECONDS = 1.0


@dataclass
class Run:
    """A job being worked on by this process."""

    job: Job
    runner: Runner
    started: float = field(default_factory=time.perf_counter)
    plan: Plan | None = None
    processed: int = 0
    working: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None
    error: BaseException | None = None

    @property
    def total(self) -> int:
        """Units in all; 0 before the plan is known."""
        return self.plan.total if self.plan else 0

    @property
    def duration_ms(self) -> int:
        """Milliseconds since the run was accepted."""
        return round((time.perf_counter() - self.started) * 1000)

    @property
    def result(self) -> Mapping[str, Any]:
        """What the run completed with; nothing of one that did not."""
        return self.outcome.result if self.outcome else {}

    def raise_failure(self) -> None:
        """Raises what a watcher of an ended run should see; nothing when it completed."""
        if self.outcome is None or self.outcome.status == "completed":
            return
        if isinstance(self.error, (DomainError, grpc.RpcError)):
            raise self.error
        code = grpc.StatusCode.CANCELLED if self.outcome.status == "cancelled" else grpc.StatusCode.INTERNAL
        raise JobFailed(self.outcome.reason, self.outcome.message, code=code)


class LocalEngine:
    """See module. One per process; `start` before the first job, `stop` after the last."""

    def __init__(
        self,
        ledger: JobLedger,
        runners: Mapping[str, Runner],
        metrics: Metrics,
        *,
        job_threads: int = 2,
        partition_threads: int = 2,
        followers: Followers | None = None,
    ) -> None:
        self._ledger = ledger
        self._runners = dict(runners)
        self._metrics = metrics
        self._partition_threads = partition_threads
        self._followers = followers
        self._jobs = ThreadPoolExecutor(job_threads, thread_name_prefix="job")
        self._partitions = ThreadPoolExecutor(job_threads * partition_threads, thread_name_prefix="partition")
        self._active: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._reporter = threading.Thread(target=self._report_forever, name="job-reporter", daemon=True)

    def start(self) -> None:
        """Begins reporting; fails what an earlier life left behind as soon as the record keeper answers."""
        self._reporter.start()

    def stop(self, grace_seconds: float = 10.0) -> None:
        """Lets active runs end within the grace, fails the rest as interrupted, and gives the owner's slot back."""
        end = time.monotonic() + grace_seconds
        for run in self._runs():
            run.finished.wait(max(0.0, end - time.monotonic()))
        self._stopping.set()
        if self._followers is not None:
            self._followers.stop()
        for run in self._runs():
            run.finished.wait(2.0)
        self._jobs.shutdown(wait=False, cancel_futures=True)
        self._partitions.shutdown(wait=False, cancel_futures=True)
        self._ledger.owner.release()

    def open(self, spec: JobSpec, job_id: str = "") -> Run:
        """Opens the job's record (and takes its lock). JOB_ALREADY_RUNNING passes through."""
        run = Run(self._ledger.start(spec, job_id), self._runners[spec.kind])
        run.job = replace(run.job, check=partial(self._check, run))
        with self._lock:
            self._active[run.job.id] = run
        return run

    def prepare(self, run: Run) -> Plan:
        """Divides the work in this thread, so that the caller knows the total. Failure ends the job and is raised."""
        try:
            run.plan = run.runner.prepare(run.job)
        except BaseException as error:
            self._end(run, self._failure(run, error), error)
            raise
        return run.plan

    def execute(self, run: Run) -> None:
        """Works in this thread until the job has ended. Failure is raised."""
        self._work(run)
        run.raise_failure()

    def schedule(self, run: Run) -> None:
        """Works on the pool; the caller may go away. An unprepared run is prepared there."""
        self._jobs.submit(self._begin, run)

    def watch(self, run: Run, interval_seconds: float = REPORT_SECONDS) -> Iterator[tuple[int, int]]:
        """Yields (processed, total) about every interval until the job has ended. Failure is raised."""
        while not run.finished.wait(interval_seconds):
            yield run.processed, run.total
        run.raise_failure()

    def _begin(self, run: Run) -> None:
        run.working = True
        run.job = replace(run.job, registry_version="")  # it has waited: what the record told then is no longer news
        self._report(run)  # at once, so that nobody sees a job at work that is said to wait
        self._work(run)

    def _work(self, run: Run) -> None:
        error: BaseException | None = None
        run.working = True
        try:
            if run.plan is None:
                run.plan = run.runner.prepare(run.job)
            self._run_partitions(run, run.plan)
            self._check(run)
            outcome = Outcome("completed", run.runner.complete(run.job))
        except Exception as caught:  # noqa: BLE001 - the boundary of a job: every failure becomes its outcome
            error = caught
            outcome = self._failure(run, caught)
        self._end(run, outcome, error)

    def _run_partitions(self, run: Run, plan: Plan) -> None:
        if len(plan.partitions) < 2 or self._partition_threads < 2:
            for partition in plan.partitions:
                self._check(run)
                self._count(run, run.runner.run_partition(run.job, partition))
            return
        pending: deque[Future[int]] = deque()
        try:
            for partition in plan.partitions:
                self._check(run)
                if len(pending) >= self._partition_threads:
                    self._count(run, pending.popleft().result())
                pending.append(self._partitions.submit(run.runner.run_partition, run.job, partition))
            while pending:
                self._count(run, pending.popleft().result())
        finally:
            for future in pending:
                if not future.cancel():
                    future.exception()  # wait: nothing of this job may write after its lock is freed

    def _count(self, run: Run, units: int) -> None:
        run.processed += units
        self._metrics.job_units.labels(run.job.kind).inc(units)

    def _check(self, run: Run) -> None:
        if self._stopping.is_set():
            raise JobInterrupted("The service was stopped before the job ended; start it again.")
        if run.cancelled.is_set():
            raise JobCancelled("The job was cancelled; what was done before stays.")

    def _failure(self, run: Run, error: BaseException) -> Outcome:
        if isinstance(error, JobCancelled):
            return Outcome("cancelled", reason=error.reason, message=error.message)
        if isinstance(error, DomainError):
            return Outcome("failed", reason=status_of(error)[1], message=error.message)
        if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return Outcome("failed", reason="DEADLINE_EXCEEDED", message="The deadline passed before the job was done.")
        logger().exception("job failed", job_id=run.job.id, kind=run.job.kind, exc_info=error)
        if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNAVAILABLE:
            return Outcome("failed", reason="UPSTREAM_UNAVAILABLE", message="A service this job needs went away.")
        return Outcome("failed", reason="INTERNAL", message=f"Internal error; quote job id {run.job.id}.")

    def _end(self, run: Run, outcome: Outcome, error: BaseException | None) -> None:
        run.outcome, run.error = outcome, error
        if outcome.status != "completed":
            try:
                run.runner.discard(run.job)
            except Exception:  # noqa: BLE001 - cleaning up must not hide why the job failed
                logger().exception("discard failed", job_id=run.job.id)
        try:
            self._ledger.finish(run.job, outcome, run.processed, run.total)
        except grpc.RpcError:
            # The record keeper failed the job when the lease ran out, or will: nothing more to do here.
            logger().exception("job end not recorded", job_id=run.job.id, status=outcome.status)
        else:
            if self._followers is not None:
                self._followers.after(run.job, outcome)
        finally:
            with self._lock:
                self._active.pop(run.job.id, None)
            self._metrics.jobs.labels(run.job.kind, outcome.status).inc()
            run.finished.set()

    def _runs(self) -> list[Run]:
        with self._lock:
            return list(self._active.values())

    def _report_forever(self) -> None:
        self._fail_interrupted()
        while not self._stopping.wait(REPORT_SECONDS):
            for run in self._runs():
                self._report(run)

    def _report(self, run: Run) -> None:
        try:
            if self._ledger.report(run.job, run.processed, run.total, waiting=not run.working):
                run.cancelled.set()
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if code is grpc.StatusCode.FAILED_PRECONDITION and not run.finished.is_set():
                run.cancelled.set()  # the record was taken from us: stop before somebody else starts
            logger().warning("progress not recorded", job_id=run.job.id, code=str(code))

    def _fail_interrupted(self) -> None:
        while not self._stopping.is_set():
            try:
                for job_id in self._ledger.fail_interrupted():
                    logger().warning("job was interrupted by a restart", job_id=job_id)
                return
            except grpc.RpcError:
                self._stopping.wait(REPORT_SECONDS)
