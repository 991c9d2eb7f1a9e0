"""Runs the partitions of a job, several beside each other, and writes down which are done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from services.runtime.errors import JobCrashed, JobInterrupted
from services.runtime.jobs.log import JobLog, Part
from services.runtime.jobs.model import Job, Runner
from services.runtime.jobs.patience import Do
from services.runtime.jobs.run import Run

MOST_TRIES = 5
"""How often something is begun that takes the process down each time."""


class Partitions:
    """See module. One per engine."""

    def __init__(self, log: JobLog, life: str, pool: ThreadPoolExecutor, at_once: int) -> None:
        """`life`: whose the jobs are; `at_once`: partitions of one job that are worked on beside each other."""
        self._log = log
        self._life = life
        self._pool = pool
        self._at_once = at_once

    def run(self, run: Run, do: Do, check: Callable[[], None], count: Callable[[int], None]) -> None:
        """Does what is not done yet of a divided run, each partition by `do`.

        `check` is asked before each partition and may raise; `count` is told its units.

        Partitions that were begun before and not done may be why the process died: they come last, one at a time, so
        that they take no others with them. JobCrashed for one that was begun `MOST_TRIES` times.
        """
        parts = run.divided.parts if run.divided is not None else ()
        open_parts = [part for part in parts if part.units is None]
        fresh = [part for part in open_parts if not part.tries]
        work = partial(self._do, run.runner, run.job, do)
        self._side_by_side(work, fresh, check, count)
        for part in open_parts:
            if part.tries:
                check()
                count(work(part))

    def _do(self, runner: Runner, job: Job, do: Do, part: Part) -> int:
        tries = self._log.begin(job.id, part.number, self._life)
        if not tries:
            raise JobInterrupted("Somebody else has taken the job over.")
        if tries > MOST_TRIES:
            raise JobCrashed(f"Partition {part.number + 1} of the job", MOST_TRIES)
        units = do(partial(runner.run_partition, job, part.payload))
        self._log.done(job.id, part.number, units, self._life)
        return units

    def _side_by_side(
        self,
        work: Callable[[Part], int],
        parts: Iterable[Part],
        check: Callable[[], None],
        count: Callable[[int], None],
    ) -> None:
        pending: deque[Future[int]] = deque()
        try:
            for part in parts:
                check()
                if len(pending) >= self._at_once:
                    count(pending.popleft().result())
                pending.append(self._pool.submit(work, part))
            while pending:
                count(pending.popleft().result())
        finally:
            # Nothing of this job may write after its lock is freed; and what is done counts, whyever the rest is not.
            for future in pending:
                if not future.cancel() and future.exception() is None:
                    count(future.result())
