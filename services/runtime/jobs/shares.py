"""The partitions of divided jobs: who works on which. Any process of the service may take one, of any job.

One that was begun and is not done may be why a process died: it is given out last, and to those only who have nothing
else at work. From the third time on it is gone through in pieces first, and what is looked at is written down, so that
in the end the row is known.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.runtime.database import Database
from services.runtime.jobs.lives import alive, leased
from services.runtime.jobs.tables import PARTITIONS, RUNS

_JOB = PARTITIONS.c.job_id == sa.bindparam("job")
_PLACE = PARTITIONS.c.number == sa.bindparam("place")
_HAS = PARTITIONS.c.worker == sa.bindparam("life")
_OPEN = (PARTITIONS.c.units.is_(None), PARTITIONS.c.fault_reason.is_(None))
FREE = (*_OPEN, sa.or_(PARTITIONS.c.worker == "", sa.not_(alive(PARTITIONS.c.worker))))
"""Of a partition: it is to be done, and nobody is at it."""
_HEARD = alive(sa.bindparam("life", type_=sa.String))
_RUN = RUNS.c.job_id == sa.bindparam("job")
_RUN_LEASED = sa.exists().where(_RUN, sa.not_(RUNS.c.closing), leased(RUNS.c.job_id, RUNS.c.owner))
# That it was begun does not count: it was not why a process died.
_NOT_TRIED = sa.case((PARTITIONS.c.tries > 0, PARTITIONS.c.tries - 1), else_=0)


def _take(*which: sa.ColumnElement[bool]) -> sa.UpdateBase:
    next_one = (
        sa.select(PARTITIONS.c.number)
        .where(_JOB, *FREE, *which)
        .order_by(PARTITIONS.c.tries, PARTITIONS.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
        .correlate(None)
        .scalar_subquery()
    )
    return (
        sa.update(PARTITIONS)
        .where(_JOB, PARTITIONS.c.number == next_one, _RUN_LEASED, _HEARD)
        .values(worker=sa.bindparam("life"), tries=PARTITIONS.c.tries + 1)
        .returning(PARTITIONS.c.number, PARTITIONS.c.payload, PARTITIONS.c.tries, PARTITIONS.c.suspects)
    )


_TAKE_FRESH = _take(PARTITIONS.c.tries == 0)
_TAKE_ANY = _take()
_DONE = sa.update(PARTITIONS).where(_JOB, _PLACE, _HAS, *_OPEN)
_GIVE_BACK = _DONE.values(worker="", tries=_NOT_TRIED)
_EXCUSE = (
    sa.update(PARTITIONS)
    .where(_JOB, _PLACE, *_OPEN, PARTITIONS.c.worker.not_in(("", sa.bindparam("life"))))
    .where(PARTITIONS.c.tries > sa.bindparam("mine"))
    .values(tries=_NOT_TRIED)
)
_FORGOTTEN = sa.select(PARTITIONS.c.job_id, PARTITIONS.c.number).where(_HAS, *_OPEN)
_PROGRESS = sa.update(RUNS).where(_RUN, RUNS.c.lives != 0).values(lives=0)
_NO_MORE = sa.update(RUNS).where(_RUN).values(closing=True)
# Locked where the database can: whoever is given the partition next waits until the transaction is through.
_MINE = (
    sa.select(PARTITIONS.c.number)
    .where(_JOB, _PLACE, _HAS, *_OPEN, _RUN_LEASED)
    .with_for_update(read=True, of=PARTITIONS)
)
_CLOSE = _NO_MORE.where(RUNS.c.owner == sa.bindparam("life"))
_TAKE_AWAY = sa.update(PARTITIONS).where(_JOB, *_OPEN).values(worker="")
_STANDING = sa.select(
    sa.func.count().filter(sa.and_(*_OPEN)),
    sa.func.coalesce(sa.func.sum(PARTITIONS.c.units), 0),
).where(_JOB)
_FAULT = (
    sa.select(PARTITIONS.c.fault_reason, PARTITIONS.c.fault_message)
    .where(_JOB, PARTITIONS.c.fault_reason.is_not(None))
    .order_by(PARTITIONS.c.number)
    .limit(1)
)


class PartitionLost(Exception):
    """Somebody else has the partition now, or the job ends: what this process has of it is not written."""


@dataclass(frozen=True)
class Suspects:
    """Rows `first` to before `end` of a partition: looked at when a process died; `name` of the row if it is one."""

    first: int
    end: int
    name: str = ""


@dataclass(frozen=True)
class Part:
    """A partition that was taken."""

    number: int
    payload: Any
    tries: int
    """How often it was begun, with this time."""
    suspects: Suspects | None


@dataclass(frozen=True)
class Standing:
    """How far the partitions of a job are."""

    open: int
    """Not done."""
    units: int
    """Done."""
    fault: tuple[str, str] | None
    """Reason and message of one that failed."""


class Shares:
    """See module. Every method is one transaction."""

    def __init__(self, database: Database, life: str) -> None:
        self.database = database
        self.life = life
        self._lock = threading.Lock()
        self._held: set[tuple[str, int]] = set()
        self._unheld: set[tuple[str, int]] = set()

    def take(self, job_id: str, *, fresh: bool) -> Part | None:
        """A partition that nobody works on, this life's until `let_go`: one never begun before (`fresh`), or any."""
        which = {"job": job_id, "life": self.life}
        with self.database.write() as connection:
            row = connection.execute(_TAKE_FRESH if fresh else _TAKE_ANY, which).one_or_none()
        if row is None:
            return None
        suspects = Suspects(*json.loads(row.suspects)) if row.suspects else None
        part = Part(row.number, json.loads(row.payload), row.tries, suspects)
        with self._lock:
            is_held = (job_id, part.number) in self._held
            self._held.add((job_id, part.number))
        if is_held:  # by a thread that does not know yet that it was lost meanwhile, and given back by others
            self.give_back(job_id, part)
            return None
        return part

    def done(self, job_id: str, part: Part, units: int) -> None:
        """The partition is done. PartitionLost when it is not this life's any more: whose it is does it again."""
        which = self._this(job_id, part.number)
        with self.database.write() as connection:
            connection.execute(_PROGRESS, {"job": job_id})
            if not connection.execute(_DONE.values(units=units, suspects=None), which).rowcount:
                raise PartitionLost

    def suspect(self, job_id: str, part: Part, suspects: Suspects | None) -> None:
        """These rows are looked at now; None: all were, and no process died. PartitionLost as above."""
        text = None if suspects is None else json.dumps([suspects.first, suspects.end, suspects.name])
        with self.database.write() as connection:
            if not connection.execute(_DONE.values(suspects=text), self._this(job_id, part.number)).rowcount:
                raise PartitionLost

    def give_back(self, job_id: str, part: Part) -> bool:
        """The partition is free again, if it still was this life's, and whether; that it was begun does not count."""
        with self.database.write() as connection:
            return connection.execute(_GIVE_BACK, self._this(job_id, part.number)).rowcount > 0

    def excuse(self, job_id: str, part: Part) -> None:
        """Somebody else has the partition by now; that it was begun here does not count, if it still does."""
        with self.database.write() as connection:
            connection.execute(_EXCUSE, self._this(job_id, part.number) | {"mine": part.tries})

    def let_go(self, job_id: str, part: Part) -> None:
        """No thread of this process has to do with the partition any more, whatever became of it."""
        with self._lock:
            self._held.discard((job_id, part.number))

    def free_forgotten(self) -> int:
        """Frees what is this life's though no thread of it knows; how many partitions that were.

        It was not heard that they were given, or that they were given back: the connection broke meanwhile. Only what
        was found so the last time as well, or what is just being taken would be among them.
        """
        with self.database.read() as connection:
            mine = {(row.job_id, row.number) for row in connection.execute(_FORGOTTEN, {"life": self.life})}
        with self._lock:
            unheld = mine - self._held
        forgotten = unheld & self._unheld
        self._unheld = unheld
        for job_id, number in forgotten:
            with self.database.write() as connection:
                connection.execute(_GIVE_BACK, self._this(job_id, number))
        return len(forgotten)

    def fail(self, job_id: str, part: Part, reason: str, message: str) -> None:
        """The partition failed, and with it the job: its owner learns why, and nobody begins or writes more of it."""
        which = self._this(job_id, part.number)
        with suppress(PartitionLost), self.database.write() as connection:
            connection.execute(_NO_MORE, {"job": job_id})
            if not connection.execute(_DONE.values(fault_reason=reason, fault_message=message), which).rowcount:
                raise PartitionLost

    def standing(self, job_id: str) -> Standing:
        """How far the job is."""
        with self.database.read() as connection:
            left, units = connection.execute(_STANDING, {"job": job_id}).one()
            fault = connection.execute(_FAULT, {"job": job_id}).one_or_none()
        return Standing(left, int(units), None if fault is None else (fault[0], fault[1]))

    def close(self, job_id: str) -> bool:
        """The job, which is this life's, ends: what is not done of it is nobody's any more, and none is given out.

        When this returns nobody is within a transaction that writes something of it. False if the job is another's.
        """
        which = {"job": job_id, "life": self.life}
        with self.database.write() as connection:
            is_mine = connection.execute(_CLOSE, which).rowcount > 0
            if is_mine:
                connection.execute(_TAKE_AWAY, which)
            return is_mine

    def wanted(self, job_id: str) -> bool:
        """Whether the job still is to be worked on, and what is done of it may be written."""
        with self.database.read() as connection:
            return bool(connection.execute(sa.select(_RUN_LEASED), {"job": job_id}).scalar_one())

    def require(self, connection: sa.Connection, job_id: str, part: Part) -> None:
        """For `guarded`: PartitionLost when what was done of the partition must not be written."""
        if connection.execute(_MINE, self._this(job_id, part.number)).first() is None:
            raise PartitionLost

    def _this(self, job_id: str, number: int) -> dict[str, Any]:
        return {"job": job_id, "place": number, "life": self.life}
