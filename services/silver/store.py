"""Silver's own data: products, runs and their results. Every method is one transaction."""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from cachetools import LRUCache

from services.runtime.database import Database, chunked, upsert
from services.runtime.jobs.cuts import IdRange
from services.silver.records import RECORD_COLUMNS, now_micros
from services.silver.rules.duplicates import CANDIDATE_SCHEMA
from services.silver.tables import PRODUCTS, RESULTS, RUNS

RESULT_COLUMNS = ("run", "position", "product_id", "fields_normalized", "urls_validated", "error")
KEPT_NUMBERS = 1024
PARTITION_PLACES = 2**32
"""Positions reserved per partition, so that one that grew since it was planned does not reach into the next."""

_ERROR_COLUMNS = (*RECORD_COLUMNS[:6], "document", "attributes", "changes", "issues", "error", "updated_at")
_ERROR_KEEP = tuple(name for name in _ERROR_COLUMNS if name not in {"error"})
_CANDIDATE = tuple(PRODUCTS.c[name] for name in ("product_id", "sequence", "gtin14", "brand_mpn_key", "document"))
_TRAITS = {"parentId": "parent_id", "title": "title", "color": "color", "size": "size", "material": "material"}
_KEYS = (PRODUCTS.c.gtin14, PRODUCTS.c.brand_mpn_key)
_KEYED = (PRODUCTS.c.product_id, *_KEYS)


