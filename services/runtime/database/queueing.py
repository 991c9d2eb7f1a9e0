"""Who writes next to an embedded database: whoever has waited longest, of this process and of others.

Python's locks and SQLite's go to whoever is quickest: to the one that has just had it and wants it again, as one that
writes much does. SQLite's own waiting between processes is a sleep that grows besides: a change of one item waited for
three seconds beside an ingestion in another process.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import weakref
from collections import deque
from itertools import chain, repeat
from pathlib import Path

PATIENCE_SECONDS, IMPATIENCE_SECONDS = 2.0, 20.0
"""How long the turn of another process is respected, which may stand still: SQLite's own lock says what is so. And how
long nobody's is after that.
"""
_PAUSES = (0.0002, 0.0005, 0.001)
"""Between two looks, in seconds; the last one again and again. Waiting in the kernel would have no time limit."""


class Queue:
    """A lock that goes to whoever has waited longest, among the threads that share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_held = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False


class FileQueue:
    """The same for a file that several processes write to, each with a queue of its own threads.

    Two locks beside the file: whoever waits for the second holds the first meanwhile, so that the one that has just had
    the second comes behind it. They are a matter of order alone; what keeps writers apart is SQLite's lock. The system
    lets go of them when a process dies.
    """

    def __init__(self, file: Path) -> None:
        """`file`: the database, whose folder is there."""
        self._threads = Queue()
        self._next, self._turn = (
            os.open(f"{file}.{name}.lock", os.O_RDWR | os.O_CREAT, 0o644) for name in ("next", "turn")
        )
        self._impatient_until = 0.0
        for lock in (self._next, self._turn):
            weakref.finalize(self, os.close, lock)

    def __enter__(self) -> None:
        self._threads.__enter__()
        try:
            now = time.monotonic()
            is_patient = now >= self._impatient_until
            if not self._has_turn(now + PATIENCE_SECONDS if is_patient else now) and is_patient:
                self._impatient_until = time.monotonic() + IMPATIENCE_SECONDS
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            fcntl.flock(self._turn, fcntl.LOCK_UN)
        finally:
            self._threads.__exit__()

    def _has_turn(self, deadline: float) -> bool:
        if not _is_taken(self._next, deadline):
            return False
        try:
            return _is_taken(self._turn, deadline)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)


def _is_taken(lock: int, deadline: float) -> bool:
    """Takes the lock, unless that is too late."""
    pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(next(pauses))
        else:
            return True
