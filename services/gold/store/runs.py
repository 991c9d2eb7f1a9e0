"""Runs: their gradings, their results, and the summaries they left."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
import polars as pl
import sqlalchemy as sa
from cachetools import LRUCache

from services.gold.columns import RESULTS, unpacked
from services.gold.rubric.grading import Grading
from services.gold.summary import RunSummary
from services.gold.tables import GRADINGS, RESULT_PARTS, RUNS
from services.gold.tallies import Tally
from services.runtime.database import Database, upsert

PARTITION_PLACES: Final = 2**32
"""Positions reserved per partition, so that one that grew since it was planned does not reach into the next."""
KEPT_GRADINGS: Final = 64
KEPT_NUMBERS: Final = 1024

# Statements of every run, made once: making them takes longer than running them.
_OF_JOB: Final = sa.select(RUNS).where(
    RUNS.c.job_id == sa.bindparam("of_job"), RUNS.c.workspace_id == sa.bindparam("of_workspace")
)
_NUMBER: Final = _OF_JOB.with_only_columns(RUNS.c.number)
_COMPLETE: Final = sa.update(RUNS).where(RUNS.c.number == sa.bindparam("of_run"))
_P: Final = RESULT_PARTS.c
_TOTALS: Final = sa.select(
    *(sa.func.coalesce(sa.func.sum(column), 0) for column in (_P.rows, _P.succeeded, _P.score_sum))
).where(_P.run == sa.bindparam("of_run"))
_PARTS: Final = (
    sa.select(_P.partition, _P.columns)
    .where(_P.run == sa.bindparam("of_run"), _P.partition >= sa.bindparam("least"))
    .order_by(_P.partition)
    .limit(2)
)


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Totals(NamedTuple):
    """What the partitions of a run amount to."""

    processed: int
    succeeded: int
    score_sum: int
    """Of those that succeeded."""


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
        known = self._known(workspace_id, job_id)
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

    def number(self, workspace_id: str, job_id: str) -> int:
        """The number of a run that was begun."""
        known = self._known(workspace_id, job_id)
        if known is not None:
            return known
        with self._database.read() as connection:
            return int(connection.execute(_NUMBER, {"of_job": job_id, "of_workspace": workspace_id}).scalar_one())

    def complete(self, run: int, counted: Callable[[sa.Connection], Tally]) -> tuple[Totals, RunSummary]:
        """Sums up a run whose partitions are all done, and keeps the summary.

        `counted`: reads the counts of the catalog that it is over (`ScoreStore.counting`).
        """
        with self._database.write() as connection:
            totals = Totals(*map(int, connection.execute(_TOTALS, {"of_run": run}).one()))
            summary = RunSummary.of(counted(connection), totals.succeeded, totals.score_sum)
            connection.execute(_COMPLETE, {"of_run": run} | _columns_of(summary))
        return totals, summary

    def of_job(self, workspace_id: str, job_id: str) -> sa.Row[Any] | None:
        """The run of a job, if it is this workspace's."""
        with self._database.read() as connection:
            return connection.execute(_OF_JOB, {"of_job": job_id, "of_workspace": workspace_id}).one_or_none()

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

    def results(self, run: int, after: int, limit: int, *, gapless: bool = False) -> tuple[pl.DataFrame, list[int]]:
        """Up to `limit` of the run's results (`columns.RESULTS`) with positions beyond `after`, and their positions.

        `after` is -1 for the first. `gapless`: none beyond a partition that is not done, so that whatever the run still
        writes has a position beyond all that are told; it holds from page to page when the first one is asked for so.
        """
        frames: list[pl.DataFrame] = []
        positions: list[int] = []
        next_one = max(after, 0) // PARTITION_PLACES
        for start, frame in self._parts(run, after):
            if gapless and start != next_one * PARTITION_PLACES:
                break
            next_one += 1
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

    def totals(self, run: int) -> Totals:
        """What the partitions of the run that are done amount to."""
        with self._database.read() as connection:
            return Totals(*map(int, connection.execute(_TOTALS, {"of_run": run}).one()))

    def _parts(self, run: int, after: int) -> Iterator[tuple[int, pl.DataFrame]]:
        """The partitions that have results beyond a position: the position of the first, and all results of each."""
        least = max(after, 0) // PARTITION_PLACES
        while True:
            with self._database.read() as connection:
                rows = connection.execute(_PARTS, {"of_run": run, "least": least}).all()
            for row in rows:
                yield row.partition * PARTITION_PLACES, unpacked(row.columns)
            if len(rows) < 2:  # less than were asked for
                return
            least = rows[-1].partition + 1

    def _known(self, workspace_id: str, job_id: str) -> int | None:
        with self._lock:
            return self._numbers.get((workspace_id, job_id))

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
