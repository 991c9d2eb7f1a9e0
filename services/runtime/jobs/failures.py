"""What becomes of a job whose work raised something."""

from __future__ import annotations

import grpc

from services.runtime.database import may_pass
from services.runtime.errors import DomainError, JobCancelled, JobInterrupted, status_of
from services.runtime.jobs.model import Job, Outcome
from services.runtime.jobs.run import INTERRUPTED
from services.runtime.log import logger
from services.runtime.neighbours import is_away


def outcome_of_failure(job: Job, error: BaseException) -> Outcome:
    """How the job ends. Only what is meant for clients is told; the log has the rest."""
    if isinstance(error, JobInterrupted):
        return Outcome(INTERRUPTED, reason=error.reason, message=error.message)
    if isinstance(error, JobCancelled):
        return Outcome("cancelled", reason=error.reason, message=error.message)
    if isinstance(error, DomainError):
        return Outcome("failed", reason=status_of(error)[1], message=error.message)
    code = error.code() if isinstance(error, grpc.Call) else None
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Outcome("failed", reason="DEADLINE_EXCEEDED", message="The deadline passed before the job was done.")
    logger().exception("job failed", job_id=job.id, kind=job.kind, exc_info=error)
    if is_away(error):
        return Outcome("failed", reason="UPSTREAM_UNAVAILABLE", message="A service this job needs went away.")
    if may_pass(error):
        return Outcome("failed", reason="UPSTREAM_UNAVAILABLE", message="The database was away or full for too long.")
    return Outcome("failed", reason="INTERNAL", message=f"Internal error; quote job id {job.id}.")
