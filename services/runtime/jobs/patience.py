"""Work of a job is tried again while a neighbour or the database is away, or the disk is full."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from services.runtime.database import may_pass
from services.runtime.errors import UpstreamUnavailable
from services.runtime.log import logger
from services.runtime.neighbours import is_away

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
ASK_SECONDS = 0.5
Result = TypeVar("Result")


class Do(Protocol):
    """How work is done: at once, or with patience."""

    def __call__(self, work: Callable[[], Result], /) -> Result:
        """The work's result."""


def at_once(work: Callable[[], Result]) -> Result:
    """Does the work once: somebody waits for it."""
    return work()


def away(error: BaseException) -> bool:
    """Whether the error says that somebody does not answer who may be back soon: a service, or the database."""
    return isinstance(error, UpstreamUnavailable) or may_pass(error) or is_away(error)


def patiently(work: Callable[[], Result], check: Callable[[], None], seconds: float) -> Result:
    """Does idempotent work until nobody is missing. `check` is asked meanwhile, twice a second, and may raise.

    After `seconds` the last error is raised; any other error at once.
    """

    def pause(seconds: float) -> None:
        left = seconds
        while left > 0:
            check()
            time.sleep(min(left, ASK_SECONDS))
            left -= ASK_SECONDS

    def tell(state: RetryCallState) -> None:
        logger().warning("a neighbour or the database is away; the work is tried again", tries=state.attempt_number)

    return Retrying(
        retry=retry_if_exception(away),
        wait=wait_random_exponential(multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS),
        stop=stop_after_delay(seconds),
        sleep=pause,
        before_sleep=tell,
        reraise=True,
    )(work)
