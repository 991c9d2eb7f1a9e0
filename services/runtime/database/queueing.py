"""Who writes next to an embedded database: whoever has waited longest, of this process and of others.

Python's locks and SQLite's go to whoever is quickest: to the one that has just had it and wants it again, as one that
writes much does. SQLite's own waiting between processes is a sleep that grows besides: a change of one item waited for
three seconds beside an ingestion in another process.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import threading
import time
import weakref
from collections import deque
from itertools import chain, repeat
from pathlib import Path

PATIENCE_SECONDS = 10.0
"""How long is waited for the one before, which may stand still: SQLite's own lock says what is so then."""
_PAUSES = (0.0002, 0.0005, 0.001)
"""Between two looks, in seconds; the last one again and again. Waiting in the kernel would have no time limit."""
_COUNTER_BYTES = 8


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
        try:
            turn.acquire()
        except BaseException:  # interrupted: nobody is to be waited for who does not wait
            with self._lock:
                is_given = turn not in self._waiting
                if not is_given:
                    self._waiting.remove(turn)
            if is_given:
                self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False


class FileQueue:
    """The same for a file that several processes write to, each with a queue of its own threads.

    Whoever comes draws the next number from a file beside the database and keeps that byte of it locked until it has
    written; it waits for the byte of the number before. The system lets go of the bytes of a process that dies. One
    that stands still is waited for by those that were behind it then, once. All this is a matter of order: what keeps
    writers apart is SQLite's lock, and where numbers cannot be drawn it is left to that.
    """

    def __init__(self, numbers: int) -> None:
        """`numbers`: the file's descriptor, which is closed with this object."""
        self._threads = Queue()
        self._numbers = numbers
        self._own: int | None = None
        # Not when the process ends: threads may still write then, and the system closes it.
        weakref.finalize(self, os.close, numbers).atexit = False

    def __enter__(self) -> None:
        self._threads.__enter__()
        try:
            self._take_turn()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            if self._own is not None:
                _set(self._numbers, fcntl.F_UNLCK, _place(self._own), 1)
        except OSError:
            pass  # it ends with the process, and is waited for with a time limit
        finally:
            self._own = None
            self._threads.__exit__()

    def _take_turn(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            self._own = self._drawn(deadline)
            if self._own is not None and _is_set(self._numbers, _place(self._own - 1), 1, deadline):
                _set(self._numbers, fcntl.F_UNLCK, _place(self._own - 1), 1)
        except OSError:
            return

    def _drawn(self, deadline: float) -> int | None:
        """The next number, whose byte is locked then; None when that would be too late."""
        if not _is_set(self._numbers, 0, _COUNTER_BYTES, deadline):
            return None
        try:
            number = int.from_bytes(os.pread(self._numbers, _COUNTER_BYTES, 0), "little") + 1
            _set(self._numbers, fcntl.F_WRLCK, _place(number), 1)
            os.pwrite(self._numbers, number.to_bytes(_COUNTER_BYTES, "little"), 0)
        finally:
            _set(self._numbers, fcntl.F_UNLCK, 0, _COUNTER_BYTES)
        return number


def queue_of(file: Path | None) -> Queue | FileQueue:
    """The queue of who writes to a database, whose folder is there; None: one in memory.

    Locks that are of a descriptor and not of a process are Linux's; elsewhere, and where no file can be made, each
    process has a queue of its own.
    """
    if file is None or sys.platform != "linux" or struct.calcsize("P") != 8:
        return Queue()
    try:
        return FileQueue(os.open(f"{file}.queue", os.O_RDWR | os.O_CREAT, 0o666))
    except OSError:
        return Queue()


def _place(number: int) -> int:
    return _COUNTER_BYTES + number


def _set(file: int, kind: int, start: int, length: int) -> None:
    """Locks or unlocks some bytes. BlockingIOError when somebody else has them locked."""
    # struct flock: l_type, l_whence, l_start, l_len, l_pid.
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", kind, os.SEEK_SET, start, length, 0))


def _is_set(file: int, start: int, length: int, deadline: float) -> bool:
    """Locks some bytes, unless that is too late."""
    pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
    while True:
        try:
            _set(file, fcntl.F_WRLCK, start, length)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(next(pauses))
        else:
            return True
