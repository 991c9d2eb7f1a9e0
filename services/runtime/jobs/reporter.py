"""Tells twice a second how far the jobs of this process are, and so keeps them its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import grpc
import sqlalchemy as sa

from services.runtime.jobs.elsewhere import Elsewhere
from services.runtime.jobs.ledger import JobLedger, is_taken
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
        self._told: dict[str, float] = {}
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._report_forever, name="job-reporter", daemon=True),
            # Apart, since a database that is busy or away must not keep the record keeper from being told.
            threading.Thread(target=self._renew_forever, name="job-leases", daemon=True),
        ]

    def start(self) -> None:
        """From now on it is told."""
        for thread in self._threads:
            thread.start()

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
            if is_taken(error):
                run.lost.set()  # the record was taken from us: stop before somebody else starts
            return False
        return True

    def refresh(self, run: Run) -> None:
        """Learns what all processes have done of a job."""
        if run.divided and (divided := self._log.divided(run.job.id)) is not None:
            run.processed = divided.units

    def _report_forever(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for run in self._runs():
                try:
                    self._report_one(run)
                except sa.exc.SQLAlchemyError as error:
                    logger().warning("job not reported; tried again", job_id=run.job.id, kind=type(error).__name__)
                except Exception:  # noqa: BLE001 - the others are reported all the same
                    logger().exception("job not reported; tried again", job_id=run.job.id)

    def _renew_forever(self) -> None:
        while not self._stopping.wait(RENEW_SECONDS):
            try:
                self._renew()
            except sa.exc.SQLAlchemyError as error:
                logger().warning("leases not renewed; tried again", kind=type(error).__name__)
            except Exception:  # noqa: BLE001 - the boundary of the thread
                logger().exception("leases not renewed; tried again")

    def _report_one(self, run: Run) -> None:
        asked = self._life.seen
        if self._tell(run):
            with self._lock:
                self._told[run.job.id] = asked
        self._hurry(run)

    def _renew(self) -> None:
        with self._lock:
            told = dict(self._told)
        told.update(dict.fromkeys(self._ended(), self._life.seen))
        if told:
            self._log.renew(told, self._ledger.owner.name)
        with self._lock:  # what was told meanwhile is for the next time
            self._told = {job_id: asked for job_id, asked in self._told.items() if told.get(job_id) != asked}

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
