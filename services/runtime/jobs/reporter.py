"""Tells twice a second that this process is there and how far its jobs are, and looks for jobs of others."""

from __future__ import annotations

import threading
from collections.abc import Callable

import grpc
import sqlalchemy as sa

from services.runtime.jobs.elsewhere import Elsewhere
from services.runtime.jobs.ledger import JobLedger
from services.runtime.jobs.lives import Life
from services.runtime.jobs.log import JobLog
from services.runtime.jobs.patience import patiently
from services.runtime.jobs.recovery import Recovery
from services.runtime.jobs.run import Run
from services.runtime.jobs.shares import Shares
from services.runtime.log import logger

LOOK_SECONDS = 0.5
BEGIN_SECONDS = 120.0
"""How long a process that starts waits for its database."""


class Reporter:
    """See module. `start` and `stop` once each."""

    def __init__(
        self,
        ledger: JobLedger,
        log: JobLog,
        shares: Shares,
        recovery: Recovery,
        elsewhere: Elsewhere,
        *,
        runs: Callable[[], list[Run]],
        drop: Callable[[Run], None],
        draining: threading.Event,
    ) -> None:
        """`runs`: what this process works on or waits for; `drop` forgets one that is no longer waited for."""
        self._ledger = ledger
        self._log = log
        self._shares = shares
        self._recovery = recovery
        self._elsewhere = elsewhere
        self._runs = runs
        self._drop = drop
        self._draining = draining
        self._stopping = threading.Event()
        self._life = Life(log.database, ledger.owner.name)
        self._thread = threading.Thread(target=self._forever, name="job-reporter", daemon=True)

    def start(self) -> None:
        """This life begins; from now on it is told of."""
        patiently(self._life.begin, lambda: None, BEGIN_SECONDS)
        self._thread.start()

    def stop(self) -> None:
        """This life ends."""
        self._stopping.set()
        try:
            self._life.end()
        except sa.exc.SQLAlchemyError:
            logger().warning("the end of this life was not written down")

    def report(self, run: Run) -> bool:
        """Tells how far a job is; learns whether it is to stop, or somebody else's. False when nobody answered."""
        try:
            if self._ledger.report(run.job, run.processed, run.total, waiting=not run.working):
                run.cancelled.set()
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if run.finished.is_set():
                return True  # it ended while we reported
            logger().warning("progress not recorded", job_id=run.job.id, code=str(code))
            if code not in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND):
                return False
            run.lost.set()  # the record was taken from us: stop before somebody else starts
        return True

    def refresh(self, run: Run) -> None:
        """Learns what all processes have done of a job."""
        if run.divided and (divided := self._log.divided(run.job.id)) is not None:
            run.processed = divided.units

    def _forever(self) -> None:
        self._recovery.begin(self._stopping)
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._report_all()
                # One that was stopped for long asks whose its jobs are before it writes anything.
                if not self._life.beat() and self._report_all():
                    self._life.come_back()
            except sa.exc.SQLAlchemyError as error:
                logger().warning("the database does not answer", kind=type(error).__name__)
            except Exception:  # noqa: BLE001 - the boundary of the thread that renews the leases of all jobs
                logger().exception("jobs were not reported; tried again")
            if not self._draining.is_set():
                self._recovery.look()

    def _report_all(self) -> bool:
        told = [self._tell(run) for run in self._runs()]  # all of them, whatever the first one says
        return all(told)

    def _tell(self, run: Run) -> bool:
        if run.helping:
            if not self._shares.wanted(run.job.id):
                run.lost.set()
            return True
        if run.elsewhere:
            if not self._elsewhere.keep(run):
                self._drop(run)
            return True
        try:
            self.refresh(run)
        except sa.exc.SQLAlchemyError as error:
            logger().warning("progress not known", job_id=run.job.id, kind=type(error).__name__)
        return self.report(run)
