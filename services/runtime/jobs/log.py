"""What a service writes down of the jobs it works on: enough to go on with them in another life.

A job is here from the moment its record is open until its end is recorded. Of a job with several partitions it is
known which are done (`shares`); one that is a single partition is simply done again. What has been tried in vain is
counted, so that work which takes the process down does not do so for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from services.runtime.database import Database
from services.runtime.errors import JobInterrupted
from services.runtime.jobs.lives import FORSAKEN_SECONDS, alive, leased, renew_leases, write_lease
from services.runtime.jobs.model import Job, Plan
from services.runtime.jobs.shares import FREE
from services.runtime.jobs.tables import LEASES, LIVES, PARTITIONS, RUNS

_JOB = RUNS.c.job_id == sa.bindparam("job")
_ADD = sa.insert(RUNS)
_REMOVE = sa.delete(RUNS).where(_JOB)
_REMOVE_PARTITIONS = sa.delete(PARTITIONS).where(PARTITIONS.c.job_id == sa.bindparam("job"))
_REMOVE_LEASE = sa.delete(LEASES).where(LEASES.c.job_id == sa.bindparam("job"))
# Locked where the database can: whoever takes the job over waits until the transaction is through.
_MINE = (
    sa.select(RUNS.c.job_id)
    .where(_JOB, RUNS.c.owner == sa.bindparam("life"), leased(RUNS.c.job_id, RUNS.c.owner))
    .with_for_update(read=True, of=RUNS)
)
_HAS_FREE = sa.exists().where(PARTITIONS.c.job_id == RUNS.c.job_id, *FREE)
_IS_LOOKED_AFTER = sa.and_(alive(RUNS.c.owner), leased(RUNS.c.job_id, RUNS.c.owner, FORSAKEN_SECONDS))
_HAS_WORK = sa.and_(RUNS.c.total.is_not(None), sa.not_(RUNS.c.closing), leased(RUNS.c.job_id, RUNS.c.owner), _HAS_FREE)
_OTHERS = sa.select(
    RUNS,
    sa.case((_IS_LOOKED_AFTER, True), else_=False).label("owner_alive"),
    sa.case((_HAS_WORK, True), else_=False).label("has_work"),
).where(RUNS.c.owner != sa.bindparam("life"))


@dataclass(frozen=True)
class Left:
    """A job that is not this life's."""

    job: Job
    settings: bytes
    """The workspace's settings for runs, as the record keeper's serialised message."""
    owner: str
    """Empty when it waits for whoever takes it."""
    owner_alive: bool
    """Whether it has an owner who is there and told of late that the job is its own."""
    has_work: bool
    """Whether it is divided, and partitions of it are there that nobody works on."""


@dataclass(frozen=True)
class Divided:
    """How a job was divided, and how much is done of it."""

    total: int
    units: int


