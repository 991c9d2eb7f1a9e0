"""Write transactions that lose a race against another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

from services.runtime.database.doors import Database

Result = TypeVar("Result")

ATTEMPTS = 8
PAUSE_SECONDS = 0.05
# PostgreSQL's "serialization_failure" and "deadlock_detected": one of those that waited for each other is given up.
_LOST = frozenset({"40001", "40P01"})


def settle(database: Database, work: Callable[[sa.Connection], Result]) -> Result:
    """Runs `work` in a write transaction, again when it lost a race against another one.

    SQLite's writers queue and this never happens. On PostgreSQL two may both see a name free, and a unique index
    refuses the second, whose next look finds what the winner wrote; or two wait for each other's rows, and one begins
    anew.
    """

    def once() -> Result:
        with database.write() as connection:
            return work(connection)

    return Retrying(
        retry=retry_if_exception(_is_lost),
        wait=wait_random(0, PAUSE_SECONDS),  # or the same two would wait for each other again
        stop=stop_after_attempt(ATTEMPTS),
        reraise=True,
    )(once)


def _is_lost(error: BaseException) -> bool:
    return isinstance(error, sa.exc.IntegrityError) or (
        isinstance(error, sa.exc.DBAPIError) and getattr(error.orig, "sqlstate", None) in _LOST
    )
