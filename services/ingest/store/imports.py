"""Import jobs: what was staged, what has been applied, and the rows that were not taken.

Applying a partition writes its items, its row problems and its counts in one transaction, once: a second call finds it
applied. Partitions may be applied in any order; the order of first ingestion was reserved when the file was staged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import polars as pl
import sqlalchemy as sa

from services.ingest.errors import JobNotFound
from services.ingest.parsing import RowProblem, StagedFile
from services.ingest.store.clock import now_micros
from services.ingest.store.items import (
    ITEM_COLUMNS,
    count_products,
    known_fingerprints,
    reserve_sequences,
    write_items,
)
from services.ingest.tables import catalogs, import_errors, import_partitions, imports
from services.runtime.database import Database, upsert


@dataclass(frozen=True, slots=True)
class NewImport:
    """An upload that was accepted."""

    job_id: str
    workspace_id: str
    catalog_id: str
    file_name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """The result of an import; total is the sum of the others."""

    total: int
    created: int
    updated: int
    unchanged: int
    errors: int


@dataclass(frozen=True, slots=True)
class ErrorPosition:
    """Where in an import's list of row problems one stands."""

    partition: int
    position: int


class ImportStore:
    """See module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewImport) -> None:
        """Records an accepted upload; harmless when it is recorded already."""
        columns = ("job_id", "workspace_id", "catalog_id", "file_name", "size", "sha256", "source", "created_at")
        row = (new.job_id, new.workspace_id, new.catalog_id, new.file_name, new.size, new.sha256, "", now_micros())
        with self._database.write() as connection:
            upsert(connection, imports, columns, [row], keep=("created_at",))

    def remove(self, job_id: str) -> None:
        """Forgets an upload whose job could not be opened."""
        with self._database.write() as connection:
            connection.execute(sa.delete(imports).where(imports.c.job_id == job_id))

    def record_staged(self, job_id: str, staged: StagedFile) -> None:
        """Records the partitions and reserves the order of their items; a repetition keeps what was reserved."""
        with self._database.write() as connection:
            job = _find(connection, job_id)
            if job.first_sequence is not None:
                return
            first = reserve_sequences(connection, job.catalog_id, staged.items)
            connection.execute(
                sa.update(imports).where(imports.c.job_id == job_id).values(first_sequence=first, source=staged.source)
            )
            rows: list[tuple[object, ...]] = []
            offset = 0
            for number, chunk in enumerate(staged.chunks):
                rows.append((job_id, number, offset, chunk.items, chunk.errors, chunk.repeats, 0, 0, 0))
                offset += chunk.items
            columns = ["job_id", "number", "offset", "items", "errors", "repeats", "created", "updated", "unchanged"]
            upsert(connection, import_partitions, columns, rows)

    def apply(self, job_id: str, number: int, frame: pl.DataFrame, problems: Sequence[RowProblem]) -> int:
        """Writes one staged chunk (columns of `parsing.staging.ITEM_SCHEMA`); returns how many records it stood for."""
        key = (import_partitions.c.job_id == job_id) & (import_partitions.c.number == number)
        with self._database.read() as connection:
            job = _find(connection, job_id)
            partition = connection.execute(sa.select(import_partitions).where(key)).one()
        units = int(partition.items + partition.errors + partition.repeats)
        # Made before the database is held for writing: other partitions write meanwhile.
        first = job.first_sequence + partition.offset
        places = pl.int_range(first, first + frame.height, dtype=pl.Int64)
        rows = _item_rows(frame.with_columns(sequence=places), job)
        ids, fingerprints = frame["id"].to_list(), frame["fingerprint"].to_list()
        with self._database.write() as connection:
            if connection.execute(sa.select(import_partitions.c.applied_at).where(key)).scalar_one() is not None:
                return units
            known = self._known(connection, job.catalog_id, ids)
            changed = [
                known.get(identity) != fingerprint for identity, fingerprint in zip(ids, fingerprints, strict=True)
            ]
            created, written = len(ids) - len(known), sum(changed)
            write_items(connection, list(compress(rows, changed)))
            if created:
                count_products(connection, job.catalog_id, created)
            _write_problems(connection, job_id, number, problems)
            connection.execute(
                sa.update(import_partitions)
                .where(key)
                .values(
                    created=created,
                    updated=written - created,
                    unchanged=len(ids) - written + partition.repeats,
                    applied_at=now_micros(),
                )
            )
        return units

    def counts(self, job_id: str) -> ImportCounts:
        """Sums over the partitions that have been applied."""
        columns = (import_partitions.c[name] for name in ("created", "updated", "unchanged", "errors"))
        query = sa.select(*(sa.func.coalesce(sa.func.sum(column), 0) for column in columns)).where(
            import_partitions.c.job_id == job_id, import_partitions.c.applied_at.is_not(None)
        )
        with self._database.read() as connection:
            created, updated, unchanged, errors = (int(value) for value in connection.execute(query).one())
        return ImportCounts(created + updated + unchanged + errors, created, updated, unchanged, errors)

    def problems(
        self, workspace_id: str, job_id: str, after: ErrorPosition | None, limit: int
    ) -> list[tuple[ErrorPosition, RowProblem]]:
        """Row problems in file order, those behind a position; at most `limit`. Raises JobNotFound."""
        table = import_errors.c
        query = sa.select(
            table.partition, table.position, table.line, table.column, table.reason, table.message, table.severity
        ).where(table.job_id == job_id)
        if after is not None:
            query = query.where(sa.tuple_(table.partition, table.position) > (after.partition, after.position))
        query = query.order_by(table.partition, table.position).limit(limit)
        with self._database.read() as connection:
            if _find(connection, job_id).workspace_id != workspace_id:
                raise JobNotFound(job_id)
            rows = connection.execute(query).all()
        return [(ErrorPosition(row[0], row[1]), RowProblem(*row[2:])) for row in rows]

    @staticmethod
    def _known(connection: sa.Connection, catalog_id: str, ids: Sequence[str]) -> dict[str, str]:
        """Stored fingerprint by id, of those items that are there."""
        stored = connection.execute(sa.select(catalogs.c.product_count).where(catalogs.c.id == catalog_id)).scalar_one()
        return known_fingerprints(connection, catalog_id, ids) if stored else {}


def _find(connection: sa.Connection, job_id: str) -> sa.Row[tuple[object, ...]]:
    row = connection.execute(sa.select(imports).where(imports.c.job_id == job_id)).first()
    if row is None:
        raise JobNotFound(job_id)
    return row


def _item_rows(frame: pl.DataFrame, job: sa.Row[tuple[object, ...]]) -> list[tuple[object, ...]]:
    now = now_micros()
    columns = {
        "catalog_id": pl.lit(job.catalog_id),
        "product_id": pl.col("id"),
        "workspace_id": pl.lit(job.workspace_id),
        "item_type": pl.lit("product"),
        "item_id": pl.col("id"),
        "context": pl.lit(""),
        "parent_id": pl.col("parent_id"),
        "sequence": pl.col("sequence"),
        "fingerprint": pl.col("fingerprint"),
        "source": pl.lit(job.source),
        "created_at": pl.lit(now),
        "updated_at": pl.lit(now),
        "document": pl.col("document"),
    }
    return frame.select(columns[name].alias(name) for name in ITEM_COLUMNS).rows()


def _write_problems(connection: sa.Connection, job_id: str, number: int, problems: Sequence[RowProblem]) -> None:
    columns = ("job_id", "partition", "position", "line", "column", "reason", "message", "severity")
    rows = [(job_id, number, position, *problem[:-1], str(problem[-1])) for position, problem in enumerate(problems)]
    upsert(connection, import_errors, columns, rows)
