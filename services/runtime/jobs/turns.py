"""A pool of threads that serves its callers in turn: who has asked for much does not keep others waiting."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from services.runtime.jobs.threads import stand_back


class TurnsPool:
    """Runs work for keys: of several that wait, that of the key with the fewest at work, then the one served longest
    ago. One key never has all threads.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._threads = threads
        self._of_one = max(1, threads // 2)
        self._pool = ThreadPoolExecutor(threads, name, stand_back)
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, deque[Callable[[], None]]] = {}
        self._at_work: Counter[Hashable] = Counter()
        self._served: dict[Hashable, int] = {}
        self._turn = count()
        self._stopped = False

    def submit(self, key: Hashable, work: Callable[[], None]) -> None:
        """Has the work done for a key; what it raises is lost."""
        with self._lock:
            self._waiting.setdefault(key, deque()).append(work)
            self._dispatch()

    def withdraw(self, key: Hashable, work: Callable[[], None]) -> bool:
        """Takes back what was submitted; False when it is at work already, or done."""
        with self._lock:
            waiting = self._waiting.get(key, deque())
            if work not in waiting:
                return False
            waiting.remove(work)
            if not waiting:
                del self._waiting[key]
                if not self._at_work[key]:
                    self._served.pop(key, None)
            return True

    @property
    def free(self) -> int:
        """Threads without work."""
        with self._lock:
            return self._threads - self._at_work.total()

    def others_wait(self, key: Hashable) -> bool:
        """Whether somebody else waits because this key and others have the threads."""
        with self._lock:
            return any(other != key for other in self._eligible())

    def shutdown(self) -> None:
        """Begins nothing any more; what is at work goes on."""
        with self._lock:
            self._stopped = True
            self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _eligible(self) -> list[Hashable]:
        return [key for key in self._waiting if self._at_work[key] < self._of_one]

    def _dispatch(self) -> None:
        while not self._stopped and self._at_work.total() < self._threads and (keys := self._eligible()):
            key = min(keys, key=lambda one: (self._at_work[one], self._served.get(one, -1)))
            work = self._waiting[key].popleft()
            if not self._waiting[key]:
                del self._waiting[key]
            self._at_work[key] += 1
            self._served[key] = next(self._turn)
            self._pool.submit(self._run, key, work)

    def _run(self, key: Hashable, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._at_work[key] -= 1
                if not self._at_work[key]:
                    del self._at_work[key]
                    if key not in self._waiting:
                        self._served.pop(key, None)
                self._dispatch()
