"""Jobs that are not this life's: left behind by another one, waiting for a worker, or in need of more hands."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Protocol

import grpc
import sqlalchemy as sa
from assay.workspace.v1 import job_pb2

from services.runtime.errors import DomainError, JobCrashed, JobInterrupted
from services.runtime.jobs.ledger import ANSWER_SECONDS, OPEN, JobLedger, outcome_of, with_settings
from services.runtime.jobs.lives import Life
from services.runtime.jobs.log import Divided, JobLog, Left
from services.runtime.jobs.model import Outcome, Runner
from services.runtime.jobs.parts import MOST_TRIES
from services.runtime.jobs.patience import away
from services.runtime.jobs.run import Run
from services.runtime.jobs.shares import Shares
from services.runtime.log import logger

LOOK_SECONDS = 0.5
STRAY_SECONDS = 5.0
"""How often it is looked for jobs and partitions of this life that no thread has to do with."""
ASK_AGAIN_SECONDS = 5.0
"""Between two questions whether a job that is still leased to somebody is free."""


class Hands(Protocol):
    """What the engine does with jobs that are found."""

    def resume(self, run: Run, divided: Divided | None) -> None:
        """Goes on with a job that is this life's now."""

    def give_up(self, run: Run, divided: Divided | None, error: DomainError) -> None:
        """Ends a job that is this life's now, and is tried no more."""

    def help(self, run: Run) -> None:
        """Does partitions of a job that is another one's."""

    def follow(self, run: Run, outcome: Outcome) -> None:
        """Does what comes after a job that has completed, and then has it forgotten."""

    def busy_with(self) -> set[str]:
        """The jobs that some thread of this process still has to do with."""

    def takes_more(self) -> bool:
        """Whether there is room for another process's job."""

    def helps(self, job_id: str) -> bool:
        """Whether it has a hand free for partitions of a job that it is not at already."""


