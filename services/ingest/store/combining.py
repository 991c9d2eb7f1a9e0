"""Work of many callers done together: whoever comes while some is being done waits, and then goes with all who wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


class Combiner(Generic[Work, Result]):
    """A transaction costs about the same for one caller as for ten. Without waiting callers each is done by itself."""

    def __init__(self, do: Callable[[Sequence[Sequence[Work]]], Sequence[Result]], most: int) -> None:
        """`do`: the work of several callers, in the order in which they came, to one result for each; `most`: how much
        work is done together.
        """
        self._do = do
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Sequence[Work], Future[Result]]] = deque()
        self._is_busy = False

    def run(self, work: Sequence[Work]) -> Result:
        """The result of this caller's work. What `do` raises is raised to all whose work it was."""
        future: Future[Result] = Future()
        with self._lock:
            self._waiting.append((work, future))
            leads = not self._is_busy
            self._is_busy = True
        if leads:
            self._lead()
        return future.result()

    def _lead(self) -> None:
        """Does what waits until nobody does; in the thread of a caller."""
        while some := self._next():
            try:
                results = self._do([work for work, _ in some])
            except BaseException as error:  # noqa: BLE001 - it is theirs who wait, among whom may be this thread
                for _, future in some:
                    future.set_exception(error)
            else:
                for (_, future), result in zip(some, results, strict=True):
                    future.set_result(result)

    def _next(self) -> list[tuple[Sequence[Work], Future[Result]]]:
        with self._lock:
            some: list[tuple[Sequence[Work], Future[Result]]] = []
            size = 0
            while self._waiting and (not some or size + len(self._waiting[0][0]) <= self._most):
                some.append(self._waiting.popleft())
                size += len(some[-1][0])
            self._is_busy = bool(some)
            return some
