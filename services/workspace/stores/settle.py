"""Write transactions that lose a race against another process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from services.runtime.database import Database

Result = TypeVar("Result")

ATTEMPTS = 5


def settle(database: Database, work: Callable[[sa.Connection], Result]) -> Result:
    """Runs `work` in a write transaction, again when a unique index refuses it.

    On SQLite writers queue and this never happens; on PostgreSQL two may both see a name free. The second look then
    finds what the winner wrote.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            with database.write() as connection:
                return work(connection)
        except sa.exc.IntegrityError:
            continue
    with database.write() as connection:
        return work(connection)