class Store:
    """Reads and writes by (workspace, catalog): rows of another workspace are never seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: LRUCache[tuple[str, str], int] = LRUCache(KEPT_NUMBERS)
        self._lock = threading.Lock()

    def begin_run(self, job_id: str, workspace_id: str, catalog_id: str) -> int:
        """Records the run; returns its number, the same one when called again."""
        number = self.number_of(workspace_id, job_id)
        if number is not None:
            return number
        columns = ("job_id", "workspace_id", "catalog_id")
        with self._database.write() as connection:
            upsert(connection, RUNS, columns, [(job_id, workspace_id, catalog_id)], keys=("job_id",), keep=columns)
            number = int(connection.execute(sa.select(RUNS.c.number).where(RUNS.c.job_id == job_id)).scalar_one())
        with self._lock:
            self._numbers[workspace_id, job_id] = number
        return number

    def number_of(self, workspace_id: str, job_id: str) -> int | None:
        """The number of a job's run, if it is this workspace's."""
        with self._lock:
            known = self._numbers.get((workspace_id, job_id))
        if known is not None:
            return known
        query = sa.select(RUNS.c.number).where(RUNS.c.job_id == job_id, RUNS.c.workspace_id == workspace_id)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def write_partition(
        self,
        run: int,
        partition: int,
        results: Sequence[tuple[Any, ...]],
        records: Sequence[tuple[Any, ...]],
        failed: Sequence[tuple[Any, ...]],
        *,
        owner: tuple[str, str],
    ) -> None:
        """Replaces the partition's results and its products' records, all or nothing.

        Args:
            run: the run's number.
            partition: its place in the plan.
            results: rows of `RESULT_COLUMNS`.
            records: rows of `RECORD_COLUMNS`.
            failed: (product id, sequence, error) of products in error; their former record stays.
            owner: workspace id and catalog id.
        """
        first = partition * PARTITION_PLACES
        workspace_id, catalog_id = owner
        now = now_micros()
        errors = [
            (catalog_id, product_id, workspace_id, sequence, "", "", "", "", "[]", "[]", error, now)
            for product_id, sequence, error in failed
        ]
        with self._database.write() as connection:
            places = RESULTS.c.position.between(first, first + PARTITION_PLACES - 1)
            connection.execute(sa.delete(RESULTS).where(RESULTS.c.run == run, places))
            upsert(connection, RESULTS, RESULT_COLUMNS, results)
            upsert(connection, PRODUCTS, RECORD_COLUMNS, records)
            upsert(connection, PRODUCTS, _ERROR_COLUMNS, errors, keep=_ERROR_KEEP)

    def drop_vanished(self, workspace_id: str, catalog_id: str, ids: IdRange, existing: set[str]) -> None:
        """Deletes the products in the range that are not among `existing`."""
        query = sa.select(PRODUCTS.c.product_id).where(*_mine(workspace_id, catalog_id), *_within(ids))
        with self._database.read() as connection:
            vanished = [found for found in connection.execute(query).scalars() if found not in existing]
        if vanished:
            with self._database.write() as connection:
                for some in chunked(vanished):
                    connection.execute(
                        sa.delete(PRODUCTS).where(*_mine(workspace_id, catalog_id), PRODUCTS.c.product_id.in_(some))
                    )

    def shared_keys(self, workspace_id: str, catalog_id: str) -> pl.DataFrame:
        """Every sound product whose identity another one of the catalog shares: see `CANDIDATE_SCHEMA`."""
        mine = (*_mine(workspace_id, catalog_id), *_sound())
        rows: dict[str, sa.Row[Any]] = {}
        with self._database.read() as connection:
            # One key at a time, and what is shared from the key's index alone: the documents of the others stay unread.
            for key in _KEYS:
                shared = (
                    sa.select(key)
                    .where(PRODUCTS.c.catalog_id == catalog_id, key.is_not(None))
                    .group_by(key)
                    .having(sa.func.count() > 1)
                )
                found = connection.execute(sa.select(*_CANDIDATE).where(*mine, key.in_(shared)))
                rows |= {row.product_id: row for row in found}
        return _candidates(rows.values())

    def related(self, workspace_id: str, catalog_id: str, product_ids: Iterable[str]) -> tuple[pl.DataFrame, set[str]]:
        """What a change of these products may touch.

        Returns the sound products that share an identity with them, directly or through others (see
        `CANDIDATE_SCHEMA`), and the ids of all products whose `duplicate_of` may change: those, the products
        themselves, and those that were of one group with them before.
        """
        mine = _mine(workspace_id, catalog_id)
        with self._database.read() as connection:
            affected = set(product_ids)
            affected |= _former_group(connection, mine, affected)
            keys = _rows_where(connection, _KEYED, mine, PRODUCTS.c.product_id, affected)
            holders: tuple[dict[str, set[str]], ...] = ({}, {})
            fresh = keys
            while fresh:
                found: dict[str, sa.Row[Any]] = {}
                for place, key in enumerate(_KEYS):
                    values = {row[place + 1] for row in fresh.values()} - holders[place].keys() - {None}
                    rows = _rows_where(connection, _KEYED, (*mine, *_sound()), key, values)
                    for product_id, row in rows.items():
                        holders[place].setdefault(row[place + 1], set()).add(product_id)
                    found |= rows
                fresh = {product_id: row for product_id, row in found.items() if product_id not in keys}
                keys |= fresh
            sharing = {one for held in holders for ids in held.values() if len(ids) > 1 for one in ids}
            sound = _rows_where(connection, _CANDIDATE, (*mine, *_sound()), PRODUCTS.c.product_id, sharing)
        return _candidates(sound.values()), affected | set(keys)

    def mark_duplicates(
        self, workspace_id: str, catalog_id: str, duplicates: Mapping[str, str], touched: set[str] | None
    ) -> None:
        """Sets `duplicate_of` of `duplicates`, and clears that of other `touched` products (None: all there are)."""
        mine = _mine(workspace_id, catalog_id)
        with self._database.read() as connection:
            stored = _links(connection, mine, touched)
        wanted: dict[str, str | None] = dict.fromkeys(stored, None) | dict(duplicates)
        changed = [
            {"p": product_id, "d": canonical}
            for product_id, canonical in wanted.items()
            if stored.get(product_id) != canonical
        ]
        if not changed:
            return
        update = sa.update(PRODUCTS).where(*mine, PRODUCTS.c.product_id == sa.bindparam("p"))
        with self._database.write() as connection:
            connection.execute(update.values(duplicate_of=sa.bindparam("d")), changed)

    def finish_results(self, run: int, workspace_id: str, catalog_id: str) -> dict[str, int]:
        """Writes the duplicates found into the run's results; returns the run's counts.

        Keys: processed, succeeded, errors, fieldsNormalized, urlsValidated, duplicates.
        """
        of_run = RESULTS.c.run == run
        # By the primary key of each result's product, so that a run costs what its own size is, and no memory.
        canonical = (
            sa.select(PRODUCTS.c.duplicate_of)
            .where(*_mine(workspace_id, catalog_id), PRODUCTS.c.product_id == RESULTS.c.product_id)
            .scalar_subquery()
        )
        counts = sa.select(
            sa.func.count(),
            sa.func.count(RESULTS.c.error),
            sa.func.coalesce(sa.func.sum(RESULTS.c.fields_normalized), 0),
            sa.func.coalesce(sa.func.sum(RESULTS.c.urls_validated), 0),
            sa.func.count(RESULTS.c.duplicate_of),
        ).where(of_run)
        with self._database.write() as connection:
            former = sa.update(RESULTS).where(of_run, RESULTS.c.duplicate_of.is_not(None))
            connection.execute(former.values(duplicate_of=None))
            found = sa.update(RESULTS).where(of_run, RESULTS.c.error.is_(None), canonical.is_not(None))
            connection.execute(found.values(duplicate_of=canonical))
            processed, errors, changed, checked, duplicates = map(int, connection.execute(counts).one())
        return {
            "processed": processed,
            "succeeded": processed - errors,
            "errors": errors,
            "fieldsNormalized": changed,
            "urlsValidated": checked,
            "duplicates": duplicates,
        }

    def results(self, run: int, after: int, limit: int) -> Sequence[sa.Row[Any]]:
        """The run's results with positions beyond `after` (-1: from the first), in order."""
        query = sa.select(RESULTS).where(RESULTS.c.run == run, RESULTS.c.position > after)
        with self._database.read() as connection:
            return connection.execute(query.order_by(RESULTS.c.position).limit(limit)).all()

    def all_results(self, run: int, batch: int) -> Iterator[Sequence[sa.Row[Any]]]:
        """All results of the run in order, in batches."""
        after, rows = -1, self.results(run, -1, batch)
        while rows:
            yield rows
            after = rows[-1].position
            rows = self.results(run, after, batch) if len(rows) == batch else ()

    def products(self, workspace_id: str, catalog_id: str, ids: Sequence[str]) -> dict[str, sa.Row[Any]]:
        """The stored products with these ids, whole rows, by id."""
        with self._database.read() as connection:
            found: dict[str, sa.Row[Any]] = {}
            for some in chunked(ids):
                query = sa.select(PRODUCTS).where(*_mine(workspace_id, catalog_id), PRODUCTS.c.product_id.in_(some))
                found |= {row.product_id: row for row in connection.execute(query)}
            return found

    def of_brand(self, workspace_id: str, catalog_id: str, brand: str, after: str, limit: int) -> list[sa.Row[Any]]:
        """Normalised products of a brand with ids beyond `after`, in id order."""
        query = (
            sa.select(PRODUCTS)
            .where(*_mine(workspace_id, catalog_id), PRODUCTS.c.brand == brand, PRODUCTS.c.product_id > after)
            .order_by(PRODUCTS.c.product_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.execute(query))

    def canonical(self, workspace_id: str, catalog_id: str, first: str, last: str) -> dict[str, tuple[str, ...]]:
        """What Gold reads of the products from `first` through `last`, by id.

        Values: source fingerprint, fingerprint, document, attributes.
        """
        query = sa.select(
            PRODUCTS.c.product_id,
            PRODUCTS.c.source_fingerprint,
            PRODUCTS.c.fingerprint,
            PRODUCTS.c.document,
            PRODUCTS.c.attributes,
        ).where(*_mine(workspace_id, catalog_id), PRODUCTS.c.product_id.between(first, last))
        with self._database.read() as connection:
            return {row[0]: tuple(row[1:]) for row in connection.execute(query)}


def _mine(workspace_id: str, catalog_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (PRODUCTS.c.catalog_id == catalog_id, PRODUCTS.c.workspace_id == workspace_id)


def _within(ids: IdRange) -> list[sa.ColumnElement[bool]]:
    within = [PRODUCTS.c.product_id > ids.after]
    return [*within, PRODUCTS.c.product_id <= ids.through] if ids.through else within


def _sound() -> tuple[sa.ColumnElement[bool], ...]:
    """Only what the last run could take is compared: the record of a product in error may be out of date."""
    return (PRODUCTS.c.error.is_(None), PRODUCTS.c.source_fingerprint != "")


def _former_group(connection: sa.Connection, mine: tuple[sa.ColumnElement[bool], ...], ids: set[str]) -> set[str]:
    """Ids that were of one group with `ids` when duplicates were last looked for."""
    heads = ids | set(_links(connection, mine, ids).values())
    members = set(heads)
    for some in chunked(sorted(heads)):
        query = sa.select(PRODUCTS.c.product_id).where(*mine, PRODUCTS.c.duplicate_of.in_(some))
        members |= set(connection.execute(query).scalars())
    return members


def _links(connection: sa.Connection, mine: tuple[sa.ColumnElement[bool], ...], ids: set[str] | None) -> dict[str, str]:
    """`duplicate_of` by product id, of the duplicates among `ids` (None: of the whole catalog)."""
    query = sa.select(PRODUCTS.c.product_id, PRODUCTS.c.duplicate_of).where(*mine)
    if ids is None:
        rows = connection.execute(query.where(PRODUCTS.c.duplicate_of.is_not(None))).all()
        return {product_id: canonical for product_id, canonical in rows if canonical}
    links: dict[str, str] = {}
    for some in chunked(sorted(ids)):
        # Without IS NOT NULL: it would lure SQLite into the index of all duplicates instead of the primary key.
        found = connection.execute(query.where(PRODUCTS.c.product_id.in_(some)))
        links |= {key: value for key, value in found if value is not None}
    return links


def _rows_where(
    connection: sa.Connection,
    columns: tuple[sa.ColumnElement[Any], ...],
    conditions: tuple[sa.ColumnElement[bool], ...],
    column: sa.ColumnElement[Any],
    values: Iterable[str],
) -> dict[str, sa.Row[Any]]:
    rows: dict[str, sa.Row[Any]] = {}
    for some in chunked(sorted(values)):
        query = sa.select(*columns).where(*conditions, column.in_(some))
        rows |= {row.product_id: row for row in connection.execute(query)}
    return rows


def _candidates(rows: Collection[sa.Row[Any]]) -> pl.DataFrame:
    """What is compared, see `CANDIDATE_SCHEMA`: keys from their columns, traits from the documents."""
    if not rows:
        return pl.DataFrame(schema=CANDIDATE_SCHEMA)
    schema = {column.name: CANDIDATE_SCHEMA.get(column.name, pl.String) for column in _CANDIDATE}
    frame = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    traits = frame["document"].str.json_decode(pl.Struct(dict.fromkeys(_TRAITS, pl.String))).struct.unnest()
    return frame.with_columns_seq(traits.rename(_TRAITS).get_columns()).select_seq(CANDIDATE_SCHEMA.names())
