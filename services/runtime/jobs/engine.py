"""Runs jobs inside the service: small ones in the thread that asked, large ones on a pool.

Jobs outlive the process: what is needed to go on with them is in the service's database (`log`, `shares`), and the next
life of this process, or another one, takes them over (`recovery`). Partitions of one job are done by all processes that
have a hand free.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

import grpc
import sqlalchemy as sa

from services.runtime.database import guarded
from services.runtime.errors import DomainError, JobCancelled, JobInterrupted
from services.runtime.jobs.elsewhere import Elsewhere
from services.runtime.jobs.failures import outcome_of_failure
from services.runtime.jobs.followers import Followers
from services.runtime.jobs.ledger import JobLedger, settings_text
from services.runtime.jobs.lives import Life
from services.runtime.jobs.log import Divided, JobLog
from services.runtime.jobs.model import JobSpec, Outcome, Runner
from services.runtime.jobs.parts import Partitions
from services.runtime.jobs.patience import Do, at_once, patiently
from services.runtime.jobs.recovery import Recovery, discard
from services.runtime.jobs.reporter import Reporter
from services.runtime.jobs.run import INTERRUPTED, Run
from services.runtime.jobs.shares import Shares
from services.runtime.jobs.threads import stand_back
from services.runtime.jobs.turns import TurnsPool
from services.runtime.log import logger
from services.runtime.metrics import Metrics

WATCH_SECONDS = 1.0
TURN_SECONDS = 2.0
"""How long a job works before it gives way to one of another workspace that waits."""
ASIDE_THREADS = 4
ROOM = 4
"""Jobs of other processes that are taken over, for each job that is run at once."""


class GiveWay(Exception):
    """The job goes on when others have had their turn."""


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
        works: bool = True,
    ) -> None:
        """`patience_seconds`: how long a job on the pool waits for a neighbour or a database that does not answer.
        `works`: whether jobs are run on the pool here; otherwise they are left to processes that do.
        """
        self._ledger = ledger
        self._log = log
        self._runners = dict(runners)
        self._metrics = metrics
        self._followers = followers
        self._patience_seconds = patience_seconds
        self._works = works
        self._room = job_threads * ROOM
        self._jobs = TurnsPool(job_threads, "job")
        self._pool = ThreadPoolExecutor(job_threads * partition_threads, "partition", stand_back)
        self._aside = ThreadPoolExecutor(ASIDE_THREADS, thread_name_prefix="job-end")
        self._life = Life(log.database, ledger.owner.name)
        self._shares = Shares(log.database, ledger.owner.name)
        self._partitions = Partitions(self._shares, self._pool, partition_threads)
        self._elsewhere = Elsewhere(ledger, log, self._life, self._aside)
        self._active: dict[str, Run] = {}
        self._following: set[str] = set()
        self._lock = threading.Lock()
        self._draining = threading.Event()
        self._stopping = threading.Event()
        self._recovery = Recovery(
            ledger,
            log,
            self._shares,
            self._life,
            runners=self._runners,
            hands=self,
            works=works,
            draining=self._draining,
        )
        self._reporter = Reporter(
            ledger,
            log,
            self._life,
            self._shares,
            elsewhere=self._elsewhere,
            runs=self._runs,
            ended=self._followed,
            drop=self._drop,
            hurry=self._hurry,
        )

    def start(self) -> None:
        """Begins reporting; goes on with what an earlier life left behind as soon as the record keeper answers."""
        self._life.start()
        self._reporter.start()
        self._recovery.start()

    def drain(self) -> None:
        """From now on no partition is begun: jobs are handed over as soon as those under way have ended."""
        self._draining.set()

    def stop(self, grace_seconds: float = 30.0) -> None:
        """Lets partitions under way end within the grace, hands over the jobs, and gives the owner's slot back."""
        self.drain()
        self._recovery.stop()
        end = time.monotonic() + grace_seconds
        for run in self._runs():
            if not run.elsewhere:
                run.finished.wait(max(0.0, end - time.monotonic()))
        self._stopping.set()
        if self._followers is not None:
            self._followers.stop()
        for run in self._runs():
            if not run.elsewhere:
                run.finished.wait(2.0)
        self._jobs.shutdown()
        self._pool.shutdown(wait=False)
        self._aside.shutdown(wait=False)
        self._reporter.stop()
        self._life.stop()
        self._ledger.owner.release()

    def open(self, spec: JobSpec, job_id: str = "") -> Run:
        """Opens the job's record (and takes its lock). JOB_ALREADY_RUNNING passes through."""
        asked = self._life.seen
        run = Run(self._ledger.start(spec, job_id), self._runners[spec.kind])
        try:
            self._log.add(run.job, settings_text(run.job), self._ledger.owner.name, asked)
        except BaseException as error:
            outcome = outcome_of_failure(run.job, error)
            discard(run)
            self._ledger.finish(run.job, outcome, 0, 0)
            raise
        self._enlist(run)
        return run

    def prepare(self, run: Run) -> int:
        """Divides the work in this thread; the units in all. Failure ends the job and is raised."""
        try:
            self._divide(run)
            return run.total
        except BaseException as error:
            self._end(run, outcome_of_failure(run.job, error), error)
            raise

    def execute(self, run: Run) -> None:
        """Works in this thread until the job has ended. Failure is raised."""
        self._work(run)
        run.raise_failure()

    def schedule(self, run: Run) -> None:
        """Works on the pool, here or elsewhere; the caller may go away. An unprepared run is prepared there."""
        if not self._works:
            self._elsewhere.give(run)
            return
        self._submit(run, partial(self._begin, run))

    def watch(self, run: Run, interval_seconds: float = WATCH_SECONDS) -> Iterator[tuple[int, int]]:
        """Yields (processed, total) about every interval until the job has ended. Failure is raised."""
        while not run.finished.wait(interval_seconds):
            if run.elsewhere:
                self._elsewhere.look(run)
            yield run.processed, run.total
        run.raise_failure()

    def resume(self, run: Run, divided: Divided | None) -> None:
        """Goes on with what another life began."""
        self._adopted(run, divided)
        self.schedule(run)

    def give_up(self, run: Run, divided: Divided | None, error: DomainError) -> None:
        """Ends what other lives began in vain."""
        self._adopted(run, divided)
        self._aside.submit(self._end, run, outcome_of_failure(run.job, error), error)

    def help(self, run: Run) -> None:
        """Does partitions of a job that is another process's, as long as there are some."""
        run.helping = True
        self._enlist(run)
        self._submit(run, partial(self._lend_a_hand, run))

    def busy_with(self) -> set[str]:
        """The jobs that some thread of this process still has to do with."""
        with self._lock:
            return {*self._active, *self._following}

    def takes_more(self) -> bool:
        """Whether there is room for jobs of others."""
        return not self._draining.is_set() and len(self._runs()) < self._room

    def helps(self, job_id: str) -> bool:
        """Whether there is a hand free for partitions of this job."""
        with self._lock:
            return job_id not in self._active and self._jobs.free > 0

    def _adopted(self, run: Run, divided: Divided | None) -> None:
        if divided is not None:
            run.divided, run.known_total, run.processed = True, divided.total, divided.units
        self._enlist(run)

    def _enlist(self, run: Run) -> None:
        run.job = replace(run.job, check=partial(self._check, run))
        with self._lock:
            self._active[run.job.id] = run

    def _submit(self, run: Run, work: Callable[[], None]) -> None:
        run.queued = work
        self._jobs.submit(run.job.workspace_id, work)

    def _hurry(self, run: Run) -> None:
        """What waits for a thread and is cancelled, or somebody else's, ends without one."""
        is_to_end = run.cancelled.is_set() or run.lost.is_set()
        if is_to_end and run.queued is not None and self._jobs.withdraw(run.job.workspace_id, run.queued):
            self._aside.submit(run.queued)

    def _divide(self, run: Run) -> None:
        if run.plan is not None or run.divided:
            return
        with self._mine(run):
            plan = run.runner.prepare(run.job)
        # What is one partition is done again as a whole; unless that may be what took the process down.
        if len(plan.partitions) > 1 or run.recovered:
            self._log.divide(run.job.id, plan, self._ledger.owner.name)
            run.divided = True
        run.plan = plan

    def _mine(self, run: Run) -> AbstractContextManager[None]:
        """Within it nothing is written of a job that somebody else has taken over."""
        owner = self._ledger.owner.name
        return guarded(self._log.database, partial(self._log.require, job_id=run.job.id, life=owner))

    def _begin(self, run: Run) -> None:
        run.job = replace(run.job, registry_version="")  # it has waited: what the record told then is no longer news
        run.turn_began, run.may_give_way = time.monotonic(), False
        if not self._draining.is_set() and not run.working:
            run.working = True
            self._reporter.report(run)  # at once, so that nobody sees a job at work that is said to wait
        self._work(run, self._patiently(run))

    def _patiently(self, run: Run) -> Do:
        return partial(patiently, check=partial(self._check, run), seconds=self._patience_seconds)

    def _work(self, run: Run, do: Do = at_once) -> None:
        error: BaseException | None = None
        run.working = True
        try:
            self._between(run)
            do(partial(self._divide, run))
            if run.divided or run.plan is None:
                self._partitions.run(run, do, partial(self._between, run), partial(self._count, run))
            else:
                with self._mine(run):
                    for partition in run.plan.partitions:
                        self._check(run)
                        self._count(run, do(partial(run.runner.run_partition, run.job, partition)))
            self._check(run)
            with self._mine(run):
                outcome = Outcome("completed", do(partial(run.runner.complete, run.job)))
        except GiveWay:
            self._submit(run, partial(self._begin, run))
            return
        except Exception as caught:  # noqa: BLE001 - the boundary of a job: every failure becomes its outcome
            error = caught
            outcome = outcome_of_failure(run.job, caught)
        self._end(run, outcome, error)

    def _lend_a_hand(self, run: Run) -> None:
        run.turn_began, run.may_give_way = time.monotonic(), False
        logger().info("job is helped with", job_id=run.job.id, kind=run.job.kind)
        try:
            self._partitions.help(run, self._patiently(run), partial(self._between, run), partial(self._count, run))
        except (GiveWay, JobInterrupted, JobCancelled):
            pass
        except Exception:  # noqa: BLE001 - the boundary of the thread; the job's owner goes on
            logger().exception("job not helped with", job_id=run.job.id)
        finally:
            run.runner.forget(run.job)
            self._drop(run)

    def _count(self, run: Run, units: int) -> None:
        if not run.divided:  # otherwise the log says it, which knows what others do as well
            run.processed += units
        run.may_give_way = run.turn_began > 0
        self._metrics.job_units.labels(run.job.kind).inc(units)

    def _between(self, run: Run) -> None:
        """Asked where a job can be left and gone on with."""
        if self._draining.is_set():
            raise _interrupted()
        self._check(run)
        has_had_its_turn = run.may_give_way and time.monotonic() - run.turn_began > TURN_SECONDS
        if has_had_its_turn and self._jobs.others_wait(run.job.workspace_id):
            raise GiveWay

    def _check(self, run: Run) -> None:
        if self._stopping.is_set() or run.lost.is_set():
            raise _interrupted()
        if run.cancelled.is_set():
            raise JobCancelled("The job was cancelled; what was done before stays.")

    def _end(self, run: Run, outcome: Outcome, error: BaseException | None) -> None:
        run.outcome, run.error = outcome, error
        try:
            if outcome.status == INTERRUPTED:
                self._hand_over(run)
            else:
                self._record(run, outcome)
        finally:
            run.runner.forget(run.job)
            self._metrics.jobs.labels(run.job.kind, outcome.status).inc()
            self._drop(run)

    def _drop(self, run: Run) -> None:
        with self._lock:
            if self._active.get(run.job.id) is run:
                del self._active[run.job.id]
        if not run.elsewhere:
            run.finished.set()

    def _record(self, run: Run, outcome: Outcome) -> None:
        try:
            if outcome.status != "completed":
                if not self._shares.close(run.job.id):  # before its lock is freed: nobody writes any more
                    return
                with self._mine(run):  # or whoever has it by now may still need what would be discarded
                    with self._log.database.write():
                        pass  # asked here for what lies elsewhere than in the database
                    discard(run)
            self._reporter.refresh(run)
            self._ledger.finish(run.job, outcome, run.processed, run.total)
        except JobInterrupted:
            self._recovery.leave(run.job.id)  # it is somebody else's, or may be: its lease is over
        except Exception as error:  # noqa: BLE001 - a job that nobody looks after would stay open for ever
            # Whoever takes the job over ends it again, or finds that its record has ended otherwise.
            logger().exception("job end not recorded", job_id=run.job.id, status=outcome.status)
            passing = isinstance(error, (grpc.RpcError, sa.exc.SQLAlchemyError))
            self._recovery.leave(run.job.id, in_vain=not passing)
        else:
            self.follow(run, outcome)

    def follow(self, run: Run, outcome: Outcome) -> None:
        """Has what follows the job started; then the job is forgotten."""
        with self._lock:
            self._following.add(run.job.id)
        if self._followers is None:
            self._forget(run.job.id)
        else:
            self._followers.after(run.job, outcome, partial(self._forget, run.job.id))

    def _forget(self, job_id: str) -> None:
        self._recovery.forget(job_id)
        with self._lock:
            self._following.discard(job_id)

    def _hand_over(self, run: Run) -> None:
        """The job stays in the log, for the next life of this process or whoever takes it over."""
        if run.lost.is_set() or not self._draining.is_set():
            self._recovery.leave(run.job.id)
            return
        try:
            self._reporter.refresh(run)
            self._ledger.report(run.job, run.processed, run.total, handing_over=True)
        except (grpc.RpcError, sa.exc.SQLAlchemyError, ValueError) as error:  # the last of a channel closed at the end
            logger().warning("job not handed over", job_id=run.job.id, kind=type(error).__name__)
        else:
            self._recovery.leave(run.job.id)  # whoever has a hand free goes on at once

    def _followed(self) -> list[str]:
        with self._lock:
            return list(self._following)

    def _runs(self) -> list[Run]:
        with self._lock:
            return list(self._active.values())


def _interrupted() -> JobInterrupted:
    return JobInterrupted("The service stops before the job has ended; it goes on after the restart.")