class JobLog:
    """See module. Every method is one transaction.

    Here and in `shares` a job's rows are locked in one order, so that nobody waits for each other: that of the job, its
    lease, its partitions.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, job: Job, settings: bytes, owner: str, asked: float) -> None:
        """A job whose record is open since it was `asked` for (`Life.seen`); the same again changes nothing."""
        row = {
            "job_id": job.id,
            "kind": job.kind,
            "workspace_id": job.workspace_id,
            "target": job.target,
            "params": json.dumps(job.params),
            "settings": settings,
            "owner": owner,
        }
        with self.database.write() as connection:
            connection.execute(_REMOVE, {"job": job.id})
            connection.execute(_ADD, row)
            write_lease(connection, job.id, owner, asked)

    def renew(self, asked: Mapping[str, float], life: str) -> None:
        """When this life asked (`Life.seen`) about each of these jobs, and was told that it still is its own."""
        with self.database.write() as connection:
            renew_leases(connection, asked, life)

    def divide(self, job_id: str, plan: Plan, life: str) -> None:
        """Keeps the plan. JobInterrupted when the job is not this life's any more."""
        rows = [
            {"job_id": job_id, "number": number, "payload": json.dumps(payload)}
            for number, payload in enumerate(plan.partitions)
        ]
        mine = sa.update(RUNS).where(RUNS.c.job_id == job_id, RUNS.c.owner == life)
        with self.database.write() as connection:
            if not connection.execute(mine.values(total=plan.total, lives=0)).rowcount:
                raise JobInterrupted("Somebody else has taken the job over.")
            connection.execute(_REMOVE_PARTITIONS, {"job": job_id})
            if rows:
                connection.execute(sa.insert(PARTITIONS), rows)

    def divided(self, job_id: str) -> Divided | None:
        """How the job is divided; None before it is."""
        units = sa.select(sa.func.coalesce(sa.func.sum(PARTITIONS.c.units), 0)).where(PARTITIONS.c.job_id == job_id)
        query = sa.select(RUNS.c.total, units.scalar_subquery()).where(RUNS.c.job_id == job_id)
        with self.database.read() as connection:
            total, done = connection.execute(query).one_or_none() or (None, 0)
        return None if total is None else Divided(total, int(done))

    def disown(self, job_id: str, life: str, *, in_vain: bool = False) -> None:
        """The job belongs to no life any more, unless it is another one's than `life` already; see `Recovery.leave`."""
        mine = sa.update(RUNS).where(RUNS.c.job_id == job_id, RUNS.c.owner == life)
        with self.database.write() as connection:
            connection.execute(mine.values(owner="", lives=RUNS.c.lives + int(in_vain)))

    def remove(self, job_id: str) -> None:
        """Forgets a job that has ended."""
        with self.database.write() as connection:
            for remove in (_REMOVE, _REMOVE_LEASE, _REMOVE_PARTITIONS):
                connection.execute(remove, {"job": job_id})

    def left(self, life: str) -> list[Left]:
        """The jobs that do not belong to this life, in no particular order."""
        with self.database.read() as connection:
            rows = connection.execute(_OTHERS, {"life": life}).all()
        return [
            Left(
                Job(row.job_id, row.kind, row.workspace_id, row.target, json.loads(row.params)),
                row.settings,
                row.owner,
                bool(row.owner_alive),
                bool(row.has_work),
            )
            for row in rows
        ]

    def of(self, life: str) -> list[str]:
        """The ids of the jobs that belong to this life."""
        with self.database.read() as connection:
            return list(connection.execute(sa.select(RUNS.c.job_id).where(RUNS.c.owner == life)).scalars())

    def targets(self) -> set[str]:
        """What the jobs that have not ended are about, whosever they are."""
        with self.database.read() as connection:
            return set(connection.execute(sa.select(RUNS.c.target).distinct()).scalars())

    def adopt(self, job_id: str, former: str, life: str, asked: float) -> int:
        """Makes the job this life's, to whom it was given when it was `asked` for (`Life.seen`); how many lives began
        with it since something of it was last done.

        0 when it is not `former`'s any more: somebody else was faster. Or `former`, stopped within a transaction, holds
        it still: the next try finds it free. A life that ended in order, or gave the job away, does not count.
        """
        in_order = sa.or_(RUNS.c.owner == "", sa.exists().where(LIVES.c.life == RUNS.c.owner, LIVES.c.gone))
        lives = sa.case((sa.and_(in_order, RUNS.c.lives > 0), RUNS.c.lives), else_=RUNS.c.lives + 1)
        free = sa.select(RUNS.c.job_id).where(RUNS.c.job_id == job_id).with_for_update(skip_locked=True)
        adopt = (
            sa.update(RUNS)
            .where(RUNS.c.job_id == free.scalar_subquery(), RUNS.c.owner == former)
            .values(owner=life, lives=lives, closing=False)
            .returning(RUNS.c.lives)
        )
        with self.database.write() as connection:
            count = int(connection.execute(adopt).scalar_one_or_none() or 0)
            if count:
                write_lease(connection, job_id, life, asked)
        return count

    def require(self, connection: sa.Connection, job_id: str, life: str) -> None:
        """For `guarded`: JobInterrupted when the job is not this life's any more, or its lease is over."""
        if connection.execute(_MINE, {"job": job_id, "life": life}).first() is None:
            raise JobInterrupted("Somebody else has taken the job over.")
