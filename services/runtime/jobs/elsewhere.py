"""Jobs that this process opens and others work on: it keeps the lock until a worker takes the job, then looks on."""

from __future__ import annotations

import grpc
from assay.workspace.v1 import job_pb2

from services.runtime.errors import JobCancelled
from services.runtime.jobs.ledger import JobLedger, outcome_of
from services.runtime.jobs.log import JobLog
from services.runtime.jobs.model import Outcome
from services.runtime.jobs.run import Run
from services.runtime.log import logger

_OPEN = (job_pb2.JOB_STATUS_QUEUED, job_pb2.JOB_STATUS_ACTIVE)


class Elsewhere:
    """See module."""

    def __init__(self, ledger: JobLedger, log: JobLog) -> None:
        self._ledger = ledger
        self._log = log

    def give(self, run: Run) -> None:
        """Leaves the job to whoever takes it."""
        run.elsewhere = True
        # First in the log: a worker that finds it there may already take over the record.
        self._log.disown(run.job.id, self._ledger.owner.name)
        self._ledger.report(run.job, run.processed, run.total, handing_over=True)

    def keep(self, run: Run) -> bool:
        """Renews the lease of a job that waits for a worker; False once it does not wait any more."""
        self._log.disown(run.job.id, self._ledger.owner.name)  # again: it may have failed when the job was given
        try:
            cancelled = self._ledger.report(run.job, run.processed, run.total, waiting=True)
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if code in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND):
                return False
            logger().warning("a waiting job's lease was not renewed", job_id=run.job.id, code=str(code))
            return True
        return not (cancelled and self._cancel(run))

    def look(self, run: Run) -> None:
        """Takes over what the record says; ends the run when the job has ended. Nothing while it cannot be read."""
        try:
            record = self._ledger.get(run.job)
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if code is not grpc.StatusCode.UNAVAILABLE:
                raise
            return
        run.processed, run.known_total = record.progress.processed, record.progress.total or run.known_total
        if record.status not in _OPEN:
            run.outcome = outcome_of(record)
            run.finished.set()

    def _cancel(self, run: Run) -> bool:
        """Ends the job before any worker has it; False when one was faster."""
        if not self._log.adopt(run.job.id, "", self._ledger.owner.name):
            return True
        why = JobCancelled("The job was cancelled; what was done before stays.")
        try:
            self._ledger.finish(run.job, Outcome("cancelled", reason=why.reason, message=why.message), 0, run.total)
        except grpc.RpcError:
            self._log.disown(run.job.id, self._ledger.owner.name)  # whoever takes it finds out
            raise
        run.runner.discard(run.job)
        self._log.remove(run.job.id)
        return True
