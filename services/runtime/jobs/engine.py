"""Runs jobs inside the service: small ones in the thread that asked, large ones on a pool.

Jobs outlive the process: what is needed to go on with them is in the service's database (`log`), and the next life of
this process, or another one, takes them over (`recovery`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import grpc

from services.runtime.errors import DomainError, JobCancelled, JobInterrupted, status_of
from services.runtime.jobs.followers import Followers
from services.runtime.jobs.ledger import JobLedger, settings_text
from services.runtime.jobs.log import Divided, JobLog
from services.runtime.jobs.model import JobSpec, Outcome, Plan, Runner
from services.runtime.jobs.parts import Partitions
from services.runtime.jobs.patience import Do, at_once, patiently
from services.runtime.jobs.recovery import Recovery, discard
from services.runtime.jobs.run import INTERRUPTED, Run
from services.runtime.log import logger
from services.runtime.metrics import Metrics

REPORT_SECONDS = 1.0


class LocalEngine:
    """See module. One per process; `start` before the first job, `stop` after the last."""

    def __init__(
        self,
        ledger: JobLedger,
        log: JobLog,
        runners: Mapping[str, Runner],
        metrics: Metrics,
        *,
        job_threads: int = 2,
        partition_threads: int = 2,
        followers: Followers | None = None,
        patience_seconds: float = 300.0,
    ) -> None:
        """`patience_seconds`: how long a job on the pool waits for a neighbour that does not answer."""
        self._ledger = ledger
        self._log = log
        self._runners = dict(runners)
        self._metrics = metrics
        self._followers = followers
        self._patience_seconds = patience_seconds
        self._jobs = ThreadPoolExecutor(job_threads, thread_name_prefix="job")
        self._pool = ThreadPoolExecutor(job_threads * partition_threads, thread_name_prefix="partition")
        self._partitions = Partitions(log, ledger.owner.name, self._pool, partition_threads)
        self._recovery = Recovery(ledger, log, self._runners, self._resume, self._follow)
        self._active: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._draining = threading.Event()
        self._stopping = threading.Event()
        self._reporter = threading.Thread(target=self._report_forever, name="job-reporter", daemon=True)

    def start(self) -> None:
        """Begins reporting; goes on with what an earlier life left behind as soon as the record keeper answers."""
        self._reporter.start()

    def drain(self) -> None:
        """From now on no partition is begun: jobs are handed over as soon as those under way have ended."""
        self._draining.set()

    def stop(self, grace_seconds: float = 30.0) -> None:
        """Lets partitions under way end within the grace, hands over the jobs, and gives the owner's slot back."""
        self.drain()
        end = time.monotonic() + grace_seconds
        for run in self._runs():
            run.finished.wait(max(0.0, end - time.monotonic()))
        self._stopping.set()
        if self._followers is not None:
            self._followers.stop()
        for run in self._runs():
            run.finished.wait(2.0)
        self._jobs.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._ledger.owner.release()

    def open(self, spec: JobSpec, job_id: str = "") -> Run:
        """Opens the job's record (and takes its lock). JOB_ALREADY_RUNNING passes through."""
        run = Run(self._ledger.start(spec, job_id), self._runners[spec.kind])
        run.job = replace(run.job, check=partial(self._check, run))
        try:
            self._log.add(run.job, settings_text(run.job), self._ledger.owner.name)
        except BaseException as error:
            self._end(run, self._failure(run, error), error)
            raise
        with self._lock:
            self._active[run.job.id] = run
        return run

    def prepare(self, run: Run) -> Plan:
        """Divides the work in this thread, so that the caller knows the total. Failure ends the job and is raised."""
        try:
            return self._divide(run)
        except BaseException as error:
            self._end(run, self._failure(run, error), error)
            raise

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

    def _divide(self, run: Run) -> Plan:
        if run.plan is not None:
            return run.plan
        plan = run.runner.prepare(run.job)
        # What is one partition is done again as a whole; unless that may be what took the process down.
        if len(plan.partitions) > 1 or run.recovered:
            run.divided = self._log.divide(run.job.id, plan)
        run.plan = plan
        return plan

    def _resume(self, run: Run, divided: Divided | None) -> None:
        """Goes on with what another life began."""
        run.job = replace(run.job, check=partial(self._check, run))
        if divided is not None:
            run.plan, run.divided, run.processed = divided.plan, divided, divided.units
        with self._lock:
            self._active[run.job.id] = run
        self.schedule(run)

    def _begin(self, run: Run) -> None:
        run.job = replace(run.job, registry_version="")  # it has waited: what the record told then is no longer news
        if not self._draining.is_set():
            run.working = True
            self._report(run)  # at once, so that nobody sees a job at work that is said to wait
        self._work(run, partial(patiently, check=partial(self._check, run), seconds=self._patience_seconds))

    def _work(self, run: Run, do: Do = at_once) -> None:
        error: BaseException | None = None
        run.working = True
        try:
            self._between(run)
            plan = do(partial(self._divide, run))
            if run.divided is None:
                for partition in plan.partitions:
                    self._check(run)
                    self._count(run, do(partial(run.runner.run_partition, run.job, partition)))
            else:
                self._partitions.run(run, do, partial(self._between, run), partial(self._count, run))
            self._check(run)
            outcome = Outcome("completed", do(partial(run.runner.complete, run.job)))
        except Exception as caught:  # noqa: BLE001 - the boundary of a job: every failure becomes its outcome
            error = caught
            outcome = self._failure(run, caught)
        self._end(run, outcome, error)

    def _count(self, run: Run, units: int) -> None:
        run.processed += units
        self._metrics.job_units.labels(run.job.kind).inc(units)

    def _between(self, run: Run) -> None:
        """Asked where a job can be left and gone on with."""
        if self._draining.is_set():
            raise _interrupted()
        self._check(run)

    def _check(self, run: Run) -> None:
        if self._stopping.is_set() or run.lost.is_set():
            raise _interrupted()
        if run.cancelled.is_set():
            raise JobCancelled("The job was cancelled; what was done before stays.")

    def _failure(self, run: Run, error: BaseException) -> Outcome:
        if isinstance(error, JobInterrupted):
            return Outcome(INTERRUPTED, reason=error.reason, message=error.message)
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
        try:
            if outcome.status == INTERRUPTED:
                self._hand_over(run)
            else:
                self._record(run, outcome)
        finally:
            with self._lock:
                self._active.pop(run.job.id, None)
            self._metrics.jobs.labels(run.job.kind, outcome.status).inc()
            run.finished.set()

    def _record(self, run: Run, outcome: Outcome) -> None:
        if outcome.status != "completed":
            discard(run)
        try:
            self._ledger.finish(run.job, outcome, run.processed, run.total)
        except grpc.RpcError:
            # Whoever takes the job over ends it again, or finds that its record has ended otherwise.
            logger().exception("job end not recorded", job_id=run.job.id, status=outcome.status)
            self._recovery.leave(run.job.id)
        else:
            self._follow(run, outcome)

    def _follow(self, run: Run, outcome: Outcome) -> None:
        """Has what follows the job started; then the job is forgotten."""
        forget = partial(self._recovery.forget, run.job.id)
        if self._followers is None:
            forget()
        else:
            self._followers.after(run.job, outcome, forget)

    def _hand_over(self, run: Run) -> None:
        """The job stays in the log, for the next life of this process or whoever takes it over."""
        if run.lost.is_set():
            self._recovery.leave(run.job.id)
            return
        try:
            self._ledger.report(run.job, run.processed, run.total, handing_over=True)
        except grpc.RpcError:
            logger().warning("job not handed over", job_id=run.job.id)

    def _runs(self) -> list[Run]:
        with self._lock:
            return list(self._active.values())

    def _report_forever(self) -> None:
        self._recovery.begin(self._stopping)
        while not self._stopping.wait(REPORT_SECONDS):
            for run in self._runs():
                self._report(run)
            if not self._draining.is_set():
                self._recovery.look()

    def _report(self, run: Run) -> None:
        try:
            if self._ledger.report(run.job, run.processed, run.total, waiting=not run.working):
                run.cancelled.set()
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if run.finished.is_set():
                return  # it ended while we reported
            if code is grpc.StatusCode.FAILED_PRECONDITION:
                run.lost.set()  # the record was taken from us: stop before somebody else starts
            logger().warning("progress not recorded", job_id=run.job.id, code=str(code))


def _interrupted() -> JobInterrupted:
    return JobInterrupted("The service stops before the job has ended; it goes on after the restart.")
