"""Runs: their gradings, their results, and the summaries they left."""

import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import orjson
import polars as pl
import sqlalchemy as sa
from cachetools import LRUCache

from services.gold.columns import RESULTS, unpacked
from services.gold.rubric.grading import Grading
from services.gold.summary import RunSummary
from services.gold.tables import GRADINGS, RESULT_PARTS, RUNS
from services.runtime.database import Database, upsert

PARTITION_PLACES: Final = 2**32
"""Positions reserved per partition, so that one that grew since it was planned does not reach into the next."""
KEPT_GRADINGS: Final = 64
KEPT_NUMBERS: Final = 1024
_NUMBER: Final = sa.select(RUNS.c.number).where(
    RUNS.c.job_id == sa.bindparam("of_job"), RUNS.c.workspace_id == sa.bindparam("of_workspace")
)


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class RunStore:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.grading = lru_cache(maxsize=KEPT_GRADINGS)(self._grading)
        """The grading of an id that scores or runs refer to."""
        self._numbers: LRUCache[tuple[str, str], int] = LRUCache(KEPT_NUMBERS)
        self._stored: LRUCache[str, bool] = LRUCache(KEPT_NUMBERS)
        self._lock = threading.Lock()

    def begin(self, job_id: str, workspace_id: str, catalog_id: str, grading: Grading, *, preview: bool) -> int:
        """Records the run and its grading; returns the run's number, the same one when called again."""
        with self._lock:
            known = self._numbers.get((workspace_id, job_id))
        if known is not None:
            return known
        columns = ("job_id", "workspace_id", "catalog_id", "grading_id", "preview")
        with self._database.write() as connection:
            if grading.id not in self._stored:  # to write it anew takes longer than all the rest
                upsert(connection, GRADINGS, ("id", "faults"), [(grading.id, grading.to_json())], keep=("faults",))
            row = (job_id, workspace_id, catalog_id, grading.id, preview)
            upsert(connection, RUNS, columns, [row], keys=("job_id",), keep=columns)
            number = int(connection.execute(_NUMBER, {"of_job": job_id, "of_workspace": workspace_id}).scalar_one())
        with self._lock:
            self._numbers[workspace_id, job_id] = number
            self._stored[grading.id] = True
        return number

    def complete(self, run: int, summary: RunSummary) -> None:
        """Keeps the summary of a run whose partitions are all done."""
        with self._database.write() as connection:
            connection.execute(sa.update(RUNS).where(RUNS.c.number == run).values(_columns_of(summary)))

    def of_job(self, workspace_id: str, job_id: str) -> sa.Row[Any] | None:
        """The run of a job, if it is this workspace's."""
        query = sa.select(RUNS).where(RUNS.c.job_id == job_id, RUNS.c.workspace_id == workspace_id)
        with self._database.read() as connection:
            return connection.execute(query).one_or_none()

    def completed(
        self, workspace_id: str, catalog_id: str, *, before: int = 2**62, limit: int = 1
    ) -> list[sa.Row[Any]]:
        """Runs on the catalog that left a summary, with numbers below `before`, newest first."""
        query = (
            sa.select(RUNS)
            .where(
                RUNS.c.workspace_id == workspace_id,
                RUNS.c.catalog_id == catalog_id,
                RUNS.c.completed_at.is_not(None),
                ~RUNS.c.preview,
                RUNS.c.number < before,
            )
            .order_by(RUNS.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.execute(query))

    def results(self, run: int, after: int, limit: int) -> tuple[pl.DataFrame, list[int]]:
        """Up to `limit` of the run's results (`columns.RESULTS`) with positions beyond `after`, and their positions.

        `after` is -1 for the first.
        """
        frames: list[pl.DataFrame] = []
        positions: list[int] = []
        for start, frame in self._parts(run, after):
            some = frame.slice(max(0, after + 1 - start), limit - len(positions))
            first = max(start, after + 1)
            frames.append(some)
            positions += range(first, first + some.height)
            if len(positions) == limit:
                break
        return (pl.concat(frames) if frames else _NO_RESULTS), positions

    def all_results(self, run: int, batch: int) -> Iterator[pl.DataFrame]:
        """All results of the run in order, at most `batch` at a time."""
        for _, frame in self._parts(run, -1):
            yield from frame.iter_slices(batch)

    def totals(self, run: int) -> tuple[int, int, int]:
        """How many products the run processed, how many of them succeeded, and the sum of their scores."""
        sums = (sa.func.coalesce(sa.func.sum(RESULT_PARTS.c[name]), 0) for name in ("rows", "succeeded", "score_sum"))
        query = sa.select(*sums).where(RESULT_PARTS.c.run == run)
        with self._database.read() as connection:
            processed, succeeded, score_sum = connection.execute(query).one()
        return int(processed), int(succeeded), int(score_sum)

    def _parts(self, run: int, after: int) -> Iterator[tuple[int, pl.DataFrame]]:
        """The partitions that have results beyond a position: the position of the first, and all results of each."""
        query = (
            sa.select(RESULT_PARTS.c.partition, RESULT_PARTS.c.columns)
            .where(RESULT_PARTS.c.run == run, RESULT_PARTS.c.partition >= sa.bindparam("least"))
            .order_by(RESULT_PARTS.c.partition)
            .limit(1)
        )
        least = max(after, 0) // PARTITION_PLACES
        while True:
            with self._database.read() as connection:
                row = connection.execute(query, {"least": least}).one_or_none()
            if row is None:
                return
            yield row.partition * PARTITION_PLACES, unpacked(row.columns)
            least = row.partition + 1

    def _grading(self, grading_id: str) -> Grading:
        query = sa.select(GRADINGS.c.faults).where(GRADINGS.c.id == grading_id)
        with self._database.read() as connection:
            return Grading.from_json(connection.execute(query).scalar_one())


def _columns_of(summary: RunSummary) -> dict[str, Any]:
    return {
        "completed_at": now_ms(),
        "avg_score": summary.avg_score,
        "catalog_avg_score": summary.catalog_avg_score,
        "feed_ready": summary.feed_ready,
        "top_gaps": orjson.dumps([gap.field for gap in summary.top_gaps]).decode(),
        "gap_details": orjson.dumps([list(gap) for gap in summary.top_gaps]).decode(),
        **summary.distribution,
    }


_NO_RESULTS: Final = RESULTS.to_frame()
