"""Job records, the lock between jobs, and the owners' leases.

A job is open while queued or active. Its owner renews the lease with every report; an owner that has not been heard of
for `LEASE` is taken for dead: its job is queued again until somebody takes it over, and failed by the next job that
wants the same lock, or by the sweeper when nobody has taken it for `ABANDONED`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from assay.workspace.v1 import settings_pb2

from services.runtime.database import Database, hold, settle
from services.runtime.errors import JobCancelled, JobInterrupted, ValidationError
from services.workspace.clock import SECOND, Clock
from services.workspace.errors import JobAlreadyRunning, JobNotActive, JobNotFound
from services.workspace.stores.mails import enqueue_mails
from services.workspace.stores.pipeline_settings import RunSettings
from services.workspace.stores.workspaces import require_workspace
from services.workspace.tables import JOBS, OPEN_STATUSES

LEASE = 30 * SECOND
ABANDONED = 24 * 60 * 60 * SECOND
ANYBODY = ""
"""The slot of a job that was handed over: whoever wants it may take it over at once."""
INTERRUPTED = "The service that ran the job stopped before the job ended; start it again."
CANCELLED = "The job was cancelled before it began."

_OPEN = JOBS.c.status.in_(OPEN_STATUSES)

# Statements of every job, made once: making them takes longer than running them.
_BY_ID = sa.select(JOBS).where(JOBS.c.id == sa.bindparam("job_id"))
_HOLDER = sa.select(JOBS.c.id, JOBS.c.lease_at).where(
    _OPEN, JOBS.c.workspace_id == sa.bindparam("of_workspace"), JOBS.c.lock_key == sa.bindparam("key")
)
# Asked for more often than anything else: made once.
_RECORD = sa.select(JOBS).where(
    JOBS.c.workspace_id == sa.bindparam("of_workspace"), JOBS.c.id == sa.bindparam("job_id")
)
_INSERT = sa.insert(JOBS).returning(*JOBS.c)
_FINISH = (
    sa.update(JOBS)
    .where(
        _OPEN,
        JOBS.c.workspace_id == sa.bindparam("of_workspace"),
        JOBS.c.id == sa.bindparam("job_id"),
        JOBS.c.owner == sa.bindparam("of_owner"),
    )
    # A small job ends before its first report: its work began when it was accepted.
    .values(started_at=sa.func.coalesce(JOBS.c.started_at, JOBS.c.created_at))
    .returning(*JOBS.c)
)


@dataclass(frozen=True)
class NewJob:
    """What a job shall be. An empty id is made; an empty lock key takes no lock."""

    workspace_id: str
    kind: str
    queue: str
    job_name: str
    owner: str
    catalog_id: str = ""
    lock_key: str = ""
    notify_email: bool = False
    id: str = ""
    triggered_by: str = ""


@dataclass(frozen=True)
class Started:
    """A job's record, and what the workspace keeps for runs as it was when the record was opened or asked for again."""

    row: sa.Row[Any]
    registry_version: str
    """Versions of its brands and categories: "7.2"."""
    settings: settings_pb2.PipelineSettings


