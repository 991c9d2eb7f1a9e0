"""Records of ingestions, and what their partitions came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
import sqlalchemy as sa

from services.ingest.errors import CatalogNotFound
from services.ingest.items_errors import BatchNotFound, IngestionNotFound, IngestionRunning
from services.ingest.itemsapi.gathering import Arrived, gathered
from services.ingest.itemsapi.operations import Kind, Operation
from services.ingest.itemsapi.tally import Summary, Tally, total
from services.ingest.store.clock import now_micros
from services.ingest.store.ranges import IdRange, ends_of, ranges_between
from services.ingest.store.statements import ByName, Form, Statement
from services.ingest.tables import batch_operations, batches, catalogs, ingestion_partitions, ingestions, items
from services.runtime.database import FETCHED_AT_ONCE, Database, in_order, upsert
from services.runtime.jobs.tables import RUNS

RUNNING, SUCCESS, FAILURE, ERROR = "running", "success", "failure", "error"
MOST_LISTED = 1_000
AFTERWARDS = 2**31 - 1
"""The number of the part that is what is found out when all partitions are there."""
_PART_COLUMNS = ("ingestion_id", "number", "outcome")
_ONE = batch_operations.c
_OF_BATCH = _ONE.batch == sa.bindparam("batch")
_THOSE_PUT = ByName(
    lambda named: (
        sa.select(_ONE.product_id)
        .distinct()
        .where(_OF_BATCH, _ONE.kind == Kind.PUT, _ONE.arrival + 0 < sa.bindparam("before"), named)
        .order_by(_ONE.product_id)
    ),
    _ONE.product_id,
)
_AFTERWARDS = sa.select(ingestion_partitions.c.outcome).where(
    ingestion_partitions.c.ingestion_id == sa.bindparam("ingestion"), ingestion_partitions.c.number == AFTERWARDS
)


def _operations(form: Form) -> sa.Executable:
    """Of a range, or those of items named. Of these: a number that no index has, or they would be looked for among all
    that arrived.
    """
    number = _ONE.arrival + 0 if form.lists else _ONE.arrival
    columns = [_ONE[name] for name in Operation._fields]
    return (
        sa.select(*columns, _ONE.arrival)
        .where(_OF_BATCH, number < sa.bindparam("before"))
        .where(*form.within(_ONE.product_id), *form.among(_ONE.product_id))
        .order_by(_ONE.product_id, _ONE.at, _ONE.arrival)
        .execution_options(yield_per=FETCHED_AT_ONCE)
    )


_OPERATIONS = Statement(_operations)


@dataclass(frozen=True, slots=True)
class NewIngestion:
    """An ingestion to be started; `id` is that of its job."""

    id: str
    workspace_id: str
    environment: str
    batch: int
    """Its number, and how it is called."""
    batch_id: str
    catalog_id: str
    configuration: str
    """JSON, as it was sent."""


@dataclass(frozen=True, slots=True)
class Record:
    """How an ingestion is doing; counts as far as they are known."""

    id: str
    environment: str
    catalog_id: str
    configuration: str
    status: str
    status_reason: str | None
    error_count: int | None
    upserted_count: int | None
    deleted_count: int | None
    errors: Summary
    warnings: Summary
    created_at: int
    updated_at: int


class Read(NamedTuple):
    """Operations, each with the number of its arrival, and how many were read for them."""

    operations: list[Arrived]
    read: int


class IngestionStore:
    """See module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewIngestion) -> None:
        """A record that says RUNNING. Raises CatalogNotFound, BatchNotFound for what was removed meanwhile."""
        now = now_micros()
        row = {
            "id": new.id,
            "workspace_id": new.workspace_id,
            "environment": new.environment,
            "batch": new.batch,
            "catalog_id": new.catalog_id,
            "configuration": new.configuration,
            "status": RUNNING,
            "created_at": now,
            "updated_at": now,
        }
        # Neither is removed before its use is seen. In the order in which they are held by who removes a catalog.
        catalog = sa.select(catalogs.c.id).where(catalogs.c.id == new.catalog_id)
        catalog = catalog.with_for_update(read=True, key_share=True)
        with self._database.write() as connection:
            if connection.execute(catalog).first() is None:
                raise CatalogNotFound(new.catalog_id)
            batch = sa.select(batches.c.number).where(batches.c.number == new.batch).with_for_update()
            if connection.execute(batch).first() is None:
                raise BatchNotFound(new.batch_id)
            connection.execute(sa.insert(ingestions).values(**row, errors="{}", warnings="{}"))

    def remove(self, ingestion_id: str) -> None:
        """Forgets one whose job could not be opened."""
        with self._database.write() as connection:
            _forget(connection, ingestion_id)

    def get(self, workspace_id: str, environment: str, ingestion_id: str) -> Record:
        """Raises IngestionNotFound."""
        with self._database.read() as connection:
            return _record(_find(connection, workspace_id, environment, ingestion_id))

    def page(self, workspace_id: str, environments: Sequence[str], since: int, status: str | None) -> list[Record]:
        """Those made after `since`, the latest first; of all environments when none is named."""
        query = sa.select(ingestions).where(ingestions.c.workspace_id == workspace_id, ingestions.c.created_at >= since)
        if environments:
            query = query.where(ingestions.c.environment.in_(environments))
        if status is not None:
            query = query.where(ingestions.c.status == status)
        query = query.order_by(ingestions.c.created_at.desc(), ingestions.c.id).limit(MOST_LISTED)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query)]

    def delete(self, workspace_id: str, environment: str, ingestion_id: str) -> None:
        """Removes the record and its batch. Raises IngestionNotFound; IngestionRunning, also when another one of the
        batch runs.
        """
        with self._database.write() as connection:
            row = _find(connection, workspace_id, environment, ingestion_id)
            connection.execute(sa.select(batches.c.number).where(batches.c.number == row.batch).with_for_update())
            of_batch = (ingestions.c.batch == row.batch, ingestions.c.status == RUNNING)
            running = connection.execute(sa.select(ingestions.c.id).where(*of_batch)).scalars().first()
            if running is not None:
                raise IngestionRunning(running)
            _forget(connection, ingestion_id)
            connection.execute(sa.delete(batches).where(batches.c.number == row.batch))

    def running(self, catalog_id: str, *, but: str = "") -> str | None:
        """The one that fills this catalog, other than that named."""
        with self._database.read() as connection:
            return running_of(connection, catalog_id, but=but)

    def lost(self, before: int) -> list[tuple[str, str, str]]:
        """Workspace, catalog and id of those that say RUNNING since before a time, though nobody knows of such a job.

        The process died while it was opened, or its end could not be written down.
        """
        known = sa.exists().where(RUNS.c.job_id == ingestions.c.id)
        query = sa.select(ingestions.c.workspace_id, ingestions.c.catalog_id, ingestions.c.id).where(
            ingestions.c.status == RUNNING, ingestions.c.created_at < before, sa.not_(known)
        )
        with self._database.read() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def status_of(self, ingestion_id: str) -> str:
        """As it is now. Raises IngestionNotFound."""
        with self._database.read() as connection:
            status = connection.execute(
                sa.select(ingestions.c.status).where(ingestions.c.id == ingestion_id)
            ).scalar_one_or_none()
        if status is None:
            raise IngestionNotFound(ingestion_id)
        return str(status)

    def result(self, ingestion_id: str) -> dict[str, int]:
        """What one that has succeeded did."""
        one = ingestions.c
        query = sa.select(one.error_count, one.upserted_count, one.deleted_count).where(one.id == ingestion_id)
        with self._database.read() as connection:
            errors, upserted, deleted = connection.execute(query).one()
        return {"errors": errors, "upserted": upserted, "deleted": deleted}

    def end(
        self,
        connection: sa.Connection,
        ingestion_id: str,
        status: str,
        *,
        reason: str | None = None,
        tally: Tally | None,
    ) -> None:
        """Writes down how it ended, unless that is known already; in the caller's transaction."""
        values = {"status": status, "status_reason": reason, "updated_at": now_micros()}
        if tally is not None:
            values |= {
                "error_count": tally.invalid,
                "upserted_count": tally.upserted,
                "deleted_count": tally.deleted,
                "errors": orjson.dumps(tally.errors).decode(),
                "warnings": orjson.dumps(tally.warnings).decode(),
            }
        running = (ingestions.c.id == ingestion_id, ingestions.c.status == RUNNING)
        connection.execute(sa.update(ingestions).where(*running).values(**values))
        connection.execute(sa.delete(ingestion_partitions).where(ingestion_partitions.c.ingestion_id == ingestion_id))

    def explain(self, ingestion_id: str, reason: str) -> None:
        """Why it ended as it did, where more is known by now."""
        failed = (ingestions.c.id == ingestion_id, ingestions.c.status == ERROR)
        with self._database.write() as connection:
            connection.execute(sa.update(ingestions).where(*failed).values(status_reason=reason))

    def note(self, connection: sa.Connection, ingestion_id: str, number: int, tally: Tally) -> None:
        """What a partition came to; in the caller's transaction, and instead of what it did before."""
        upsert(connection, ingestion_partitions, _PART_COLUMNS, [(ingestion_id, number, tally.text())])

    def note_more(self, connection: sa.Connection, ingestion_id: str, more: Tally) -> None:
        """Adds to what was found out when all partitions were there; in the caller's transaction."""
        text = connection.execute(_AFTERWARDS, {"ingestion": ingestion_id}).scalar_one_or_none()
        self.note(connection, ingestion_id, AFTERWARDS, total([Tally.of(text), more] if text else [more]))

    def tally(self, ingestion_id: str) -> Tally:
        """What all partitions came to."""
        one = ingestion_partitions.c
        query = sa.select(one.outcome).where(one.ingestion_id == ingestion_id).order_by(one.number)
        with self._database.read() as connection:
            return total(Tally.of(text) for text in connection.execute(query).scalars())

    def ends(self, batch: int, size: int) -> list[str]:
        """Product ids that cut a batch into ranges of about so many operations, but for the rest."""
        here = batch_operations.c.batch == batch
        with self._database.read() as connection:
            in_order(connection)
            return ends_of(connection, batch_operations.c.product_id, here, size)

    def pieces(self, batch: int, ids: IdRange, items_at_once: int, bytes_at_once: int) -> list[IdRange]:
        """The range, cut so that what is sent of each piece is of so many items and about so many bytes."""
        one = batch_operations.c
        query = sa.select(one.product_id, sa.func.sum(one.size)).where(one.batch == batch, *ids.holds(one.product_id))
        ends: list[str] = []
        count = total_size = 0
        with self._database.read() as connection:
            in_order(connection)
            for product_id, length in connection.execute(query.group_by(one.product_id).order_by(one.product_id)):
                count, total_size = count + 1, total_size + length
                if count == items_at_once or total_size >= bytes_at_once:
                    ends.append(product_id)
                    count = total_size = 0
        if ends and not count:
            ends.pop()  # the last piece goes to the end of the range
        return ranges_between(ends, ids)

    def operations(self, batch: int, ids: IdRange, before: int, only: Sequence[str] | None = None) -> Read:
        """Those of a range that arrived before a number, each with its own, item by item in the order they count; of
        items with very many those that have to do with what they come to.

        `only`: of the items named.
        """
        with self._database.read() as connection:
            in_order(connection)
            rows = _OPERATIONS.run(connection, {"names": only}, ids=ids, batch=batch, before=before)
            read = 0

            def arrived() -> Iterator[Arrived]:
                nonlocal read
                for row in rows:
                    read += 1
                    yield Operation._make(row[:-1]), row[-1]

            return Read(list(gathered(arrived())), read)

    def those_put(self, batch: int, names: Sequence[str], before: int) -> set[str]:
        """Which of the items named the batch puts."""
        with self._database.read() as connection:
            in_order(connection)
            return set(_THOSE_PUT.run(connection, names, batch=batch, before=before).scalars())

    def count_new(self, batch: int, content: str, ids: IdRange, before: int) -> int:
        """Of how many items of a range that a content does not have something arrived before a number."""
        one = batch_operations.c
        here = (one.batch == batch, one.arrival < before, *ids.holds(one.product_id))
        sent = sa.select(one.product_id).where(*here).group_by(one.product_id).order_by(one.product_id).subquery()
        # A value that is looked up one by one: a join may go through the whole content for each, see `in_order`.
        there = sa.select(items.c.product_id).where(
            items.c.catalog_id == content, items.c.product_id == sent.c.product_id
        )
        query = sa.select(sa.func.count()).select_from(sent).where(there.scalar_subquery().is_(None))
        with self._database.read() as connection:
            in_order(connection)
            return int(connection.execute(query).scalar_one())


