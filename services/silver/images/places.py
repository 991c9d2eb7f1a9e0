"""Places for requests: among all that are under way, and among those to one host.

A host is trusted with as much as it has answered, as TCP trusts a path (RFC 5681, slow start): one request at first,
one more with each answer, one again after a time out. So a host that hangs holds one place, not all that it may have.
"""

import asyncio
from collections import deque


class Places:
    """All places there are. Requests to hosts that are untried have at most half of them.

    However many hosts hang, those that answer go on with the other half.
    """

    def __init__(self, count: int) -> None:
        self._all = asyncio.Semaphore(count)
        self._untried = asyncio.Semaphore(max(1, count // 2))
        self._for_untried = self._left_for_untried = max(1, count // 2)
        self.free = count

    async def enter(self, *, untried: bool) -> None:
        """Takes a place, after whoever came before."""
        if untried:
            await self._untried.acquire()
            self._left_for_untried -= 1
        try:
            await self._all.acquire()
        except BaseException:
            self._leave_untried(untried)
            raise
        self.free -= 1

    def leave(self, *, untried: bool) -> None:
        """Gives it back."""
        self.free += 1
        self._all.release()
        self._leave_untried(untried)

    def has_room_for_untried(self) -> bool:
        """Whether more than half of what the untried may have is free."""
        return self._left_for_untried * 2 > self._for_untried

    def _leave_untried(self, untried: bool) -> None:
        if untried:
            self._left_for_untried += 1
            self._untried.release()


class Window:
    """How many requests of one kind may be under way to one host; whoever comes first is let in first."""

    def __init__(self, most: int, places: Places) -> None:
        self._most = most
        self._places = places
        self._size = 1
        self._queue: deque[asyncio.Future[None]] = deque()
        self.taken = 0
        self.tried = False
        """Whether there was an answer since the start, or since the last time out."""

    async def enter(self) -> None:
        """Takes one of the places of the window."""
        if not self._queue and self._has_room():
            self.taken += 1
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(future)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Gives it back."""
        self.taken -= 1
        self._admit()

    def answered(self) -> None:
        """One more."""
        self.tried = True
        self.widen()

    def widen(self) -> None:
        """One more, which says nothing about the host."""
        self._size = min(self._size + 1, self._most)
        self._admit()

    def shrink(self) -> None:
        """One again; those that are in stay in."""
        self.tried = False
        self._size = 1

    def _has_room(self) -> bool:
        """Also, no host has more than are left for all others: those that go silent together keep nobody else out."""
        return not self.taken or (self.taken < self._size and self.taken <= self._places.free)

    def _admit(self) -> None:
        while self._queue and self._has_room():
            future = self._queue.popleft()
            if not future.done():
                self.taken += 1
                future.set_result(None)
