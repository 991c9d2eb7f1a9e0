"""What a service writes down of the jobs it works on: enough to go on with them in another life.

A job is here from the moment its record is open until its end is recorded. Of a job with several partitions it is
known which are done; one that is a single partition is simply done again. What has been tried in vain is counted, so
that work which takes the process down does not do so for ever.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.runtime.database import Database
from services.runtime.jobs.model import Job, Plan
from services.runtime.jobs.tables import job_tables

RUNS, PARTITIONS = job_tables(sa.MetaData())

_ADD = sa.insert(RUNS)
_REMOVE = sa.delete(RUNS).where(RUNS.c.job_id == sa.bindparam("job"))
_REMOVE_PARTITIONS = sa.delete(PARTITIONS).where(PARTITIONS.c.job_id == sa.bindparam("job"))
_MINE = sa.exists().where(RUNS.c.job_id == sa.bindparam("job"), RUNS.c.owner == sa.bindparam("life"))
_PARTITION = (PARTITIONS.c.job_id == sa.bindparam("job"), PARTITIONS.c.number == sa.bindparam("place"), _MINE)
_BEGIN = sa.update(PARTITIONS).where(*_PARTITION).values(tries=PARTITIONS.c.tries + 1).returning(PARTITIONS.c.tries)
_DONE = sa.update(PARTITIONS).where(*_PARTITION).values(units=sa.bindparam("done"))
_ALIVE = sa.update(RUNS).where(RUNS.c.job_id == sa.bindparam("job")).values(lives=0)


@dataclass(frozen=True)
class Left:
    """A job that another life left behind."""

    job: Job
    settings: bytes
    """The workspace's settings for runs, as the record keeper's serialised message."""
    owner: str


@dataclass(frozen=True)
class Part:
    """A partition as it stands."""

    number: int
    payload: Any
    tries: int
    units: int | None


@dataclass(frozen=True)
class Divided:
    """How a job was divided, and what is done of it."""

    plan: Plan
    parts: Sequence[Part]

    @property
    def units(self) -> int:
        """Units that are done."""
        return sum(part.units or 0 for part in self.parts)


class JobLog:
    """See module. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job, settings: bytes, owner: str) -> None:
        """A job whose record is open; the same again changes nothing."""
        row = {
            "job_id": job.id,
            "kind": job.kind,
            "workspace_id": job.workspace_id,
            "target": job.target,
            "params": json.dumps(job.params),
            "settings": settings,
            "owner": owner,
        }
        with self._database.write() as connection:
            connection.execute(_REMOVE, {"job": job.id})
            connection.execute(_ADD, row)

    def divide(self, job_id: str, plan: Plan) -> Divided:
        """Keeps the plan."""
        parts = [Part(number, payload, 0, None) for number, payload in enumerate(plan.partitions)]
        rows = [{"job_id": job_id, "number": part.number, "payload": json.dumps(part.payload)} for part in parts]
        with self._database.write() as connection:
            connection.execute(_REMOVE_PARTITIONS, {"job": job_id})
            connection.execute(sa.update(RUNS).where(RUNS.c.job_id == job_id).values(total=plan.total, lives=0))
            if rows:
                connection.execute(sa.insert(PARTITIONS), rows)
        return Divided(plan, parts)

    def divided(self, job_id: str) -> Divided | None:
        """The plan that is kept of the job, if one is."""
        query = sa.select(PARTITIONS).where(PARTITIONS.c.job_id == job_id).order_by(PARTITIONS.c.number)
        with self._database.read() as connection:
            total = connection.execute(sa.select(RUNS.c.total).where(RUNS.c.job_id == job_id)).scalar_one_or_none()
            rows = connection.execute(query).all()
        if total is None:
            return None
        parts = [Part(row.number, json.loads(row.payload), row.tries, row.units) for row in rows]
        return Divided(Plan([part.payload for part in parts], total), parts)

    def begin(self, job_id: str, number: int, life: str) -> int:
        """A partition is begun: the how manieth time; 0 when the job is not this life's any more."""
        which = {"job": job_id, "place": number, "life": life}
        with self._database.write() as connection:
            return int(connection.execute(_BEGIN, which).scalar_one_or_none() or 0)

    def done(self, job_id: str, number: int, units: int, life: str) -> None:
        """A partition is done. Nothing when the job is not this life's any more: whose it is does it again."""
        which = {"job": job_id, "place": number, "life": life}
        with self._database.write() as connection:
            if connection.execute(_DONE, which | {"done": units}).rowcount:
                connection.execute(_ALIVE, {"job": job_id})

    def disown(self, job_id: str, life: str) -> None:
        """The job belongs to no life any more, unless it is another one's than `life` already."""
        mine = (RUNS.c.job_id == job_id, RUNS.c.owner == life)
        with self._database.write() as connection:
            connection.execute(sa.update(RUNS).where(*mine).values(owner=""))

    def remove(self, job_id: str) -> None:
        """Forgets a job that has ended."""
        with self._database.write() as connection:
            connection.execute(_REMOVE_PARTITIONS, {"job": job_id})
            connection.execute(_REMOVE, {"job": job_id})

    def left(self, life: str) -> list[Left]:
        """The jobs that do not belong to this life, in no particular order."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(RUNS).where(RUNS.c.owner != life)).all()
        return [
            Left(
                Job(row.job_id, row.kind, row.workspace_id, row.target, json.loads(row.params)),
                row.settings,
                row.owner,
            )
            for row in rows
        ]

    def adopt(self, job_id: str, former: str, life: str) -> int:
        """Makes the job this life's; how many lives began with it since something of it was last done.

        0 when it is not `former`'s any more: somebody else was faster.
        """
        adopt = (
            sa.update(RUNS)
            .where(RUNS.c.job_id == job_id, RUNS.c.owner == former)
            .values(owner=life, lives=RUNS.c.lives + 1)
            .returning(RUNS.c.lives)
        )
        with self._database.write() as connection:
            return int(connection.execute(adopt).scalar_one_or_none() or 0)