def running_of(connection: sa.Connection, catalog_id: str, *, but: str = "") -> str | None:
    """The ingestion that fills a catalog, other than that named: from when it is asked for until its end is written."""
    running = (ingestions.c.catalog_id == catalog_id, ingestions.c.status == RUNNING, ingestions.c.id != but)
    return connection.execute(sa.select(ingestions.c.id).where(*running)).scalars().first()


def _find(
    connection: sa.Connection, workspace_id: str, environment: str, ingestion_id: str
) -> sa.Row[tuple[object, ...]]:
    query = sa.select(ingestions).where(
        ingestions.c.id == ingestion_id,
        ingestions.c.workspace_id == workspace_id,
        ingestions.c.environment == environment,
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise IngestionNotFound(ingestion_id)
    return row


def _forget(connection: sa.Connection, ingestion_id: str) -> None:
    for table, key in ((ingestion_partitions, "ingestion_id"), (ingestions, "id")):
        connection.execute(sa.delete(table).where(table.c[key] == ingestion_id))


def _record(row: sa.Row[tuple[object, ...]]) -> Record:
    return Record(
        row.id,
        row.environment,
        row.catalog_id,
        row.configuration,
        row.status,
        row.status_reason,
        row.error_count,
        row.upserted_count,
        row.deleted_count,
        orjson.loads(row.errors),
        orjson.loads(row.warnings),
        row.created_at,
        row.updated_at,
    )
