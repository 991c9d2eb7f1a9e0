"""Jobs that this process opens and others work on: it keeps the lock until a worker takes the job, then looks on."""

from __future__ import annotations

from concurrent.futures import Executor

import grpc

from services.runtime.errors import JobCancelled
from services.runtime.jobs.ledger import OPEN, JobLedger, is_taken, outcome_of
from services.runtime.jobs.lives import Life
from services.runtime.jobs.log import JobLog
from services.runtime.jobs.model import Outcome
from services.runtime.jobs.recovery import discard
from services.runtime.jobs.run import Run
from services.runtime.log import logger
from services.runtime.neighbours import is_away


class Elsewhere:
    """See module."""

    def __init__(self, ledger: JobLedger, log: JobLog, life: Life, aside: Executor) -> None:
        """`aside`: where what may take long is done, so that other jobs' leases are renewed meanwhile."""
        self._ledger = ledger
        self._log = log
        self._life = life
        self._aside = aside

    def give(self, run: Run) -> None:
        """Leaves the job to whoever takes it."""
        run.elsewhere = True
        # First in the log: a worker that finds it there may already take over the record.
        self._into_the_log(run)
        try:
            self._ledger.report(run.job, run.processed, run.total, handing_over=True)
        except grpc.RpcError as error:
            if not is_taken(error):
                raise

    def keep(self, run: Run) -> bool:
        """Renews the lease of a job that waits for a worker; False once it does not wait any more."""
        if run.withdrawal is not None:
            if not run.withdrawal.done():
                return True
            if (failure := run.withdrawal.exception()) is None:
                return False
            logger().warning("a job was not withdrawn; tried again", job_id=run.job.id, kind=type(failure).__name__)
            run.withdrawal = None
        # Both again, since either may have failed when the job was given; said again they change nothing.
        self._into_the_log(run)
        try:
            cancelled = self._ledger.report(run.job, run.processed, run.total, handing_over=True)
        except grpc.RpcError as error:
            if is_taken(error):
                return False
            code = error.code() if isinstance(error, grpc.Call) else None
            logger().warning("a waiting job's lease was not renewed", job_id=run.job.id, code=str(code))
            return True
        if cancelled:
            run.withdrawal = self._aside.submit(self._withdraw, run)
        return True

    def look(self, run: Run) -> None:
        """Takes over what the record says; ends the run when the job has ended. Nothing while it cannot be read."""
        try:
            record = self._ledger.get(run.job)
        except grpc.RpcError as error:
            if not is_away(error):
                raise
            return
        run.processed, run.known_total = record.progress.processed, record.progress.total or run.known_total
        if record.status not in OPEN:
            run.outcome = outcome_of(record)
            run.finished.set()

    def _withdraw(self, run: Run) -> None:
        """Ends a cancelled job, unless a worker was faster: then that one does."""
        if not self._log.adopt(run.job.id, "", self._ledger.owner.name, self._life.seen):
            return
        run.given = False  # until it has ended: otherwise it is given again, and whoever takes it finds out
        why = JobCancelled("The job was cancelled; what was done before stays.")
        self._ledger.finish(run.job, Outcome("cancelled", reason=why.reason, message=why.message), 0, run.total)
        discard(run)
        self._log.remove(run.job.id)

    def _into_the_log(self, run: Run) -> None:
        if not run.given:
            self._log.disown(run.job.id, self._ledger.owner.name)
            run.given = True
