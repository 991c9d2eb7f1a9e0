"""All rows of a catalog, to be removed when it was deleted."""

from collections.abc import Collection, Iterator
from typing import Final

import sqlalchemy as sa

from services.gold.tables import RESULT_PARTS, RUNS, SEGMENTS
from services.runtime.database import Database, removing
from services.runtime.jobs import Target

AT_ONCE: Final = 5
"""Rows that are deleted in one transaction: each holds thousands of products."""
_RUNS: Final = sa.select(RUNS.c.workspace_id, RUNS.c.catalog_id).where(RUNS.c.catalog_id != "").distinct()


class CatalogRows:
    """See `services.runtime.jobs.Rows`. Every run is noted before anything else is written of its catalog, and the last
    note of a catalog is the last that goes. Gradings are of no catalog.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def targets(self) -> Collection[Target]:
        """The catalogs that were ever scored and are not removed."""
        with self._database.read() as connection:
            return [Target(*row) for row in connection.execute(_RUNS)]

    def remove(self, target: Target) -> Iterator[None]:
        """Deletes everything of a catalog: scores, and its runs with their results and summaries."""
        name = f"rows {target.id}"
        which = (SEGMENTS.c.catalog_id == target.id) & (SEGMENTS.c.workspace_id == target.workspace_id)
        yield from removing(self._database, SEGMENTS, which, SEGMENTS.c.number, at_once=AT_ONCE, name=name)
        for run in self._runs(target):
            parts = RESULT_PARTS.c.run == run
            order = RESULT_PARTS.c.partition
            yield from removing(self._database, RESULT_PARTS, parts, order, at_once=AT_ONCE, name=name)
            with self._database.write() as connection:
                connection.execute(sa.delete(RUNS).where(RUNS.c.number == run))

    def _runs(self, target: Target) -> list[int]:
        mine = (RUNS.c.workspace_id == target.workspace_id, RUNS.c.catalog_id == target.id)
        with self._database.read() as connection:
            return list(connection.execute(sa.select(RUNS.c.number).where(*mine).order_by(RUNS.c.number)).scalars())
