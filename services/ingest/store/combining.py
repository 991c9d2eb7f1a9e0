"""Work of many callers done together: whoever comes while some is being done waits, and then goes with all who wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


class _Caller(Generic[Work, Result]):
    """Who waits: until the work is done, or for the turn to do it."""

    def __init__(self, work: Sequence[Work]) -> None:
        self.work = work
        self.woken = threading.Event()
        self.leads = False
        self.results: list[Result] = []
        self.error: BaseException | None = None


class Combiner(Generic[Work, Result]):
    """A transaction costs about the same for one caller as for ten. Without waiting callers each is done by itself."""

    def __init__(self, do: Callable[[Sequence[Sequence[Work]]], Sequence[Result]], most: int) -> None:
        """`do`: the work of several callers, in the order in which they came, to one result for each; `most`: how much
        work is done together.
        """
        self._do = do
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Caller[Work, Result]] = deque()
        self._is_busy = False

    def run(self, work: Sequence[Work]) -> Result:
        """The result of this caller's work. What `do` raises is raised to all whose work it was."""
        mine: _Caller[Work, Result] = _Caller(work)
        with self._lock:
            self._waiting.append(mine)
            mine.leads, self._is_busy = not self._is_busy, True
        if not mine.leads:
            mine.woken.wait()
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.results[0]

    def _lead(self) -> None:
        """Does one round, of the leader and of those who wait behind; then the next one leads, in its own thread."""
        some = self._next()
        try:
            results = self._do([one.work for one in some])
            for one, result in zip(some, results, strict=True):
                one.results.append(result)
        except BaseException as error:  # noqa: BLE001 - it is theirs who wait, among whom is this thread
            for one in some:
                one.error = error
        with self._lock:
            self._is_busy = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                some.append(self._waiting[0])
        for one in some:
            one.woken.set()

    def _next(self) -> list[_Caller[Work, Result]]:
        with self._lock:
            some = [self._waiting.popleft()]
            size = len(some[0].work)
            while self._waiting and size + len(self._waiting[0].work) <= self._most:
                some.append(self._waiting.popleft())
                size += len(some[-1].work)
            return some
