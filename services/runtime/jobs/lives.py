"""Which processes of a service are there: each says so twice a second, by the database's clock.

A process that has not been heard of for `SILENT_SECONDS` loses the partitions it has begun. One that was stopped and
wakes up again must first ask whose its jobs are, and then says anew that it is there: until then it writes nothing.
The lease of a job's record (30 s) is longer than `HEARD_SECONDS`, so nobody else has the job's lock before that.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.runtime.database import Database, Now, upsert
from services.runtime.jobs.tables import LIVES

SILENT_SECONDS = 15.0
HEARD_SECONDS = 25.0
"""How long what a job's owner has begun may still be written after it was heard of."""
_KEPT_SECONDS = 24 * 60 * 60

_THIS = LIVES.c.life == sa.bindparam("this")
_BEAT = sa.update(LIVES).where(_THIS, LIVES.c.seen > Now() - SILENT_SECONDS).values(seen=Now())
_RETURN = sa.update(LIVES).where(_THIS).values(seen=Now())
_GONE = sa.update(LIVES).where(_THIS).values(gone=True)
_FORMER = sa.delete(LIVES).where(
    LIVES.c.slot == sa.bindparam("of_slot"), LIVES.c.life != sa.bindparam("this"), sa.not_(LIVES.c.gone)
)
_OLD = sa.delete(LIVES).where(LIVES.c.seen < Now() - _KEPT_SECONDS)


def alive(life: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a life is at work, as far as anybody knows."""
    return sa.exists().where(LIVES.c.life == life, sa.not_(LIVES.c.gone), LIVES.c.seen > Now() - SILENT_SECONDS)


class Life:
    """One life: `slot#life`. Its slot is held by nobody else, so former lives of it are over."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name

    def begin(self) -> None:
        """Is there from now on."""
        slot = self._name.rpartition("#")[0]
        with self._database.write() as connection:
            connection.execute(_FORMER, {"of_slot": slot, "this": self._name})
            connection.execute(_OLD)
            seen: Any = connection.execute(sa.select(Now())).scalar_one()
            upsert(connection, LIVES, ("life", "slot", "seen", "gone"), [(self._name, slot, seen, False)])

    def beat(self) -> bool:
        """Is still there; False, and nothing changed, when it was silent for so long that others think otherwise."""
        with self._database.write() as connection:
            return bool(connection.execute(_BEAT, {"this": self._name}).rowcount)

    def come_back(self) -> None:
        """Is there again, after it has asked whose its jobs are."""
        with self._database.write() as connection:
            connection.execute(_RETURN, {"this": self._name})

    def end(self) -> None:
        """Ends in order: what it had begun is free at once."""
        with self._database.write() as connection:
            connection.execute(_GONE, {"this": self._name})