class Recovery:
    """See module. `start` and `stop` once each; `forget` and `leave` may be called from any thread.

    It works in one of its own: what it waits for keeps nobody from renewing leases.
    """

    def __init__(
        self,
        ledger: JobLedger,
        log: JobLog,
        shares: Shares,
        life: Life,
        *,
        runners: Mapping[str, Runner],
        hands: Hands,
        works: bool,
        draining: threading.Event,
    ) -> None:
        """`works`: whether jobs are worked on here at all, or only opened. `draining`: none is looked for any more."""
        self._ledger = ledger
        self._log = log
        self._shares = shares
        self._life = life
        self._runners = runners
        self._hands = hands
        self._works = works
        self._draining = draining
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._forever, name="job-recovery", daemon=True)
        self._slot = ledger.owner.name.rpartition("#")[0]
        self._refused: dict[str, float] = {}
        self._next_strays = 0.0
        self._strays: set[str] = set()

    def start(self) -> None:
        """From now on it is looked for jobs of others, as soon as the record keeper answers."""
        self._thread.start()

    def stop(self) -> None:
        """Not any more; waits for what is just being taken."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(ANSWER_SECONDS)

    def _forever(self) -> None:
        self._begin()
        while not self._stopping.wait(LOOK_SECONDS):
            if not self._draining.is_set():
                self._look()

    def _begin(self) -> None:
        """Waits for the record keeper; fails what earlier lives of this slot opened and did not write down."""
        while not self._stopping.is_set():
            try:
                kept = [left.job.id for left in self._log.left(self._ledger.owner.name)]
                for job_id in self._ledger.fail_interrupted(kept):
                    logger().warning("job was interrupted by a restart", job_id=job_id)
            except (grpc.RpcError, sa.exc.SQLAlchemyError):
                self._stopping.wait(1.0)
            except Exception:  # noqa: BLE001 - without this thread nobody takes anything over
                logger().exception("jobs of former lives could not be looked for; tried again")
                self._stopping.wait(1.0)
            else:
                self._look()
                return

    def _look(self) -> None:
        """Takes over what is there to be taken over, and helps where help is wanted."""
        try:
            found = self._log.left(self._ledger.owner.name)
            self._refused = {left.job.id: self._refused.get(left.job.id, 0.0) for left in found}
            self._look_for_strays()
            for left in found:
                try:
                    self._look_at(left)
                except Exception:  # noqa: BLE001 - one that cannot be taken keeps nobody from the others
                    logger().exception("a job of others could not be looked at; tried again", job_id=left.job.id)
        except Exception as error:  # noqa: BLE001 - the boundary of the thread
            if away(error):
                logger().warning("jobs of others could not be looked at; tried again", kind=type(error).__name__)
            else:
                logger().exception("jobs of others could not be looked at; tried again")

    def leave(self, job_id: str, *, in_vain: bool = False) -> None:
        """A job of this life that cannot be ended, or is somebody else's: it is looked after as that of another.

        `in_vain`: it would be so again, so that this life counts as one that did not come to an end.
        """
        try:
            self._log.disown(job_id, self._ledger.owner.name, in_vain=in_vain)
        except sa.exc.SQLAlchemyError:
            logger().exception("job not left to others", job_id=job_id)

    def forget(self, job_id: str) -> None:
        """A job that has ended in every respect."""
        try:
            self._log.remove(job_id)
        except sa.exc.SQLAlchemyError:
            # The next life finds its record ended.
            logger().exception("job not forgotten", job_id=job_id)

    def _look_for_strays(self) -> None:
        """Leaves jobs of this life that could neither be ended nor left when that was due, the database was away; and
        partitions likewise.
        """
        if time.monotonic() < self._next_strays:
            return
        self._next_strays = time.monotonic() + STRAY_SECONDS
        strays = set(self._log.of(self._ledger.owner.name)) - self._hands.busy_with()
        for job_id in strays & self._strays:  # seen twice: one that is just being opened or ended is none
            logger().warning("job is looked after again", job_id=job_id)
            self.leave(job_id)
        self._strays = strays
        if freed := self._shares.free_forgotten():
            logger().warning("partitions are given out again", partitions=freed)

    def _look_at(self, left: Left) -> None:
        if (runner := self._runners.get(left.job.kind)) is None:
            return  # of a version that knows more kinds
        run = Run(with_settings(left.job, left.settings), runner, recovered=True)
        former_life = left.owner.rpartition("#")[0] == self._slot
        if left.owner_alive and not former_life:
            if self._works and left.has_work and self._hands.helps(left.job.id):
                self._hands.help(run)
        elif (former_life or self._hands.takes_more()) and (self._works or (former_life and left.owner)):
            self._take(run, left)

    def _take(self, run: Run, left: Left) -> None:
        if self._refused[left.job.id] > time.monotonic() or left.job.id in self._hands.busy_with():
            return  # a thread that still has to do with it, as its former owner or a helper, soon finds out
        asked = self._life.seen
        try:
            record = self._ledger.take_over(left.job)
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            if code is grpc.StatusCode.NOT_FOUND:
                self._clear(run)
            elif code is grpc.StatusCode.FAILED_PRECONDITION:  # its lease is not over yet
                self._refused[left.job.id] = time.monotonic() + ASK_AGAIN_SECONDS
            else:
                raise
            return
        if record.status == job_pb2.JOB_STATUS_COMPLETED:
            # It is not known whether what follows was begun.
            if self._log.adopt(left.job.id, left.owner, self._ledger.owner.name, asked):
                self._hands.follow(run, outcome_of(record))
        elif record.status not in OPEN:
            self._clear(run)
        elif self._draining.is_set():
            self._ledger.report(left.job, record.progress.processed, record.progress.total, handing_over=True)
        else:
            self._go_on(run, left, asked)

    def _go_on(self, run: Run, left: Left, asked: float) -> None:
        lives = self._log.adopt(left.job.id, left.owner, self._ledger.owner.name, asked)
        if not lives:
            return
        if left.owner:
            logger().warning("job goes on", job_id=left.job.id, kind=left.job.kind, lives=lives)
        divided = self._log.divided(left.job.id)
        if lives > MOST_TRIES:
            self._hands.give_up(run, divided, JobCrashed("The job", MOST_TRIES))
        else:
            self._hands.resume(run, divided)

    def _clear(self, run: Run) -> None:
        discard(run)
        self.forget(run.job.id)


def discard(run: Run) -> None:
    """Frees what the job held, as far as that goes: it must not hide how the job ended.

    JobInterrupted when that is no longer for this life to do.
    """
    try:
        run.runner.discard(run.job)
    except JobInterrupted:
        raise
    except Exception:  # noqa: BLE001 - see above
        logger().exception("discard failed", job_id=run.job.id)
