"""All rows of a catalog: those of one that was deleted go, as those of a preview do when it has ended."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import sqlalchemy as sa

from services.runtime.database import Database, removing
from services.runtime.jobs import Target
from services.silver.tables import (
    BROKEN_IMAGES,
    KEY_INDEXES,
    KEY_PARTS,
    KEY_SHARDS,
    LIKELY_GONE,
    LIKELY_INDEXES,
    LIKELY_PAIRS,
    LIKELY_POSTINGS,
    PREVIEWS,
    PRODUCTS,
    RESULTS,
    RUNS,
    TALLIES,
    UNSETTLED,
)

AT_ONCE: Final = 300
"""Rows of products that are deleted in one transaction, about, where others are to wait for some ten milliseconds."""
ARRAYS_AT_ONCE: Final = 20
"""The same of rows that hold many products."""

_OF_CATALOG: Final = (
    (PRODUCTS, PRODUCTS.c.product_id),
    (LIKELY_PAIRS, LIKELY_PAIRS.c.sequence),
    (LIKELY_GONE, LIKELY_GONE.c.sequence),
    (UNSETTLED, UNSETTLED.c.sequence),
)
"""Tables with rows by product, and the column that follows the catalog's id in their keys."""
_ARRAYS: Final = (
    (KEY_SHARDS, KEY_SHARDS.c.shard),
    (KEY_PARTS, KEY_PARTS.c.run),
    (KEY_INDEXES, KEY_INDEXES.c.catalog_id),
    (LIKELY_POSTINGS, LIKELY_POSTINGS.c.slot),
    (LIKELY_INDEXES, LIKELY_INDEXES.c.catalog_id),
)
_OF_RUN: Final = (
    (RESULTS, RESULTS.c.position),
    (BROKEN_IMAGES, BROKEN_IMAGES.c.position),
    (TALLIES, TALLIES.c.partition),
)
_RUNS: Final = sa.select(RUNS.c.workspace_id, RUNS.c.catalog_id).where(RUNS.c.catalog_id != "").distinct()


def shadow_of(run: int) -> str:
    """The catalog id that a preview writes under; ids of catalogs have no colon."""
    return f"preview:{run}"


def dropping(database: Database, catalog_id: str, *, at_once: int = AT_ONCE) -> Iterator[None]:
    """Deletes what is kept under a catalog id, but for the runs; see `removing`. Ids are unique over all workspaces."""
    of_tables = [*((*one, at_once) for one in _OF_CATALOG), *((*one, ARRAYS_AT_ONCE) for one in _ARRAYS)]
    for table, order, many in of_tables:
        which = table.c.catalog_id == catalog_id
        yield from removing(database, table, which, order, at_once=many, name=f"rows {catalog_id}")


class CatalogRows:
    """See `services.runtime.jobs.Rows`. Every run is noted before anything else is written of its catalog, and the last
    note of a catalog is the last that goes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def targets(self) -> Collection[Target]:
        """The catalogs that were ever worked on and are not removed."""
        with self._database.read() as connection:
            return [Target(*row) for row in connection.execute(_RUNS)]

    def remove(self, target: Target) -> Iterator[None]:
        """Deletes everything of a catalog: products, indexes, previews, and its runs with their results."""
        for run in self._numbers(PREVIEWS.c.run, target):
            yield from dropping(self._database, shadow_of(run))
            self._delete(PREVIEWS.c.run, run, target)
        yield from dropping(self._database, target.id)
        for run in self._numbers(RUNS.c.number, target):
            for table, order in _OF_RUN:
                name = f"rows {target.id}"
                yield from removing(self._database, table, table.c.run == run, order, at_once=AT_ONCE, name=name)
            self._delete(RUNS.c.number, run, target)

    def _numbers(self, column: sa.ColumnElement[int], target: Target) -> list[int]:
        with self._database.read() as connection:
            query = sa.select(column).where(*_mine(column.table, target)).order_by(column)
            return list(connection.execute(query).scalars())

    def _delete(self, column: Any, number: int, target: Target) -> None:
        with self._database.write() as connection:
            connection.execute(sa.delete(column.table).where(column == number, *_mine(column.table, target)))


def _mine(table: Any, target: Target) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.workspace_id == target.workspace_id, table.c.catalog_id == target.id)
