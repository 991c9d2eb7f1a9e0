"""Jobs that another life left behind: taken over and gone on with, or cleared away when their record has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import grpc
import sqlalchemy as sa
from assay.workspace.v1 import job_pb2
from google.protobuf import json_format

from services.runtime.errors import JobCrashed
from services.runtime.jobs.ledger import JobLedger, with_settings
from services.runtime.jobs.log import Divided, JobLog, Left
from services.runtime.jobs.model import Outcome, Runner
from services.runtime.jobs.parts import MOST_TRIES
from services.runtime.jobs.run import Run
from services.runtime.log import logger

LOOK_SECONDS = 5.0
_OPEN = (job_pb2.JOB_STATUS_QUEUED, job_pb2.JOB_STATUS_ACTIVE)


class Recovery:
    """See module. Works in the engine's reporting thread; `forget` and `leave` may be called from any."""

    def __init__(
        self,
        ledger: JobLedger,
        log: JobLog,
        runners: Mapping[str, Runner],
        resume: Callable[[Run, Divided | None], None],
        follow: Callable[[Run, Outcome], None],
    ) -> None:
        """`resume` goes on with a job; `follow` does what comes after one has completed, and then has it forgotten."""
        self._ledger = ledger
        self._log = log
        self._runners = runners
        self._resume = resume
        self._follow = follow
        self._next = 0.0

    def begin(self, stopping: threading.Event) -> None:
        """Waits for the record keeper; fails what earlier lives of this slot opened and did not write down."""
        while not stopping.is_set():
            try:
                kept = [left.job.id for left in self._log.left(self._ledger.owner.name)]
                for job_id in self._ledger.fail_interrupted(kept):
                    logger().warning("job was interrupted by a restart", job_id=job_id)
            except (grpc.RpcError, sa.exc.SQLAlchemyError):
                stopping.wait(1.0)
            else:
                self.look()
                return

    def look(self) -> None:
        """Takes over what is there to be taken over, now and then."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_SECONDS
        try:
            for left in self._log.left(self._ledger.owner.name):
                self._take(left)
        except Exception:  # noqa: BLE001 - the boundary of the thread that renews the leases of all jobs
            logger().exception("jobs that were left behind could not be taken over; tried again")

    def leave(self, job_id: str) -> None:
        """A job of this life that cannot be ended, or is somebody else's: it is looked after as that of another."""
        try:
            self._log.disown(job_id, self._ledger.owner.name)
        except sa.exc.SQLAlchemyError:
            logger().exception("job not left to others", job_id=job_id)

    def forget(self, job_id: str) -> None:
        """A job that has ended in every respect."""
        try:
            self._log.remove(job_id)
        except sa.exc.SQLAlchemyError:
            # The next life finds its record ended.
            logger().exception("job not forgotten", job_id=job_id)

    def _take(self, left: Left) -> None:
        if (runner := self._runners.get(left.job.kind)) is None:
            return  # of a version that knows more kinds
        run = Run(with_settings(left.job, left.settings), runner, recovered=True)
        try:
            record = self._ledger.take_over(left.job)
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if code is grpc.StatusCode.NOT_FOUND:
                self._clear(run)
            elif code is not grpc.StatusCode.FAILED_PRECONDITION:  # that is: its owner is alive
                raise
            return
        if record.status == job_pb2.JOB_STATUS_COMPLETED:
            # It is not known whether what follows was begun.
            if self._log.adopt(left.job.id, left.owner, self._ledger.owner.name):
                self._follow(run, Outcome("completed", json_format.MessageToDict(record.result)))
        elif record.status not in _OPEN:
            self._clear(run)
        else:
            self._go_on(run, left)

    def _go_on(self, run: Run, left: Left) -> None:
        lives = self._log.adopt(left.job.id, left.owner, self._ledger.owner.name)
        if not lives:
            return
        logger().warning("job goes on", job_id=left.job.id, kind=left.job.kind, lives=lives)
        if lives > MOST_TRIES:
            crashed = JobCrashed("The job", MOST_TRIES)
            discard(run)
            try:
                self._ledger.finish(run.job, Outcome("failed", reason=crashed.reason, message=crashed.message), 0, 0)
            except grpc.RpcError:
                self.leave(run.job.id)
                raise
            self.forget(run.job.id)
            return
        self._resume(run, self._log.divided(left.job.id))

    def _clear(self, run: Run) -> None:
        discard(run)
        self.forget(run.job.id)


def discard(run: Run) -> None:
    """Frees what the job held, as far as that goes: it must not hide how the job ended."""
    try:
        run.runner.discard(run.job)
    except Exception:  # noqa: BLE001 - see above
        logger().exception("discard failed", job_id=run.job.id)