@dataclass(frozen=True)
class Ending:
    """How a job ended: `status` completed, failed or cancelled; `result` is JSON text."""

    status: str
    processed: int
    total: int
    result: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; empty fields let everything through."""

    kind: str = ""
    status: str = ""
    catalog_id: str = ""


class JobStore:
    """Keeps jobs. Every change is one transaction that names the state it expects."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._settings = RunSettings()

    def get(self, workspace_id: str, job_id: str) -> sa.Row[Any]:
        """The job. JobNotFound."""
        with self._database.read() as connection:
            return _get(connection, workspace_id, job_id)

    def page(
        self, workspace_id: str, wanted: JobFilter, after: tuple[int | str, ...] | None, limit: int
    ) -> list[sa.Row[Any]]:
        """At most `limit` jobs, newest first, after (created_at, id). WorkspaceNotFound."""
        query = sa.select(JOBS).where(JOBS.c.workspace_id == workspace_id)
        for column, value in (("kind", wanted.kind), ("status", wanted.status), ("catalog_id", wanted.catalog_id)):
            if value:
                query = query.where(JOBS.c[column] == value)
        if after is not None:
            query = query.where(sa.tuple_(JOBS.c.created_at, JOBS.c.id) < sa.tuple_(*after))
        with self._database.read() as connection:
            require_workspace(connection, workspace_id)
            return list(connection.execute(query.order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc()).limit(limit)))

    def start(self, job: NewJob) -> Started:
        """Opens a record and takes its lock; the same call again answers the same record.

        JobAlreadyRunning while a live owner holds the lock; WorkspaceNotFound; ValidationError when the id is taken by
        a different job.
        """
        job_id = job.id or str(uuid.uuid4())

        def work(connection: sa.Connection) -> Started:
            if job.lock_key:
                hold(connection, f"lock {job.workspace_id} {job.lock_key}")
            workspace = require_workspace(connection, job.workspace_id)
            version = f"{workspace.brands_version}.{workspace.categories_version}"
            settings = self._settings.of(connection, workspace)
            known = connection.execute(_BY_ID, {"job_id": job_id}).one_or_none()
            if known is not None:
                return Started(_same(known, job), version, settings)
            self._take_lock(connection, job)
            now = self._clock()
            row = {
                "id": job_id,
                "workspace_id": job.workspace_id,
                "kind": job.kind,
                "queue": job.queue,
                "job_name": job.job_name,
                "catalog_id": job.catalog_id,
                "lock_key": job.lock_key,
                "owner": job.owner,
                "slot": slot_of(job.owner),
                "status": "queued",
                "processed": 0,
                "total": 0,
                "created_at": now,
                "lease_at": now,
                "notify_email": job.notify_email,
                "cancel_requested": False,
                "triggered_by": job.triggered_by or None,
            }
            return Started(connection.execute(_INSERT, row).one(), version, settings)

        return settle(self._database, work)

    def report(
        self,
        workspace_id: str,
        job_id: str,
        owner: str,
        processed: int,
        total: int,
        *,
        waiting: bool = False,
        handing_over: bool = False,
    ) -> bool:
        """Renews the lease; the first report that is not `waiting` makes a queued job active, and one that is
        `handing_over` queues it again. Says whether to stop.

        JobNotFound; JobNotActive when the job has ended or is another owner's.
        """
        now = self._clock()
        values: dict[str, Any] = {"lease_at": now, "processed": processed, "total": total}
        if handing_over:
            values |= {"status": "queued", "slot": ANYBODY}
        elif not waiting:
            values |= {"status": "active", "started_at": sa.func.coalesce(JOBS.c.started_at, now)}
        update = _of(workspace_id, job_id, owner).values(values).returning(JOBS.c.cancel_requested)
        with self._database.write() as connection:
            cancel = connection.execute(update).scalar_one_or_none()
            if cancel is None:
                raise _not_active(_get(connection, workspace_id, job_id))
            return bool(cancel)

    def finish(self, workspace_id: str, job_id: str, owner: str, ending: Ending) -> sa.Row[Any]:
        """Ends the job, frees its lock and, where one was asked for, leaves a mail to be sent; the same owner saying it
        again changes nothing.

        JobNotFound; JobNotActive when it is another owner's, or ended otherwise than this owner says.
        """
        values = {
            "status": ending.status,
            "processed": ending.processed,
            "total": ending.total,
            "result": ending.result,
            "error_code": ending.error_code,
            "error_message": ending.error_message,
            "finished_at": self._clock(),
        }
        which = {"of_workspace": workspace_id, "job_id": job_id, "of_owner": owner}
        with self._database.write() as connection:
            row = connection.execute(_FINISH, values | which).one_or_none()
            if row is not None:
                enqueue_mails(connection, [row])
                return row
            row = _get(connection, workspace_id, job_id)
        if row.owner != owner or row.status != ending.status:
            raise _not_active(row)
        return row

    def cancel(self, workspace_id: str, job_id: str) -> sa.Row[Any]:
        """Asks an open job to stop; a queued one that nobody works on is cancelled at once. JobNotFound."""
        now = self._clock()
        this = sa.update(JOBS).where(JOBS.c.workspace_id == workspace_id, JOBS.c.id == job_id)
        with self._database.write() as connection:
            connection.execute(
                this.where(
                    JOBS.c.status == "queued", sa.or_(JOBS.c.lease_at < now - LEASE, JOBS.c.slot == ANYBODY)
                ).values(
                    status="cancelled",
                    cancel_requested=True,
                    error_code=JobCancelled.reason,
                    error_message=CANCELLED,
                    finished_at=now,
                )
            )
            connection.execute(this.where(_OPEN).values(cancel_requested=True))
            return _get(connection, workspace_id, job_id)

    def take_over(self, workspace_id: str, job_id: str, owner: str) -> sa.Row[Any]:
        """Makes `owner` the owner of an open job of another life of its slot, of one that is taken for dead, or that
        was handed over.

        The job as it is then; an ended one stays as it is. JobNotFound; JobNotActive while its owner is alive.
        """
        now = self._clock()
        with self._database.write() as connection:
            row = _get(connection, workspace_id, job_id, to_change=True)
            if row.slot not in (ANYBODY, slot_of(owner)) and row.lease_at >= now - LEASE:
                raise _not_active(row)
            if row.status not in OPEN_STATUSES:
                return row
            values = {"owner": owner, "slot": slot_of(owner), "lease_at": now}
            update = sa.update(JOBS).where(JOBS.c.id == job_id).values(values).returning(*JOBS.c)
            return connection.execute(update).one()

    def fail_other_lives(self, owner: str, kept: Sequence[str] = ()) -> list[str]:
        """Fails the open jobs of this owner's slot that began in another life, but for those `kept`; their ids."""
        others = (JOBS.c.slot == slot_of(owner), JOBS.c.owner != owner, JOBS.c.id.not_in(kept))
        return settle(self._database, lambda connection: self._interrupt(connection, *others))

    def requeue_expired(self) -> list[str]:
        """Queues the active jobs again whose owner has not been heard of for the length of a lease; their ids."""
        expired = (JOBS.c.status == "active", JOBS.c.lease_at < self._clock() - LEASE)
        if not self._any(*expired):
            return []
        update = sa.update(JOBS).where(*expired).values(status="queued").returning(JOBS.c.id)
        return settle(self._database, lambda connection: list(connection.execute(update).scalars()))

    def fail_abandoned(self) -> list[str]:
        """Fails the open jobs that nobody has worked on for `ABANDONED`; their ids."""
        abandoned = JOBS.c.lease_at < self._clock() - ABANDONED
        if not self._any(_OPEN, abandoned):
            return []
        return settle(self._database, lambda connection: self._interrupt(connection, abandoned))

    def _any(self, *which: sa.ColumnElement[bool]) -> bool:
        with self._database.read() as connection:
            return connection.execute(sa.select(JOBS.c.id).where(*which).limit(1)).first() is not None

    def _take_lock(self, connection: sa.Connection, job: NewJob) -> None:
        if not job.lock_key:
            return
        which = {"of_workspace": job.workspace_id, "key": job.lock_key}
        holder = connection.execute(_HOLDER, which).one_or_none()
        if holder is None:
            return
        dead = self._clock() - LEASE
        # Asked of the row as it is when it is changed: its owner may be heard of, or somebody take it over, meanwhile.
        if holder.lease_at >= dead or not self._interrupt(connection, JOBS.c.id == holder.id, JOBS.c.lease_at < dead):
            raise JobAlreadyRunning("A job is already in progress.", metadata={"job_id": holder.id})

    def _interrupt(self, connection: sa.Connection, *which: sa.ColumnElement[bool]) -> list[str]:
        update = (
            sa.update(JOBS)
            .where(_OPEN, *which)
            .values(
                status="failed",
                error_code=JobInterrupted.reason,
                error_message=INTERRUPTED,
                finished_at=self._clock(),
            )
            .returning(*JOBS.c)
        )
        ended = connection.execute(update).all()
        enqueue_mails(connection, ended)
        return [row.id for row in ended]


