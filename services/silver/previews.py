"""Runs that are to change nothing: they work on rows of their own, which go when the run has ended.

A preview writes what any run writes, products, keys and likely pairs, but under a catalog id that no catalog has
(`shadow_of`). So the same code makes the same results, and the rows of the catalog cannot be touched: no statement of
the run names its id. A service that is killed leaves the rows behind until the next run on the catalog sweeps them up.
"""

from typing import Final

import orjson
import sqlalchemy as sa

from services.runtime.database import Database, upsert
from services.runtime.jobs import JsonObject
from services.silver.rows import dropping, shadow_of
from services.silver.tables import PREVIEWS

AT_ONCE: Final = 5_000
"""Rows that are deleted in one transaction, about: others write between two of them."""
_COLUMNS: Final = ("catalog_id", "run", "workspace_id", "result")
_OF_CATALOG: Final = (
    PREVIEWS.c.catalog_id == sa.bindparam("of_catalog"),
    PREVIEWS.c.workspace_id == sa.bindparam("of_workspace"),
)
# Asked before every run: made once.
_OTHERS: Final = sa.select(PREVIEWS.c.run).where(*_OF_CATALOG, PREVIEWS.c.run != sa.bindparam("but"))


class Previews:
    """The previews of all catalogs. Only one run at a time works on a catalog (the job's lock)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: int, workspace_id: str, catalog_id: str) -> None:
        """Notes a preview before it writes anything; harmless when it is noted already."""
        with self._database.write() as connection:
            row = (catalog_id, run, workspace_id, None)
            upsert(connection, PREVIEWS, _COLUMNS, [row], keep=("workspace_id", "result"))

    def sweep(self, run: int, workspace_id: str, catalog_id: str) -> None:
        """Deletes what other previews of the catalog than `run` left."""
        which = {"of_catalog": catalog_id, "of_workspace": workspace_id, "but": run}
        with self._database.read() as connection:
            others = list(connection.execute(_OTHERS, which).scalars())
        for other in others:
            self.forget(other, workspace_id, catalog_id)

    def result(self, run: int, workspace_id: str, catalog_id: str) -> JsonObject | None:
        """What a preview that is through has found; its rows may be gone already."""
        query = sa.select(PREVIEWS.c.result).where(*_this(run, workspace_id, catalog_id))
        with self._database.read() as connection:
            text = connection.execute(query).scalar_one_or_none()
        found: JsonObject | None = orjson.loads(text) if text is not None else None
        return found

    def end(self, run: int, workspace_id: str, catalog_id: str, result: JsonObject) -> None:
        """Keeps the result, then deletes the preview's rows."""
        update = sa.update(PREVIEWS).where(*_this(run, workspace_id, catalog_id))
        with self._database.write() as connection:
            connection.execute(update.values(result=orjson.dumps(result).decode()))
        self._drop(run)

    def forget(self, run: int, workspace_id: str, catalog_id: str) -> None:
        """Deletes the preview's rows, and that it was one."""
        self._drop(run)
        with self._database.write() as connection:
            connection.execute(sa.delete(PREVIEWS).where(*_this(run, workspace_id, catalog_id)))

    def _drop(self, run: int) -> None:
        for _ in dropping(self._database, shadow_of(run), at_once=AT_ONCE):
            pass


def _this(run: int, workspace_id: str, catalog_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (PREVIEWS.c.catalog_id == catalog_id, PREVIEWS.c.run == run, PREVIEWS.c.workspace_id == workspace_id)
