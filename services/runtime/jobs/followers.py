"""What follows a job: another one, asked for in the background once the record of the first has ended.

A follower that is still waiting when the service stops is asked for again in the next life; none ever changes how the
job that it follows ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc

from services.runtime.context import background
from services.runtime.jobs.model import Job, Outcome
from services.runtime.log import logger
from services.runtime.neighbours import is_away

THREADS = 8
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
# The lock is held, or the service that is asked has too much to do: that passes.
_PASSING = frozenset({grpc.StatusCode.ABORTED, grpc.StatusCode.RESOURCE_EXHAUSTED})


@dataclass(frozen=True)
class Follower:
    """What is to be started."""

    key: Hashable
    """What it is about. Of several with one key only one waits: it finds what the others would have found."""
    start: Callable[[], str]
    """Asks for it, and returns the id of its job as soon as it is known. grpc.RpcError when it is refused or fails."""


Follow = Callable[[Job, Outcome], Follower | None]
"""What follows a job that ended so; None: nothing."""


class Followers:
    """Starts what follows the jobs of one process. One that is refused for a while is asked for again and again."""

    def __init__(self, follow: Follow, *, seconds: float) -> None:
        """`seconds`: how long a follower tries to begin before it is given up."""
        self._follow = follow
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="follower")
        self._stopping = threading.Event()
        self._waiting: set[Hashable] = set()
        self._lock = threading.Lock()

    def after(self, job: Job, outcome: Outcome, settled: Callable[[], None] = lambda: None) -> None:
        """Has what follows the job started, if anything does. Neither waits nor raises.

        `settled` is called once nothing is left to be done: it has begun, or waits for another job, or was given up;
        but not when this process stops first.
        """
        try:
            follower = self._follow(job, outcome)
            if follower is not None and self._enqueue(follower):
                self._pool.submit(self._begin, job, follower, settled)
                return
        except Exception:  # noqa: BLE001 - the job itself is done, whatever becomes of the next one
            logger().exception("what follows a job was not started", job_id=job.id)
        if not self._stopping.is_set():
            settled()

    def stop(self) -> None:
        """Gives up those that wait. One that is being asked for ends with its channel."""
        self._stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, job: Job, follower: Follower, settled: Callable[[], None]) -> None:
        if self._tried(job, follower):
            settled()

    def _tried(self, job: Job, follower: Follower) -> bool:
        """Whether nothing is left to be done; not so when this process stops first."""
        end = time.monotonic() + self._seconds
        for pause in _pauses():
            # From here on it may see too little: what ends now must be followed by another one.
            self._dequeue(follower)
            if self._stopping.is_set():
                return False
            try:
                with background(triggered_by=job.id):
                    started = follower.start()
            except grpc.RpcError as error:
                code = error.code() if isinstance(error, grpc.Call) else None
                told: dict[str, Any] = {"job_id": job.id, "code": str(code)}
                passes = code in _PASSING or is_away(error)
                if not passes or time.monotonic() + pause > end:
                    logger().warning("what follows a job was given up", **told)
                    return not self._stopping.is_set()
                logger().warning("what follows a job has to wait", seconds=pause, **told)
            except Exception:  # noqa: BLE001 - the boundary of the thread
                logger().exception("what follows a job was given up", job_id=job.id)
                return True
            else:
                logger().info("job is followed", job_id=job.id, next_job_id=started)
                return True
            if not self._enqueue(follower):
                return not self._stopping.is_set()  # another one waits already
            self._stopping.wait(pause)
        return True

    def _enqueue(self, follower: Follower) -> bool:
        """Whether it has to wait itself."""
        with self._lock:
            if follower.key in self._waiting or self._stopping.is_set():
                return False
            self._waiting.add(follower.key)
            return True

    def _dequeue(self, follower: Follower) -> None:
        with self._lock:
            self._waiting.discard(follower.key)


def begun(stream: Any) -> str:
    """The job of a run's stream, as soon as the run says that it has started; then the stream is left.

    A small run says so when it is done, a large one goes on without anybody watching.
    """
    try:
        return str(next(stream).started.job_id)
    finally:
        stream.cancel()


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
