"""Import jobs: what was staged, what has been applied, and the rows that were not taken.

Applying a partition writes its items, its row problems and its counts in one transaction, once: a second call finds it
applied. Partitions may be applied in any order: numbers in the order of first ingestion were reserved for each when the
file was staged, as many as it has items that were new then. What is there keeps its number, so that importing the same
again uses up none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress

import polars as pl
import sqlalchemy as sa

from services.ingest.errors import JobNotFound
from services.ingest.parsing import RowProblem, StagedFile
from services.ingest.store.catalogs import CatalogRow, catalog_to_change, find_catalog, note_changes
from services.ingest.store.clock import now_micros
from services.ingest.store.items import ITEM_COLUMNS, add_items, count_products, reserve_sequences, write_items
from services.ingest.store.known import count_known, hold_known, hold_taken
from services.ingest.tables import import_errors, import_partitions, imports
from services.runtime.database import Database, settle, upsert

_BEHIND_ALL = 2**31 - 1
_KEPT = 0
"""Stands for the number of an item that has one: it is not written."""
_SEQUENCE = ITEM_COLUMNS.index("sequence")


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

    def record_staged(self, job_id: str, staged: StagedFile, ids: Iterable[Sequence[str]]) -> None:
        """Records the partitions and reserves numbers for their new items; a repetition keeps what was reserved.

        `ids`: those of each chunk's items, read only where the catalog may have some of them.
        """
        # Looked for before the database is held for writing. An item that comes or goes meanwhile does no harm: a
        # number too many stays unused, and `apply` takes one that is missing.
        with self._database.read() as connection:
            job = _find(connection, job_id)
            if job.first_sequence is not None:
                return
            new = _count_new(connection, find_catalog(connection, job.workspace_id, job.catalog_id), staged, ids)

        def work(connection: sa.Connection) -> None:
            if _find(connection, job_id, to_change=True).first_sequence is not None:
                return
            first = reserve_sequences(connection, job.catalog_id, sum(new))
            connection.execute(
                sa.update(imports).where(imports.c.job_id == job_id).values(first_sequence=first, source=staged.source)
            )
            rows: list[tuple[object, ...]] = []
            offset = 0
            for number, (chunk, reserved) in enumerate(zip(staged.chunks, new, strict=True)):
                rows.append((job_id, number, offset, reserved, chunk.items, chunk.errors, chunk.repeats, 0, 0, 0))
                offset += reserved
            columns = ("job_id", "number", "offset", "reserved", "items", "errors", "repeats")
            upsert(connection, import_partitions, (*columns, "created", "updated", "unchanged"), rows)

        settle(self._database, work)

    def apply(self, job_id: str, number: int, frame: pl.DataFrame, problems: Sequence[RowProblem]) -> int:
        """Writes one staged chunk (columns of `parsing.staging.ITEM_SCHEMA`); returns how many records it stood for."""
        key = (import_partitions.c.job_id == job_id) & (import_partitions.c.number == number)
        with self._database.read() as connection:
            job = _find(connection, job_id)
            partition = connection.execute(sa.select(import_partitions).where(key)).one()
        units = int(partition.items + partition.errors + partition.repeats)
        # Made before the database is held for writing: other partitions write meanwhile. No two of one import have an
        # item in common, but those of two imports may.
        columns = _item_columns(frame, job)
        ids, fingerprints = frame["id"].to_list(), frame["fingerprint"].to_list()
        applied = sa.select(import_partitions.c.applied_at).where(key).with_for_update()

        def work(connection: sa.Connection) -> None:
            if connection.execute(applied).scalar_one() is not None:
                return
            catalog = catalog_to_change(connection, job.workspace_id, job.catalog_id)
            content = catalog["content"]
            columns["catalog_id"] = [content] * len(ids)
            known = hold_known(connection, content, ids) if catalog["product_count"] else {}
            numbers = _numbers(connection, job, partition, len(ids) - len(known))
            columns["sequence"] = [_KEPT if identity in known else next(numbers) for identity in ids]
            rows = list(zip(*(columns[name] for name in ITEM_COLUMNS), strict=True))
            new = {identity: row for identity, row in zip(ids, rows, strict=True) if identity not in known}
            add_items(connection, [new[identity] for identity in sorted(new)])
            places = {identity: row[_SEQUENCE] for identity, row in new.items()}
            known |= hold_taken(connection, content, places)
            created = len(ids) - len(known)
            changed = [
                identity in known and known[identity] != fingerprint
                for identity, fingerprint in zip(ids, fingerprints, strict=True)
            ]
            updated = sum(changed)
            write_items(connection, list(compress(rows, changed)))
            note_changes(connection, catalog, {*new, *compress(ids, changed)})
            if created:
                count_products(connection, job.catalog_id, created)
            _write_problems(connection, job_id, number, problems)
            connection.execute(
                sa.update(import_partitions)
                .where(key)
                .values(
                    created=created,
                    updated=updated,
                    unchanged=len(ids) - created - updated + partition.repeats,
                    applied_at=now_micros(),
                )
            )

        settle(self._database, work)
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
        self, workspace_id: str, job_id: str, after: ErrorPosition, limit: int, *, gapless: bool = False
    ) -> list[tuple[ErrorPosition, RowProblem]]:
        """Row problems in file order, those behind a position; at most `limit`. Raises JobNotFound.

        `gapless`: none behind a partition that has not been applied, so that whatever is still applied comes after all
        that are told.
        """
        table = import_errors.c
        query = sa.select(
            table.partition, table.position, table.line, table.column, table.reason, table.message, table.severity
        ).where(table.job_id == job_id, sa.tuple_(table.partition, table.position) > (after.partition, after.position))
        if gapless:
            query = query.where(table.partition < _first_open(job_id))
        query = query.order_by(table.partition, table.position).limit(limit)
        with self._database.read() as connection:
            if _find(connection, job_id).workspace_id != workspace_id:
                raise JobNotFound(job_id)
            rows = connection.execute(query).all()
        return [(ErrorPosition(row[0], row[1]), RowProblem(*row[2:])) for row in rows]


def _first_open(job_id: str) -> sa.ColumnElement[int]:
    """The first partition that has not been applied; one behind all that may be when there is none."""
    one = import_partitions.c
    first = sa.select(sa.func.min(one.number)).where(one.job_id == job_id, one.applied_at.is_(None))
    return sa.func.coalesce(first.scalar_subquery(), _BEHIND_ALL)


def _find(connection: sa.Connection, job_id: str, *, to_change: bool = False) -> sa.Row[tuple[object, ...]]:
    query = sa.select(imports).where(imports.c.job_id == job_id)
    row = connection.execute(query.with_for_update() if to_change else query).first()
    if row is None:
        raise JobNotFound(job_id)
    return row


def _count_new(
    connection: sa.Connection, catalog: CatalogRow, staged: StagedFile, ids: Iterable[Sequence[str]]
) -> list[int]:
    """How many items of each chunk the catalog does not have."""
    if not catalog["product_count"]:
        return [chunk.items for chunk in staged.chunks]
    return [len(some) - count_known(connection, catalog["content"], some) for some in ids]


def _numbers(
    connection: sa.Connection, job: sa.Row[tuple[object, ...]], partition: sa.Row[tuple[object, ...]], count: int
) -> Iterator[int]:
    """Numbers for `count` new items, in file order: those of the partition, the first ones first.

    Items that were there when the file was staged and have been deleted since are more than were reserved for: then the
    last numbers are the catalog's next ones.
    """
    first = job.first_sequence + partition.offset
    reserved = range(first, first + min(count, partition.reserved))
    missing = count - len(reserved)
    further = reserve_sequences(connection, job.catalog_id, missing) if missing else 0
    return chain(reserved, range(further, further + missing))


def _item_columns(frame: pl.DataFrame, job: sa.Row[tuple[object, ...]]) -> dict[str, Iterable[object]]:
    """Values of `ITEM_COLUMNS` by name, but for `sequence` and `catalog_id`, which only the database knows."""
    ids, now = frame["id"].to_list(), now_micros()
    same = {
        "workspace_id": job.workspace_id,
        "item_type": "product",
        "context": "",
        "source": job.source,
        "created_at": now,
        "updated_at": now,
        "changed_at": 0,
        "patched": None,
        "feed": "",
        "ingestion_id": None,
    }
    return {
        **{name: [value] * frame.height for name, value in same.items()},
        **{name: frame[name].to_list() for name in ("parent_id", "fingerprint", "document")},
        "product_id": ids,
        "item_id": ids,
    }


def _write_problems(connection: sa.Connection, job_id: str, number: int, problems: Sequence[RowProblem]) -> None:
    columns = ("job_id", "partition", "position", "line", "column", "reason", "message", "severity")
    rows = [(job_id, number, position, *problem[:-1], str(problem[-1])) for position, problem in enumerate(problems)]
    upsert(connection, import_errors, columns, rows)