def slot_of(owner: str) -> str:
    """The owner's name without its life: `slot#life`."""
    return owner.rpartition("#")[0]


def _of(workspace_id: str, job_id: str, owner: str) -> sa.Update:
    return sa.update(JOBS).where(JOBS.c.workspace_id == workspace_id, JOBS.c.id == job_id, JOBS.c.owner == owner, _OPEN)


def _get(connection: sa.Connection, workspace_id: str, job_id: str, *, to_change: bool = False) -> sa.Row[Any]:
    """`to_change`: the job stays as it is found until the end of the transaction, but for what that changes."""
    query = _RECORD.with_for_update() if to_change else _RECORD
    row = connection.execute(query, {"of_workspace": workspace_id, "job_id": job_id}).one_or_none()
    if row is None:
        raise JobNotFound("Job not found.", metadata={"job_id": job_id})
    return row


def _same(known: sa.Row[Any], job: NewJob) -> sa.Row[Any]:
    if any(
        getattr(known, name) != getattr(job, name)
        for name in ("workspace_id", "kind", "queue", "job_name", "catalog_id", "lock_key", "owner")
    ):
        raise ValidationError.of("jobId", "jobId is taken by another job.")
    return known


def _not_active(row: sa.Row[Any]) -> JobNotActive:
    return JobNotActive(
        "The job has ended or belongs to another owner.", metadata={"job_id": row.id, "status": row.status}
    )
