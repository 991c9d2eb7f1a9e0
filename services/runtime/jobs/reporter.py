"""Tells twice a second how far the jobs of this process are, and so keeps them its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import grpc
import sqlalchemy as sa

from services.runtime.jobs.elsewhere import Elsewhere
from services.runtime.jobs.ledger import JobLedger
from services.runtime.jobs.lives import Life
from services.runtime.jobs.log import JobLog
from services.runtime.jobs.run import Run
from services.runtime.jobs.shares import Shares
from services.runtime.log import logger

LOOK_SECONDS = 0.5
RENEW_SECONDS = 2.0
"""Between two times that the leases of jobs are renewed in the database."""


class Reporter:
    """See module. `start` and `stop` once each."""

    def __init__(
        self,
        ledger: JobLedger,
        log: JobLog,
        life: Life,
        shares: Shares,
        *,
        elsewhere: Elsewhere,
        runs: Callable[[], list[Run]],
        ended: Callable[[], Iterable[str]],
        drop: Callable[[Run], None],
        hurry: Callable[[Run], None],
    ) -> None:
        """`runs`: what this process works on or waits for; `ended`: ids of jobs that have, but not what follows them.

        `drop` forgets one that is no longer waited for, `hurry` ends one that is to end though it waits for a thread.
        """
        self._ledger = ledger
        self._log = log
        self._life = life
        self._shares = shares
        self._elsewhere = elsewhere
        self._runs = runs
        self._ended = ended
        self._drop = drop
        self._hurry = hurry
        self._stopping = threading.Event()
        self._next_renewal = 0.0
        self._told: dict[str, float] = {}
        self._thread = threading.Thread(target=self._forever, name="job-reporter", daemon=True)

    def start(self) -> None:
        """From now on it is told."""
        self._thread.start()

    def stop(self) -> None:
        """Not any more."""
        self._stopping.set()

    def report(self, run: Run) -> bool:
        """Tells how far a job is; learns whether it is to stop, or somebody else's. Whether it still is this life's."""
        try:
            if self._ledger.report(run.job, run.processed, run.total, waiting=not run.working):
                run.cancelled.set()
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if run.finished.is_set():
                return False  # it ended while we reported
            logger().warning("progress not recorded", job_id=run.job.id, code=str(code))
            if code in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND):
                run.lost.set()  # the record was taken from us: stop before somebody else starts
            return False
        return True

    def refresh(self, run: Run) -> None:
        """Learns what all processes have done of a job."""
        if run.divided and (divided := self._log.divided(run.job.id)) is not None:
            run.processed = divided.units

    def _forever(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._report_all()
            except sa.exc.SQLAlchemyError as error:
                logger().warning("the database does not answer", kind=type(error).__name__)
            except Exception:  # noqa: BLE001 - the boundary of the thread that renews the leases of all jobs
                logger().exception("jobs were not reported; tried again")

    def _report_all(self) -> None:
        self._told.update(dict.fromkeys(self._ended(), self._life.seen))
        for run in self._runs():
            asked = self._life.seen
            try:
                if self._tell(run):
                    self._told[run.job.id] = asked
                self._hurry(run)
            except sa.exc.SQLAlchemyError as error:  # the others' leases are renewed all the same
                logger().warning("job not reported; tried again", job_id=run.job.id, kind=type(error).__name__)
            self._renew(RENEW_SECONDS)  # also in the middle, when the record keeper is slow
        self._renew(0.0)

    def _renew(self, overdue: float) -> None:
        """Renews the leases that are due, for so many seconds already."""
        if self._told and time.monotonic() >= self._next_renewal + overdue:
            self._log.renew(self._told, self._ledger.owner.name)
            self._told.clear()
            self._next_renewal = time.monotonic() + RENEW_SECONDS

    def _tell(self, run: Run) -> bool:
        """Whether the job was told to be this life's."""
        if run.helping:
            if not self._shares.wanted(run.job.id):
                run.lost.set()
            return False
        if run.elsewhere:
            if not self._elsewhere.keep(run):
                self._drop(run)
            return False
        try:
            self.refresh(run)
        except sa.exc.SQLAlchemyError as error:
            logger().warning("progress not known", job_id=run.job.id, kind=type(error).__name__)
        return self.report(run)
