"""Write transactions that first ask whether they still may.

Whoever works on something that another process may take over meanwhile says with `guarded` how to tell, and every
transaction that is begun within asks so, in the transaction itself: what it answers holds until the transaction's end.
Where others may write meanwhile it is asked again before that end: a process may have been stopped in between, for
longer than an answer is good for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import sqlalchemy as sa

from services.runtime.database import postgresql

Ask = Callable[[sa.Connection], None]
"""Raises when the transaction must not be; locks what it relies on."""

_GUARD: ContextVar[tuple[object, Ask] | None] = ContextVar("guard", default=None)


@contextmanager
def guarded(database: object, ask: Ask) -> Iterator[None]:
    """Has the write transactions on this database ask, those that this thread begins within."""
    token = _GUARD.set((database, ask))
    try:
        yield
    finally:
        _GUARD.reset(token)


@contextmanager
def asked(database: object, connection: sa.Connection) -> Iterator[None]:
    """Asks what is to be asked: at the beginning of a write transaction, and before its end."""
    guard = _GUARD.get()
    if guard is None or guard[0] is not database:
        yield
        return
    many_write = connection.dialect.name == "postgresql"
    if many_write:
        postgresql.limit_idling(connection)  # what a stopped process has locked is free in the end
    guard[1](connection)
    yield
    if many_write:  # SQLite has one writer: nobody could have written what a long transaction would be refused for
        guard[1](connection)
