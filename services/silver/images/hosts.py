"""What the checker knows about each host: whose turn it is, whether to pause, and whether it is worth waiting for."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from services.silver.images.facts import ImageFact, Reason
from services.silver.images.limits import ImageLimits
from services.silver.images.places import Places, Window

_MOST_DOUBLINGS: Final = 5


class HostGivenUpError(Exception):
    """The host is left alone for a while; carries what is told of an address that was not asked for that."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class ThrottledError(Exception):
    """The host wants a longer pause than its budget allows."""


class Wasted:
    """Seconds that were waited for nothing; they count once, however many requests waited through them."""

    def __init__(self, forgotten_after: float) -> None:
        self._forgotten_after = forgotten_after
        self._until = float("-inf")
        self.seconds = 0.0

    def add(self, since: float, until: float) -> float:
        """What it comes to with these; what runs of long ago have wasted counts no more."""
        if since > self._until + self._forgotten_after:
            self.seconds = 0.0
        self.seconds += max(0.0, until - max(since, self._until))
        self._until = max(self._until, until)
        return self.seconds


class Host:
    """One host. All methods run on the checker's loop."""

    def __init__(self, limits: ImageLimits, places: Places, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._places = places
        self._here = asyncio.Semaphore(limits.per_host)
        # Apart, since there are servers that answer one of them and let the other hang.
        self._windows = {method: Window(limits.per_host, places) for method in ("HEAD", "GET")}
        self._answered = float("-inf")
        self._body_answered = float("-inf")
        self._paused_until = 0.0
        self._given_up_until = 0.0
        self._given_up_for = Reason.HOST_GIVEN_UP
        self._no_sizes_until = 0.0
        self._silences = 0
        self._wasted = Wasted(limits.host_rest_seconds)
        self._wasted_on_sizes = Wasted(limits.host_rest_seconds)
        self._under_way: set[asyncio.Timeout] = set()
        self.waiting: deque[tuple[str, asyncio.Future[ImageFact]]] = deque()
        self.workers = 0

    @asynccontextmanager
    async def turn(self, method: str, seconds: float) -> AsyncIterator[None]:
        """A place among the requests under way, for so many seconds.

        Raises TimeoutError when they are over, and HostGivenUpError, also in the middle. Pauses are spent without a
        place among all requests: a host that wants patience takes nothing from the others.
        """
        window = self._windows[method]
        if not window.taken and self._clock() - self._answered > self._limits.host_rest_seconds:
            window.shrink()
        await window.enter()
        try:
            async with self._here:
                self._refuse_when_given_up()
                while (pause := self._paused_until - self._clock()) > 0:
                    await asyncio.sleep(pause)
                    self._refuse_when_given_up()
                untried = not window.tried
                await self._places.enter(untried=untried)
                timeout = asyncio.timeout(seconds)
                widen = self._soon_widen(window) if untried else None
                try:
                    self._refuse_when_given_up()
                    async with timeout:
                        self._under_way.add(timeout)
                        yield
                except TimeoutError:
                    if timeout not in self._under_way:
                        raise HostGivenUpError(self._given_up_for) from None
                    raise
                finally:
                    self._under_way.discard(timeout)
                    if widen is not None:
                        widen.cancel()
                    self._places.leave(untried=untried)
        finally:
            window.leave()

    def answered(self, method: str) -> None:
        """It gave some answer, whole with the part of the body that is wanted."""
        self._answered = self._clock()
        if method == "GET":
            self._body_answered = self._answered
        self._silences = 0
        self._windows[method].answered()

    def timed_out(self, method: str, began: float, since: float) -> None:
        """A request that began at `began`, for a URL first asked at `since`, got no answer in time."""
        self._windows[method].shrink()
        wasted = self._wasted.add(began, self._clock())
        if self._answered < since:
            self._leave_alone(Reason.HOST_GIVEN_UP)
            self._break_off()
        elif wasted >= self._limits.host_seconds:
            self._leave_alone(Reason.HOST_GIVEN_UP)

    def gives_sizes(self) -> bool:
        """Whether pictures are worth asking for their size."""
        return self._clock() >= self._no_sizes_until

    def withheld_size(self, began: float) -> None:
        """A request that began at `began`, for the size of a picture that is there, took too long."""
        self._windows["GET"].shrink()
        now = self._clock()
        wasted = self._wasted_on_sizes.add(began, now)
        if self._body_answered < began or wasted >= self._limits.host_seconds:
            self._no_sizes_until = now + self._limits.host_rest_seconds

    def led_nowhere(self, reason: Reason, since: float) -> None:
        """No connection came about in all attempts for a URL first asked at `since`.

        A name that does not exist says the same of every address with it; any other failure may be of the moment.
        """
        for window in self._windows.values():
            window.shrink()
        if self._answered < since:
            self._leave_alone(Reason.DNS if reason is Reason.DNS else Reason.HOST_GIVEN_UP)

    def pause(self, seconds: float) -> None:
        """It asked for patience. Raises ThrottledError where that is more than its budget has left."""
        now = self._clock()
        until = now + seconds
        if until <= self._paused_until:
            return
        if self._wasted.add(now, until) > self._limits.host_seconds:
            self._give_up(now + min(seconds, self._limits.host_rest_seconds))
            raise ThrottledError
        self._paused_until = until

    def is_idle(self) -> bool:
        """Whether nothing would be lost by forgetting it."""
        busy = self.workers or self.waiting or any(window.taken for window in self._windows.values())
        until = max(self._paused_until, self._given_up_until, self._no_sizes_until)
        return not busy and self._clock() >= until

    def _soon_widen(self, window: Window) -> asyncio.TimerHandle:
        """Lets another request in if there is no answer for a while: one page that hangs does not stand for all."""

        def widen() -> None:
            if not window.tried and self._places.has_room_for_untried():
                window.widen()

        return asyncio.get_running_loop().call_later(self._limits.patience_seconds, widen)

    def _break_off(self) -> None:
        """Ends what is under way: it came after the one that waited for nothing, and would wait as long."""
        for timeout in [one for one in self._under_way if not one.expired()]:
            self._under_way.discard(timeout)
            timeout.reschedule(0.0)

    def _give_up(self, until: float, reason: Reason = Reason.HOST_GIVEN_UP) -> None:
        self._given_up_until = max(self._given_up_until, until)
        self._given_up_for = reason
        self._paused_until = 0.0
        self._wasted.seconds = 0.0

    def _leave_alone(self, reason: Reason) -> None:
        """Gives it up, twice as long each time while it stays silent: a long run should not try it every minute."""
        now = self._clock()
        if now >= self._given_up_until:  # else one of several requests that were under way at once
            self._give_up(now + self._limits.host_rest_seconds * (1 << self._silences), reason)
            self._silences = min(self._silences + 1, _MOST_DOUBLINGS)

    def _refuse_when_given_up(self) -> None:
        if self._clock() < self._given_up_until:
            raise HostGivenUpError(self._given_up_for)
