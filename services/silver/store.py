"""Silver's own data: products, runs and their results. Every method is one transaction."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import sqlalchemy as sa
from cachetools import LRUCache

from services.runtime.database import Database, chunked, hold, upsert
from services.runtime.jobs.cuts import IdRange
from services.silver.identity import KEYED, postings_of_rows, term
from services.silver.images.findings import BrokenImage
from services.silver.key_index import KeyIndex
from services.silver.likely import GoneProducts, LikelySearch
from services.silver.links import Links
from services.silver.matching.postings import product_of
from services.silver.neighbours import Selection
from services.silver.reading import BulkReads
from services.silver.records import RECORD_COLUMNS, Records, now_micros
from services.silver.shards import NO_POSTINGS
from services.silver.tables import BROKEN_IMAGES, PRODUCTS, RESULTS, RUNS, TALLIES
from services.silver.tally import Tally
from services.silver.unsettled import UnsettledProducts

RESULT_COLUMNS = ("run", "position", "product_id", "fields_normalized", "urls_validated", "error", "suggestions")
BROKEN_COLUMNS = ("run", "position", "number", "product_id", "field", "url", "status", "reason", "url_number")
KEPT_NUMBERS = 1024
PARTITION_PLACES = 2**32
"""Positions reserved per partition, so that one that grew since it was planned does not reach into the next."""

_ERROR_COLUMNS = (*RECORD_COLUMNS[:6], "document", "attributes", "changes", "issues", "error", "updated_at", "indexed")
_ERROR_KEEP = tuple(name for name in _ERROR_COLUMNS if name not in {"error", "indexed"})
_PRODUCT_ID = RECORD_COLUMNS.index("product_id")


# Statements of every run, made once: for three products making them takes longer than running them.
_NUMBER = sa.select(RUNS.c.number).where(
    RUNS.c.job_id == sa.bindparam("job_id"), RUNS.c.workspace_id == sa.bindparam("of_workspace")
)
_OF_RUN = RESULTS.c.run == sa.bindparam("of_run")
_DELETE_RESULTS = sa.delete(RESULTS).where(
    _OF_RUN, RESULTS.c.position.between(sa.bindparam("first"), sa.bindparam("last"))
)
_RESULTS_AFTER = (
    sa.select(RESULTS)
    .where(_OF_RUN, RESULTS.c.position > sa.bindparam("after"))
    .order_by(RESULTS.c.position)
    .limit(sa.bindparam("most"))
)
_DELETE_BROKEN = sa.delete(BROKEN_IMAGES).where(
    BROKEN_IMAGES.c.run == sa.bindparam("of_run"),
    BROKEN_IMAGES.c.position.between(sa.bindparam("first"), sa.bindparam("last")),
)
_BROKEN_AFTER = (
    sa.select(BROKEN_IMAGES)
    .where(
        BROKEN_IMAGES.c.run == sa.bindparam("of_run"),
        sa.tuple_(BROKEN_IMAGES.c.position, BROKEN_IMAGES.c.number)
        > sa.tuple_(sa.bindparam("after_position"), sa.bindparam("after_number")),
    )
    .order_by(BROKEN_IMAGES.c.position, BROKEN_IMAGES.c.number)
    .limit(sa.bindparam("most"))
)
_COUNT_BROKEN = sa.select(sa.func.count(BROKEN_IMAGES.c.url_number.distinct())).where(
    BROKEN_IMAGES.c.run == sa.bindparam("of_run")
)
_TALLIES = sa.select(TALLIES.c.tally).where(TALLIES.c.run == sa.bindparam("of_run"))
_OWNED = (
    PRODUCTS.c.catalog_id == sa.bindparam("of_catalog"),
    PRODUCTS.c.workspace_id == sa.bindparam("of_workspace"),
)
_OF_IDS = (*_OWNED, PRODUCTS.c.product_id.in_(sa.bindparam("ids", expanding=True)))
_SEQUENCES = sa.select(PRODUCTS.c.product_id, PRODUCTS.c.sequence).where(*_OF_IDS)
_HEADS = sa.select(PRODUCTS.c.duplicate_of).where(*_OF_IDS, PRODUCTS.c.duplicate_of.is_not(None))
_POINTING = sa.select(PRODUCTS.c.sequence).where(
    *_OWNED, PRODUCTS.c.duplicate_of.in_(sa.bindparam("ids", expanding=True))
)
# What the index of keys knows of products: of one that was never taken, nothing.
_KEYS = sa.select(PRODUCTS.c.sequence, PRODUCTS.c.error, *(PRODUCTS.c[name] for name in KEYED)).where(
    *_OF_IDS, PRODUCTS.c.source_fingerprint != ""
)
_OF_BRAND = sa.select(PRODUCTS).where(
    *_OWNED,
    PRODUCTS.c.sequence.in_(sa.bindparam("values", expanding=True)),
    PRODUCTS.c.brand == sa.bindparam("of_brand"),
)
# By the primary key of each result's product, so that a run costs what its own size is, and no memory. The catalog is
# asked for, and not said: PostgreSQL takes one that its statistics do not tell of yet to have no products, and any
# index that begins with the catalog to be as good. Then the whole catalog would be read for each result.
_CATALOG = sa.select(sa.bindparam("of_catalog", type_=PRODUCTS.c.catalog_id.type)).scalar_subquery()
_CANONICAL = (
    sa.select(PRODUCTS.c.duplicate_of)
    .where(
        PRODUCTS.c.catalog_id == _CATALOG,
        PRODUCTS.c.workspace_id == sa.bindparam("of_workspace"),
        PRODUCTS.c.product_id == RESULTS.c.product_id,
    )
    .scalar_subquery()
)
_CLEAR_DUPLICATES = sa.update(RESULTS).where(_OF_RUN, RESULTS.c.duplicate_of.is_not(None)).values(duplicate_of=None)
_TELL_DUPLICATES = (
    sa.update(RESULTS)
    .where(_OF_RUN, RESULTS.c.error.is_(None), _CANONICAL.is_not(None))
    .values(duplicate_of=_CANONICAL)
)
_COUNTS = sa.select(
    sa.func.count(),
    sa.func.count(RESULTS.c.error),
    sa.func.coalesce(sa.func.sum(RESULTS.c.fields_normalized), 0),
    sa.func.coalesce(sa.func.sum(RESULTS.c.urls_validated), 0),
    sa.func.count(RESULTS.c.duplicate_of),
).where(_OF_RUN)


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
            number = int(connection.execute(_NUMBER, {"job_id": job_id, "of_workspace": workspace_id}).scalar_one())
        with self._lock:
            self._numbers[workspace_id, job_id] = number
        return number

    def number_of(self, workspace_id: str, job_id: str) -> int | None:
        """The number of a job's run, if it is this workspace's."""
        with self._lock:
            known = self._numbers.get((workspace_id, job_id))
        if known is not None:
            return known
        with self._database.read() as connection:
            which = {"job_id": job_id, "of_workspace": workspace_id}
            return connection.execute(_NUMBER, which).scalar_one_or_none()

    def write_partition(
        self,
        run: int,
        partition: int,
        results: Sequence[tuple[Any, ...]],
        records: Records,
        failed: Sequence[tuple[Any, ...]],
        *,
        broken_images: Sequence[BrokenImage],
        tally: str,
        owner: tuple[str, str],
        whole: bool,
        indexed: bool,
    ) -> None:
        """Replaces the partition's results and its products' records, all or nothing.

        Partitions of a run over the whole catalog are written beside each other, those of a selection one by one.

        Args:
            run: the run's number.
            partition: its place in the plan.
            results: rows of `RESULT_COLUMNS`.
            records: of the products that could be taken.
            failed: (product id, sequence, error) of products in error; their former record stays, but is compared with
                nothing.
            broken_images: of the products with records.
            tally: see `tally_of`.
            owner: workspace id and catalog id.
            whole: whether the run is over the whole catalog, and makes the index of keys at its end.
            indexed: whether the records say so of themselves; otherwise what the index knows stays noted.
        """
        first = partition * PARTITION_PLACES
        workspace_id, catalog_id = owner
        now = now_micros()
        errors = [
            (catalog_id, product_id, workspace_id, sequence, "", "", "", "", "[]", "[]", error, now, None)
            for product_id, sequence, error in failed
        ]
        with self._database.write() as connection:
            hold(connection, f"partition {run} {partition}")  # it may be begun again while its former life still writes
            keys = KeyIndex(workspace_id, catalog_id)
            if not whole:
                keys.hold(connection)
            last = first + PARTITION_PLACES - 1
            of_partition = {"of_run": run, "first": first, "last": last}
            connection.execute(_DELETE_RESULTS, of_partition)
            connection.execute(_DELETE_BROKEN, of_partition)
            upsert(connection, RESULTS, RESULT_COLUMNS, results)
            upsert(connection, BROKEN_IMAGES, BROKEN_COLUMNS, _broken_rows(results, broken_images))
            upsert(connection, TALLIES, ("run", "partition", "tally"), [(run, partition, tally)])
            failing = [row[0] for row in failed]
            before = [] if whole else self._keys(connection, owner, [row[_PRODUCT_ID] for row in records.rows])
            before += self._keys(connection, owner, failing)
            upsert(connection, PRODUCTS, RECORD_COLUMNS, records.rows, keep=() if indexed else ("indexed",))
            upsert(connection, PRODUCTS, _ERROR_COLUMNS, errors, keep=_ERROR_KEEP)
            kept = self._keys(connection, owner, failing)
            written = np.union1d(records.postings, postings_of_rows(kept))
            if whole:
                keys.put_part(connection, run, partition, written)
            else:
                turned = keys.change(connection, postings_of_rows(before), written)
                UnsettledProducts(*owner).add(connection, turned)
            turned = GoneProducts(catalog_id).forget(connection, {row.sequence for row in kept})
            UnsettledProducts(*owner).add(connection, turned)

    def drop_vanished(
        self, workspace_id: str, catalog_id: str, selection: Selection, existing: Mapping[str, int]
    ) -> None:
        """Deletes the products of the selection that are not among `existing`, and whatever pairs them with others.

        `existing` are the numbers (`sequence`) of the items there are. A product with another number is deleted, too:
        its item was deleted and ingested anew, and what pairs the former one with others has the former number.
        """
        mine = _mine(workspace_id, catalog_id)
        if isinstance(selection, IdRange):
            query = sa.select(PRODUCTS.c.product_id, PRODUCTS.c.sequence).where(*mine, *_within(selection))
            parts: list[dict[str, Any]] = [{}]
        else:
            owner = {"of_workspace": workspace_id, "of_catalog": catalog_id}
            query, parts = _SEQUENCES, [owner | {"ids": some} for some in chunked(selection)]
        with self._database.read() as connection:
            vanished = {
                row.product_id: row.sequence
                for part in parts
                for row in connection.execute(query, part)
                if existing.get(row.product_id) != row.sequence
            }
        if vanished:
            whose = (workspace_id, catalog_id)
            with self._database.write() as connection:
                turned: set[int] = set()
                if not isinstance(selection, IdRange):  # a run over the whole catalog makes the index anew
                    keys = KeyIndex(*whose)
                    keys.hold(connection)
                    gone = self._keys(connection, whose, list(vanished))
                    turned |= keys.change(connection, postings_of_rows(gone), NO_POSTINGS)
                    turned |= self._of_one_group(connection, whose, list(vanished))
                for some in chunked(list(vanished)):
                    connection.execute(sa.delete(PRODUCTS).where(*mine, PRODUCTS.c.product_id.in_(some)))
                turned |= GoneProducts(catalog_id).forget(connection, set(vanished.values()))
                UnsettledProducts(*whose).add(connection, turned)
                UnsettledProducts(*whose).settle(connection, vanished.values())

    def unsettled(self, workspace_id: str, catalog_id: str) -> set[int]:
        """The numbers of the products whose duplicates the next run is to look for beside its own."""
        with self._database.read() as connection:
            return UnsettledProducts(workspace_id, catalog_id).all(connection)

    def settle(self, workspace_id: str, catalog_id: str, sequences: set[int]) -> None:
        """Notes that this was done."""
        if sequences:
            with self._database.write() as connection:
                UnsettledProducts(workspace_id, catalog_id).settle(connection, sequences)

    def links(self, workspace_id: str, catalog_id: str) -> Links:
        """Which products of a catalog repeat which."""
        return Links(self._database, workspace_id, catalog_id)

    def bulk(self, workspace_id: str, catalog_id: str) -> BulkReads:
        """The products of a catalog, to be read many at a time."""
        return BulkReads(self._database, workspace_id, catalog_id)

    def likely(self, workspace_id: str, catalog_id: str) -> LikelySearch:
        """Which products of a catalog are likely the same."""
        return LikelySearch(self._database, workspace_id, catalog_id)

    def sequences(self, workspace_id: str, catalog_id: str, ids: Sequence[str]) -> set[int]:
        """The numbers (order of first ingestion) of the stored products with these ids."""
        return {row.sequence for row in self.products(workspace_id, catalog_id, ids).values()}

    def finish_results(self, run: int, workspace_id: str, catalog_id: str) -> tuple[dict[str, int], Tally]:
        """Writes the duplicates found into the run's results; returns the run's counts, and those of its partitions.

        Keys: processed, succeeded, errors, fieldsNormalized, urlsValidated, duplicates.
        """
        of_run = {"of_run": run}
        with self._database.write() as connection:
            connection.execute(_CLEAR_DUPLICATES, of_run)
            connection.execute(_TELL_DUPLICATES, {**of_run, "of_workspace": workspace_id, "of_catalog": catalog_id})
            processed, errors, changed, checked, duplicates = map(int, connection.execute(_COUNTS, of_run).one())
            tally = Tally(connection.execute(_TALLIES, of_run).scalars())
        counts = {
            "processed": processed,
            "succeeded": processed - errors,
            "errors": errors,
            "fieldsNormalized": changed,
            "urlsValidated": checked,
            "duplicates": duplicates,
        }
        return counts, tally

    def broken_urls(self, run: int) -> int:
        """How many different image URLs the run found broken."""
        with self._database.read() as connection:
            return int(connection.execute(_COUNT_BROKEN, {"of_run": run}).scalar_one())

    def broken_images(self, run: int, after: tuple[int, int], limit: int) -> Sequence[sa.Row[Any]]:
        """The run's broken images beyond (position, number) (-1 each: from the first), in order."""
        position, number = after
        which = {"of_run": run, "after_position": position, "after_number": number, "most": limit}
        with self._database.read() as connection:
            return connection.execute(_BROKEN_AFTER, which).all()

    def results(self, run: int, after: int, limit: int) -> Sequence[sa.Row[Any]]:
        """The run's results with positions beyond `after` (-1: from the first), in order."""
        with self._database.read() as connection:
            return connection.execute(_RESULTS_AFTER, {"of_run": run, "after": after, "most": limit}).all()

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

    def of_brand(
        self, workspace_id: str, catalog_id: str, brand: str, after: int, size: int
    ) -> Iterator[list[sa.Row[Any]]]:
        """Normalised products of a brand with a `sequence` beyond `after`, in that order, about `size` at a time.

        Each batch is of one state of the database; who is of the brand is looked up once, at the beginning.
        """
        owner = {"of_workspace": workspace_id, "of_catalog": catalog_id}
        with self._database.read() as connection:
            wanted = np.array([term("brand", brand)], dtype=np.uint64)
            numbers = product_of(KeyIndex(workspace_id, catalog_id).holders(connection, wanted))
        for some in chunked(numbers[numbers > after].tolist(), size):
            with self._database.read() as connection:
                rows = list(connection.execute(_OF_BRAND, owner | {"values": some, "of_brand": brand}))
            if rows:
                yield sorted(rows, key=lambda row: row.sequence)

    def make_keys(self, run: int, workspace_id: str, catalog_id: str) -> None:
        """Makes the index of keys of what a run over the whole catalog wrote."""
        with self._database.write() as connection:
            KeyIndex(workspace_id, catalog_id).make(connection, run)

    def _of_one_group(self, connection: sa.Connection, owner: tuple[str, str], ids: Sequence[str]) -> set[int]:
        """The numbers of those that point at these products, or at what these point at, and of the latter."""
        mine: dict[str, Any] = {"of_workspace": owner[0], "of_catalog": owner[1]}
        parts = [mine | {"ids": some} for some in chunked(ids)]
        heads = {head for part in parts for head in connection.execute(_HEADS, part).scalars()} | set(ids)
        parts = [mine | {"ids": some} for some in chunked(sorted(heads))]
        found = {number for part in parts for number in connection.execute(_POINTING, part).scalars()}
        return found | {row.sequence for part in parts for row in connection.execute(_SEQUENCES, part)}

    def _keys(self, connection: sa.Connection, owner: tuple[str, str], ids: Sequence[str]) -> list[sa.Row[Any]]:
        """What the records of these products say of their keys."""
        which = {"of_workspace": owner[0], "of_catalog": owner[1]}
        return [row for some in chunked(ids) for row in connection.execute(_KEYS, which | {"ids": some})]


def _broken_rows(results: Sequence[tuple[Any, ...]], broken: Sequence[BrokenImage]) -> list[tuple[Any, ...]]:
    """Rows of `BROKEN_COLUMNS`: at the places of their products' results."""
    if not broken:
        return []
    places = {product_id: (run, position) for run, position, product_id, *_ in results}
    return [(*places[one.product_id], one.number, one.product_id, *one[2:], _url_number(one.url)) for one in broken]


def _url_number(url: str) -> int:
    return int.from_bytes(blake2b(url.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


def _mine(workspace_id: str, catalog_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (PRODUCTS.c.catalog_id == catalog_id, PRODUCTS.c.workspace_id == workspace_id)


def _within(ids: IdRange) -> list[sa.ColumnElement[bool]]:
    within = [PRODUCTS.c.product_id > ids.after]
    return [*within, PRODUCTS.c.product_id <= ids.through] if ids.through else within
