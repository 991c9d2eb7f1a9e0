"""Batches: logs of operations on items.

An operation is a row, found by its item and in the order in which it counts. What an ingestion folds is what had
arrived when it was asked for: arrivals are numbered within a batch.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from services.ingest.items_errors import BatchExpired, BatchNotFound
from services.ingest.itemsapi.operations import Operation
from services.ingest.store.clock import now_micros
from services.ingest.store.ingestions import RUNNING
from services.ingest.tables import batch_operations, batches, ingestions
from services.runtime.database import Database, in_order, upsert
from services.runtime.periodic import always

DAY_MICROS = 24 * 60 * 60 * 1_000_000
REMEMBERED_DAYS = 90
"""How long it is still told of a batch that it has expired."""
LEFT_ALONE_MICROS = 60 * 60 * 1_000_000
REMOVED_AT_ONCE = 1_000
_COLUMNS = ("batch", "arrival", "size", *Operation._fields)
_RESERVE = (
    sa.update(batches)
    .where(batches.c.number == sa.bindparam("batch"))
    .values(next_arrival=batches.c.next_arrival + sa.bindparam("count"))
    .returning(batches.c.next_arrival, batches.c.created_at)
)
_BY_ID = sa.select(batches).where(
    batches.c.workspace_id == sa.bindparam("workspace"),
    batches.c.environment == sa.bindparam("environment"),
    batches.c.id == sa.bindparam("id"),
)

# By where rows lie, which an ordered query has found: of a DELETE PostgreSQL cannot be told which index is the one, and
# with statistics that do not know the batch yet it may take one that goes through all of it each time.
_SOME = "FROM batch_operations WHERE batch = :batch AND arrival > :after ORDER BY arrival LIMIT :most"
_REMOVE = {
    "postgresql": sa.text(
        f"DELETE FROM batch_operations WHERE ctid = ANY(ARRAY(SELECT ctid {_SOME})) RETURNING arrival"
    ),
    "sqlite": sa.text(f"DELETE FROM batch_operations WHERE rowid IN (SELECT rowid {_SOME}) RETURNING arrival"),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that may be used. `arrived`: how many operations it has been sent."""

    number: int
    id: str
    created_at: int
    arrived: int


class BatchStore:
    """Batches of an environment of a workspace; those of others are not found."""

    def __init__(self, database: Database, *, kept_days: float) -> None:
        """`kept_days`: after these a batch has expired."""
        self._database = database
        self._kept_days = kept_days
        self._kept_micros = round(kept_days * DAY_MICROS)

    def create(self, workspace_id: str, environment: str) -> Batch:
        """A new, empty batch."""
        row = {
            "workspace_id": workspace_id,
            "environment": environment,
            "id": str(uuid.uuid4()),
            "next_arrival": 0,
            "created_at": now_micros(),
        }
        with self._database.write() as connection:
            number = connection.execute(sa.insert(batches).values(row).returning(batches.c.number)).scalar_one()
        return Batch(number, str(row["id"]), int(str(row["created_at"])), 0)

    def page(self, workspace_id: str, environment: str) -> list[Batch]:
        """Those that have not expired, the oldest first."""
        query = (
            sa.select(batches)
            .where(batches.c.workspace_id == workspace_id, batches.c.environment == environment)
            .where(batches.c.created_at > now_micros() - self._kept_micros)
            .order_by(batches.c.created_at, batches.c.number)
        )
        with self._database.read() as connection:
            return [_batch(row) for row in connection.execute(query)]

    def get(self, workspace_id: str, environment: str, batch_id: str) -> Batch:
        """Raises BatchNotFound, BatchExpired."""
        which = {"workspace": workspace_id, "environment": environment, "id": batch_id}
        with self._database.read() as connection:
            row = connection.execute(_BY_ID, which).one_or_none()
        if row is None:
            raise BatchNotFound(batch_id)
        self._check_age(batch_id, row.created_at)
        return _batch(row)

    def append(self, batch: Batch, operations: Sequence[Operation]) -> None:
        """Keeps operations, in the order given. Raises BatchNotFound, BatchExpired: it may have gone since."""
        if not operations:
            return
        with self._database.write() as connection:
            row = connection.execute(_RESERVE, {"batch": batch.number, "count": len(operations)}).one_or_none()
            if row is None:
                raise BatchNotFound(batch.id)
            self._check_age(batch.id, row.created_at)
            first = row.next_arrival - len(operations)
            rows = [
                (batch.number, first + place, len(operation.attributes or ""), *operation)
                for place, operation in enumerate(operations)
            ]
            upsert(connection, batch_operations, _COLUMNS, rows)

    def _check_age(self, batch_id: str, created_at: int) -> None:
        if created_at <= now_micros() - self._kept_micros:
            raise BatchExpired(batch_id, self._kept_days)

    def sweep(self, goes_on: Callable[[], bool] = always) -> None:
        """Removes the operations of batches that have expired or are gone, and forgets batches of long ago.

        A batch that is being ingested is left alone until that has ended, and for an hour one that has just expired:
        whoever found it in time may be about to ingest it. `goes_on`: asked between some operations and the next.
        """
        oldest = now_micros() - self._kept_micros - LEFT_ALONE_MICROS
        running = sa.select(ingestions.c.batch).where(ingestions.c.status == RUNNING)
        kept = sa.select(batches.c.number).where(batches.c.created_at > oldest)
        one = batch_operations.c
        following = sa.select(sa.func.min(one.batch)).where(one.batch > sa.bindparam("after"))
        number = -1
        while True:
            with self._database.read() as connection:
                number = connection.execute(following, {"after": number}).scalar_one()
                if number is None:
                    break
                in_use = sa.select(sa.or_(sa.literal(number).in_(kept), sa.literal(number).in_(running)))
                is_in_use = connection.execute(in_use).scalar_one()
            if not is_in_use and not self._is_emptied(number, in_use, goes_on):
                return
        with self._database.write() as connection:
            forgotten = batches.c.created_at <= oldest - REMEMBERED_DAYS * DAY_MICROS
            connection.execute(sa.delete(batches).where(forgotten))

    def _is_emptied(self, number: int, in_use: sa.Select[bool], goes_on: Callable[[], bool]) -> bool:
        """Some at a time, so that others may write in between; False when it was left off. Whoever begins to use it
        holds its row.
        """
        row = sa.select(batches.c.number).where(batches.c.number == number).with_for_update()
        which = {"batch": number, "after": -1, "most": REMOVED_AT_ONCE}
        is_more = True
        while is_more:
            with self._database.write() as connection:
                connection.execute(row)
                if connection.execute(in_use).scalar_one():
                    return True
                in_order(connection)
                gone = connection.execute(_REMOVE[connection.dialect.name], which).scalars().all()
            which["after"] = max(gone, default=-1)
            is_more = len(gone) == REMOVED_AT_ONCE
            if not goes_on():
                return False
        return True


def _batch(row: sa.Row[tuple[object, ...]]) -> Batch:
    return Batch(row.number, row.id, row.created_at, row.next_arrival)
