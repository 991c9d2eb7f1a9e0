"""Which processes of a service are there, and which of them may write of which job; by the database's clock.

Each says twice a second that it is there. One that has not been heard of for `SILENT_SECONDS` loses the partitions it
has begun. What is written of a job needs a lease as well: the keeper of its record has told the job's owner of late
that it still is. That lease ends sooner than the one of the record (30 s), so nobody else has the job's lock before.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.runtime.database import Database, Now, upsert
from services.runtime.jobs.patience import patiently
from services.runtime.jobs.tables import LEASES, LIVES
from services.runtime.log import logger

BEAT_SECONDS = 0.5
BEGIN_SECONDS = 120.0
"""How long a process that starts waits for its database."""
SILENT_SECONDS = 15.0
LEASED_SECONDS = 25.0
"""How long something may be written of a job after its owner asked whether it still is."""
FORSAKEN_SECONDS = 45.0
"""How long a job whose owner is there, but does not reach the keeper of its record, is left to it."""
_KEPT_SECONDS = 24 * 60 * 60

_THIS = LIVES.c.life == sa.bindparam("this")
_BEAT = sa.update(LIVES).where(_THIS).values(seen=Now()).returning(LIVES.c.seen)
_GONE = sa.update(LIVES).where(_THIS).values(gone=True)
_FORMER = sa.delete(LIVES).where(
    LIVES.c.slot == sa.bindparam("of_slot"), LIVES.c.life != sa.bindparam("this"), sa.not_(LIVES.c.gone)
)
_RENEW = (
    sa.update(LEASES)
    .where(LEASES.c.job_id == sa.bindparam("job"), LEASES.c.owner == sa.bindparam("this"))
    .where(LEASES.c.asked < sa.bindparam("now_asked"))
    .values(asked=sa.bindparam("now_asked"))
)
_OLD = sa.delete(LIVES).where(LIVES.c.seen < Now() - _KEPT_SECONDS)


def alive(life: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a life is at work, as far as anybody knows."""
    return sa.exists().where(LIVES.c.life == life, sa.not_(LIVES.c.gone), LIVES.c.seen > Now() - SILENT_SECONDS)


def leased(
    job: sa.ColumnElement[str], owner: sa.ColumnElement[str], seconds: float = LEASED_SECONDS
) -> sa.ColumnElement[bool]:
    """Whether the job was told to be this owner's, when that was asked within the last so many seconds."""
    return sa.exists().where(LEASES.c.job_id == job, LEASES.c.owner == owner, LEASES.c.asked > Now() - seconds)


def write_lease(connection: sa.Connection, job_id: str, owner: str, asked: float) -> None:
    """A job's first lease of this owner."""
    upsert(connection, LEASES, ("job_id", "owner", "asked"), [(job_id, owner, asked)])


def renew_leases(connection: sa.Connection, asked: Mapping[str, float], owner: str) -> None:
    """When the owner asked about each job, and was told that it still is its own."""
    connection.execute(_RENEW, [{"job": job, "this": owner, "now_asked": asked[job]} for job in sorted(asked)])


class Life:
    """This process's life: `slot#life`. Its slot is held by nobody else, so former lives of it are over.

    It is told in a thread of its own, so that nothing else which hangs keeps it from that.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._seen = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._forever, name="job-life", daemon=True)

    @property
    def seen(self) -> float:
        """When it was last told, seconds since 1970 by the database's clock: what is asked now is asked later."""
        return self._seen

    def start(self) -> None:
        """Is there from now on."""
        patiently(self.begin, lambda: None, BEGIN_SECONDS)
        self._thread.start()

    def stop(self) -> None:
        """Ends in order: what it had begun is free at once."""
        self._ended.set()
        try:
            with self._database.write() as connection:
                connection.execute(_GONE, {"this": self._name})
        except sa.exc.SQLAlchemyError:
            logger().warning("the end of this life was not written down")

    def begin(self) -> None:
        """Is there for the first time."""
        slot = self._name.rpartition("#")[0]
        with self._database.write() as connection:
            connection.execute(_FORMER, {"of_slot": slot, "this": self._name})
            connection.execute(_OLD)
            seen: Any = connection.execute(sa.select(Now())).scalar_one()
            upsert(connection, LIVES, ("life", "slot", "seen", "gone"), [(self._name, slot, seen, False)])
        self._seen = float(seen)

    def beat(self) -> None:
        """Is still there."""
        with self._database.write() as connection:
            seen = connection.execute(_BEAT, {"this": self._name}).scalar_one_or_none()
        if seen is None:
            self.begin()  # it was silent for so long that it was forgotten
        else:
            self._seen = float(seen)

    def _forever(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                self.beat()
            except sa.exc.SQLAlchemyError as error:
                logger().warning("the database does not answer", kind=type(error).__name__)
            except Exception:  # noqa: BLE001 - the boundary of the thread
                logger().exception("this life was not told; tried again")
