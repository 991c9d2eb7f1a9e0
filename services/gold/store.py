"""Gold's own data: runs with their results and summaries, scores, gradings."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from services.gold.rubric.fields import FIELDS
from services.gold.rubric.grading import Grading
from services.gold.summary import BANDS, CatalogSummary
from services.gold.tables import GRADINGS, RESULTS, RUNS, SCORES
from services.runtime.database import Database, chunked, upsert
from services.runtime.jobs.cuts import IdRange

RESULT_COLUMNS = ("run", "position", "product_id", "score", "faults", "error")
SCORE_COLUMNS = (
    *("catalog_id", "product_id", "workspace_id", "score", "faults", "gap_mask", "grading_id"),
    *("product_fingerprint", "scored_at"),
)
PARTITION_PLACES = 2**32
"""Positions reserved per partition, so that one that grew since it was planned does not reach into the next."""


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Totals:
    """Counts over one catalog."""

    scored: int
    bands: dict[str, int]
    gap_frequencies: list[int]
    """In the order of `FIELDS`."""


@dataclass(frozen=True)
class RunTotals:
    """Counts over one run."""

    processed: int
    succeeded: int
    score_sum: int


class Store:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin_run(self, job_id: str, workspace_id: str, catalog_id: str, grading: Grading) -> int:
        """Records the run and its grading; returns the run's number, the same one when called again."""
        recorded = self.run_of(workspace_id, job_id)
        if recorded is not None:
            return int(recorded.number)
        with self._database.write() as connection:
            upsert(connection, GRADINGS, ("id", "faults"), [(grading.id, grading.to_json())], keep=("faults",))
            upsert(
                connection,
                RUNS,
                ("job_id", "workspace_id", "catalog_id", "grading_id"),
                [(job_id, workspace_id, catalog_id, grading.id)],
                keys=("job_id",),
                keep=("workspace_id", "catalog_id", "grading_id"),
            )
            return int(connection.execute(sa.select(RUNS.c.number).where(RUNS.c.job_id == job_id)).scalar_one())

    def write_partition(
        self,
        run: int,
        partition: int,
        results: Sequence[tuple[Any, ...]],
        scores: Sequence[tuple[Any, ...]],
    ) -> None:
        """Replaces the partition's results (see `RESULT_COLUMNS`) and its products' scores (`SCORE_COLUMNS`)."""
        first = partition * PARTITION_PLACES
        with self._database.write() as connection:
            connection.execute(
                sa.delete(RESULTS).where(
                    RESULTS.c.run == run, RESULTS.c.position.between(first, first + PARTITION_PLACES - 1)
                )
            )
            upsert(connection, RESULTS, RESULT_COLUMNS, results)
            upsert(connection, SCORES, SCORE_COLUMNS, scores)

    def drop_vanished(self, workspace_id: str, catalog_id: str, ids: IdRange, existing: set[str]) -> None:
        """Deletes the scores in the range whose product is not among `existing`."""
        mine = (SCORES.c.workspace_id == workspace_id, SCORES.c.catalog_id == catalog_id)
        within = [SCORES.c.product_id > ids.after]
        if ids.through:
            within.append(SCORES.c.product_id <= ids.through)
        with self._database.read() as connection:
            stored = connection.execute(sa.select(SCORES.c.product_id).where(*mine, *within)).scalars().all()
        vanished = [product_id for product_id in stored if product_id not in existing]
        if vanished:
            with self._database.write() as connection:
                for some in chunked(vanished):
                    connection.execute(sa.delete(SCORES).where(*mine, SCORES.c.product_id.in_(some)))

    def complete_run(self, run: int, summary: CatalogSummary) -> None:
        """Keeps the summary of a run whose partitions are all done."""
        with self._database.write() as connection:
            connection.execute(
                sa.update(RUNS)
                .where(RUNS.c.number == run)
                .values(
                    completed_at=now_ms(),
                    avg_score=summary.avg_score,
                    top_gaps=orjson.dumps(summary.top_gaps).decode(),
                    **summary.distribution,
                )
            )

    def run_of(self, workspace_id: str, job_id: str) -> sa.Row[Any] | None:
        """The run of a job, if it is this workspace's."""
        query = sa.select(RUNS).where(RUNS.c.job_id == job_id, RUNS.c.workspace_id == workspace_id)
        with self._database.read() as connection:
            return connection.execute(query).one_or_none()

    def last_completed_run(self, workspace_id: str, catalog_id: str) -> sa.Row[Any] | None:
        """The newest run on the catalog that left a summary."""
        query = (
            sa.select(RUNS)
            .where(
                RUNS.c.workspace_id == workspace_id, RUNS.c.catalog_id == catalog_id, RUNS.c.completed_at.is_not(None)
            )
            .order_by(RUNS.c.number.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            return connection.execute(query).one_or_none()

    def results(self, run: int, after: int, limit: int) -> Sequence[sa.Row[Any]]:
        """The run's results with positions beyond `after` (-1: from the first), in order."""
        query = (
            sa.select(RESULTS)
            .where(RESULTS.c.run == run, RESULTS.c.position > after)
            .order_by(RESULTS.c.position)
            .limit(limit)
        )
        with self._database.read() as connection:
            return connection.execute(query).all()

    def all_results(self, run: int, batch: int) -> Iterator[Sequence[sa.Row[Any]]]:
        """All results of the run in order, in batches."""
        after = -1
        while rows := self.results(run, after, batch):
            yield rows
            after = rows[-1].position

    def run_totals(self, run: int) -> RunTotals:
        """How many products the run processed, how many succeeded, and the sum of their scores."""
        query = sa.select(
            sa.func.count(), sa.func.count(RESULTS.c.score), sa.func.coalesce(sa.func.sum(RESULTS.c.score), 0)
        ).where(RESULTS.c.run == run)
        with self._database.read() as connection:
            return RunTotals(*map(int, connection.execute(query).one()))

    def catalog_totals(self, workspace_id: str, catalog_id: str) -> Totals:
        """Bands and gap frequencies over every score of the catalog, in one pass."""
        bands = [
            sa.func.coalesce(sa.func.sum(sa.case((SCORES.c.score.between(lowest, highest), 1), else_=0)), 0)
            for _, lowest, highest in BANDS
        ]
        gaps = [
            sa.func.coalesce(sa.func.sum(SCORES.c.gap_mask.bitwise_rshift(bit).bitwise_and(1)), 0)
            for bit in range(len(FIELDS))
        ]
        query = sa.select(sa.func.count(), *bands, *gaps).where(
            SCORES.c.workspace_id == workspace_id, SCORES.c.catalog_id == catalog_id
        )
        with self._database.read() as connection:
            counts = [int(count) for count in connection.execute(query).one()]
        names = [name for name, _, _ in BANDS]
        return Totals(
            scored=counts[0],
            bands=dict(zip(names, counts[1:], strict=False)),
            gap_frequencies=counts[1 + len(BANDS) :],
        )

    def scores(
        self, workspace_id: str, catalog_id: str, *, band: tuple[int, int], after: str, limit: int
    ) -> Sequence[sa.Row[Any]]:
        """Scores within `band` (both ends included) whose product id is beyond `after`, in id order."""
        query = (
            sa.select(SCORES)
            .where(
                SCORES.c.workspace_id == workspace_id,
                SCORES.c.catalog_id == catalog_id,
                SCORES.c.product_id > after,
                SCORES.c.score.between(*band),
            )
            .order_by(SCORES.c.product_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return connection.execute(query).all()

    def scores_of(self, workspace_id: str, catalog_id: str, product_ids: Sequence[str]) -> list[sa.Row[Any]]:
        """The scores these products have, in id order."""
        rows: list[sa.Row[Any]] = []
        with self._database.read() as connection:
            for some in chunked(product_ids):
                query = sa.select(SCORES).where(
                    SCORES.c.workspace_id == workspace_id,
                    SCORES.c.catalog_id == catalog_id,
                    SCORES.c.product_id.in_(some),
                )
                rows.extend(connection.execute(query))
        return sorted(rows, key=lambda row: str(row.product_id))

    def grading(self, grading_id: str) -> Grading:
        """A grading that scores or runs refer to."""
        query = sa.select(GRADINGS.c.faults).where(GRADINGS.c.id == grading_id)
        with self._database.read() as connection:
            return Grading.from_json(connection.execute(query).scalar_one())
