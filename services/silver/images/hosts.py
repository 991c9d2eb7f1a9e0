"""What the checker knows about each host: whose turn it is, whether to pause, and whether it is worth waiting for."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from services.silver.images.facts import ImageFact, Reason
from services.silver.images.limits import ImageLimits

_MOST_DOUBLINGS: Final = 5


class HostGivenUpError(Exception):
    """The host is left alone for a while; carries what is told of an address that was not asked for that."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class ThrottledError(Exception):
    """The host wants a longer pause than its budget allows."""


class Host:
    """One host. All methods run on the checker's loop."""

    def __init__(self, limits: ImageLimits, everywhere: asyncio.Semaphore, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._everywhere = everywhere
        self._here = asyncio.Semaphore(limits.per_host)
        self._answered = float("-inf")
        self._paused_until = 0.0
        self._given_up_until = 0.0
        self._given_up_for = Reason.HOST_GIVEN_UP
        self._silences = 0
        self._wasted = 0.0
        self._wasted_until = 0.0
        self.waiting: deque[tuple[str, asyncio.Future[ImageFact]]] = deque()
        self.workers = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place among the requests under way. Raises HostGivenUpError.

        Pauses are spent without a place among all requests: a host that wants patience takes nothing from the others.
        """
        async with self._here:
            self._refuse_when_given_up()
            while (pause := self._paused_until - self._clock()) > 0:
                await asyncio.sleep(pause)
                self._refuse_when_given_up()
            async with self._everywhere:
                self._refuse_when_given_up()
                yield

    def answered(self) -> None:
        """It gave some answer."""
        self._answered = self._clock()
        self._silences = 0

    def timed_out(self, began: float, since: float) -> None:
        """A request that began at `began`, for a URL first asked at `since`, got no answer in time."""
        now = self._clock()
        self._waste(began, now)
        if self._answered < since or self._wasted >= self._limits.host_seconds:
            self._leave_alone(Reason.HOST_GIVEN_UP)

    def led_nowhere(self, reason: Reason, since: float) -> None:
        """No connection came about in all attempts for a URL first asked at `since`.

        A name that does not exist says the same of every address with it; any other failure may be of the moment.
        """
        if self._answered < since:
            self._leave_alone(Reason.DNS if reason is Reason.DNS else Reason.HOST_GIVEN_UP)

    def pause(self, seconds: float) -> None:
        """It asked for patience. Raises ThrottledError where that is more than its budget has left."""
        now = self._clock()
        until = now + seconds
        if until <= self._paused_until:
            return
        self._waste(now, until)
        if self._wasted > self._limits.host_seconds:
            self._give_up(now + min(seconds, self._limits.host_rest_seconds))
            raise ThrottledError
        self._paused_until = until

    def is_idle(self) -> bool:
        """Whether nothing would be lost by forgetting it."""
        now = self._clock()
        return not self.workers and not self.waiting and now >= max(self._paused_until, self._given_up_until)

    def _waste(self, since: float, until: float) -> None:
        """Counts time once, however many requests waited through it, and not what runs of long ago have wasted."""
        if since > self._wasted_until + self._limits.host_rest_seconds:
            self._wasted = 0.0
        self._wasted += max(0.0, until - max(since, self._wasted_until))
        self._wasted_until = max(self._wasted_until, until)

    def _give_up(self, until: float, reason: Reason = Reason.HOST_GIVEN_UP) -> None:
        self._given_up_until = max(self._given_up_until, until)
        self._given_up_for = reason
        self._paused_until = 0.0
        self._wasted = 0.0

    def _leave_alone(self, reason: Reason) -> None:
        """Gives it up, twice as long each time while it stays silent: a long run should not try it every minute."""
        now = self._clock()
        if now >= self._given_up_until:  # else one of several requests that were under way at once
            self._give_up(now + self._limits.host_rest_seconds * (1 << self._silences), reason)
            self._silences = min(self._silences + 1, _MOST_DOUBLINGS)

    def _refuse_when_given_up(self) -> None:
        if self._clock() < self._given_up_until:
            raise HostGivenUpError(self._given_up_for)
