"""Does the partitions of a job, several beside each other, as long as there are some that nobody has."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial

import sqlalchemy as sa

from services.runtime.database import guarded
from services.runtime.errors import JobCancelled, JobCrashed, JobFailed, JobInterrupted
from services.runtime.jobs.failures import outcome_of_failure
from services.runtime.jobs.patience import Do, patiently
from services.runtime.jobs.run import Run
from services.runtime.jobs.shares import Part, PartitionLost, Shares, Suspects
from services.runtime.log import logger

MOST_TRIES = 5
"""How often something is begun that takes the process down each time."""
LOOKED_THROUGH_FROM = 3
"""The try from which on a partition is first gone through in pieces, to find the row."""
PIECE_ROWS = 100
WAIT_SECONDS = 0.2
GIVE_BACK_SECONDS = 5.0
NAME_CHARS = 200


class Partitions:
    """See module. One per engine."""

    def __init__(self, shares: Shares, pool: ThreadPoolExecutor, at_once: int) -> None:
        """`at_once`: partitions of one job that are worked on beside each other here."""
        self._shares = shares
        self._pool = pool
        self._at_once = at_once

    def run(self, run: Run, do: Do, check: Callable[[], None], count: Callable[[int], None]) -> None:
        """Has all partitions of a job of ours done, whoever does them.

        Each by `do`; `check` is asked before each and may raise; `count` is told the units of those done here.
        JobCrashed for one that was begun `MOST_TRIES` times and never ended.
        """
        while True:
            standing = do(partial(self._shares.standing, run.job.id))
            run.processed = standing.units
            if standing.fault is not None:
                raise JobFailed(*standing.fault)
            if not standing.open:
                return
            check()
            if not self._take_all(run, do, check, count):
                time.sleep(WAIT_SECONDS)

    def help(self, run: Run, do: Do, check: Callable[[], None], count: Callable[[int], None]) -> None:
        """Does partitions of somebody else's job until there is none to take. Their failure is told to its owner."""
        self._take_all(run, do, check, count)

    def _take_all(self, run: Run, do: Do, check: Callable[[], None], count: Callable[[int], None]) -> bool:
        """Whether there was one to take."""
        taken = False
        at_once = min(self._at_once, run.runner.at_once or self._at_once)
        take = partial(self._shares.take, run.job.id)
        working: dict[Future[int], Part] = {}
        # Taken before a thread is free for it: taking one waits for whoever writes, and the thread would as well.
        following: Part | None = None

        def begin_following() -> None:
            nonlocal following
            if following is not None:
                working[self._pool.submit(self._work, run, do, following)] = following
                following = None

        try:
            while True:
                check()
                following = following or do(partial(take, fresh=True))
                taken = taken or following is not None
                if following is not None and len(working) < at_once:
                    begin_following()
                elif working:
                    for future in wait(working, return_when=FIRST_COMPLETED)[0]:
                        check()
                        begin_following()
                        count(self._written_down(run, do, working.pop(future), future.result))
                elif (suspect := do(partial(take, fresh=False))) is not None:
                    taken = True
                    # It may be why a process died: alone, so that it takes no others with it.
                    count(self._written_down(run, do, suspect, partial(self._work, run, do, suspect)))
                else:
                    return taken
        finally:
            if following is not None:
                self._give_back(run, following)
            # Nothing of this job may write after its lock is freed; and what is done counts, whyever the rest is not.
            for future, part in working.items():
                with suppress(Exception):  # whatever ends this is raised already
                    count(self._written_down(run, do, part, future.result))

    def _work(self, run: Run, do: Do, part: Part) -> int:
        if part.tries > MOST_TRIES:
            raise JobCrashed(_name_of(part), MOST_TRIES)
        with guarded(self._shares.database, partial(self._shares.require, job_id=run.job.id, part=part)):
            if part.tries >= LOOKED_THROUGH_FROM:
                self._look_through(run, do, part)
            return do(partial(run.runner.run_partition, run.job, part.payload))

    def _written_down(self, run: Run, do: Do, part: Part, work: Callable[[], int]) -> int:
        """Its units; 0 if it is somebody else's by now, or has failed and the job's owner was told."""
        try:
            units = work()
            do(partial(self._shares.done, run.job.id, part, units))
        except PartitionLost:
            self._give_back(run, part)
            return 0
        except (JobInterrupted, JobCancelled):
            self._give_back(run, part)
            raise
        except Exception as error:
            if not run.helping:
                raise
            told = outcome_of_failure(run.job, error)
            do(partial(self._shares.fail, run.job.id, part, told.reason, told.message))
            return 0
        finally:
            self._shares.let_go(run.job.id, part)
        return units

    def _give_back(self, run: Run, part: Part) -> None:
        try:
            if not patiently(partial(self._shares.give_back, run.job.id, part), lambda: None, GIVE_BACK_SECONDS):
                self._shares.excuse(run.job.id, part)  # once: said again it would count again
        except sa.exc.SQLAlchemyError:
            logger().warning("partition not given back; it is freed later", job_id=run.job.id, number=part.number)
        finally:
            self._shares.let_go(run.job.id, part)

    def _look_through(self, run: Run, do: Do, part: Part) -> None:
        """Goes through the rows that may be why processes died: in pieces, and in the next life one by one."""
        names = do(partial(run.runner.rows, run.job, part.payload))
        first, end = (0, len(names)) if part.suspects is None else (part.suspects.first, part.suspects.end)
        size = PIECE_ROWS if end - first > PIECE_ROWS else 1
        for start in range(first, min(end, len(names)), size):
            run.job.check()
            some = names[start : start + size]
            name = some[0][:NAME_CHARS] if len(some) == 1 else ""
            do(partial(self._shares.suspect, run.job.id, part, Suspects(start, start + len(some), name)))
            do(partial(run.runner.probe, run.job, part.payload, some))
        do(partial(self._shares.suspect, run.job.id, part, None))


def _name_of(part: Part) -> str:
    partition = f"artition {part.number + 1} of the job"
    if part.suspects is not None and part.suspects.name:
        return f"Row {part.suspects.name} (p{partition})"
    return f"P{partition}"
