"""Contents of catalogs, built aside and put in place in one step.

What an ingestion makes of a catalog is a content of its own: rows of `items` under another id than those that readers
see. It is built range by range, in transactions of their own, and nobody reads it before it is whole: then the catalog
points at it, in one small transaction. What others change meanwhile is noted (`note_changes`) and taken over by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import sqlalchemy as sa

from services.ingest.errors import CatalogNotFound
from services.ingest.items_errors import IngestionGivenUp
from services.ingest.itemsapi.folding import State
from services.ingest.store.catalogs import CatalogRow, find_catalog, hold_catalogs, hold_content
from services.ingest.store.clock import now_micros
from services.ingest.store.copying import Again, copy_rows, write_again
from services.ingest.store.items import ITEM_COLUMNS, reserve_sequences
from services.ingest.store.known import those_in
from services.ingest.store.orphans import (
    Change,
    Contents,
    children,
    forget,
    note_missing,
    orphans_behind,
    resolve,
    resolve_among,
)
from services.ingest.store.ranges import IdRange, ends_of
from services.ingest.store.rows import deleted_states, write_deletions
from services.ingest.store.statements import HERE, ByName, Form, Statement, of_content, remove_rows
from services.ingest.tables import catalogs, content_changes, former_contents, item_deletions, items, settled_orphans
from services.runtime.database import Database, hold, in_order, removing, settle, upsert
from services.runtime.periodic import always

TAKEN_AT_ONCE = 100
"""Noted changes that are held and worked out together."""
REMOVED_AT_ONCE = 300
_OF_CATALOG = content_changes.c.catalog_id == sa.bindparam("catalog")
_COUNT_NOTED = sa.select(sa.func.count()).select_from(content_changes).where(_OF_CATALOG)
_NOTED = (
    sa.select(content_changes.c.product_id)
    .where(_OF_CATALOG)
    .order_by(content_changes.c.product_id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_FORGET_NOTED = ByName(lambda named: sa.delete(content_changes).where(_OF_CATALOG, named), content_changes.c.product_id)
Grown = Callable[[sa.Connection, int], None]
"""Told by how many rows a content has grown, in the same transaction."""
Told = Callable[[sa.Connection, Change], None]
"""Told what became of a content, in the same transaction."""
Ended = Callable[[sa.Connection, CatalogRow, Change], None]
"""The same of the last step, with the catalog as it was."""


@cache
def _rows(columns: tuple[str, ...]) -> Statement:
    """Reads these columns of items, of a range or those named, in id order."""

    def make(form: Form) -> sa.Executable:
        some = (*form.within(items.c.product_id), *form.among(items.c.product_id))
        return sa.select(*(items.c[name] for name in columns)).where(HERE, *some).order_by(items.c.product_id)

    return Statement(make)


def _lengths(table: sa.Table) -> ByName:
    """Reads how long documents are, in characters."""
    here = (of_content(table), table.c.document.is_not(None))
    query = sa.select(sa.func.length(table.c.document)).where(*here).order_by(table.c.product_id)
    return ByName(query.where, table.c.product_id)


_LENGTHS = {table: _lengths(table) for table in (items, item_deletions)}


class WorkAgain(Protocol):
    """Works out what items of a catalog come to; reads what is committed."""

    def __call__(self, catalog: CatalogRow, ids: Sequence[str], *, is_changed: bool) -> Again:
        """`is_changed`: whether they have changed just now, and not only what is their parent."""


@dataclass(frozen=True, slots=True)
class Build:
    """A content that an ingestion builds of a catalog."""

    workspace_id: str
    catalog_id: str
    ingestion_id: str

    @property
    def content(self) -> str:
        """The id of the new content."""
        return f"{self.catalog_id}.{self.ingestion_id}"


class ContentStore:
    """Builds contents. Each method is one transaction, or several each of which may be done again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def catalog(self, build: Build) -> CatalogRow:
        """The catalog as it is now. Raises CatalogNotFound."""
        with self._database.read() as connection:
            return find_catalog(connection, build.workspace_id, build.catalog_id)

    def begin(self, build: Build) -> CatalogRow:
        """From now on it is noted what changes of the catalog, which is as it is returned. Raises CatalogNotFound."""

        def work(connection: sa.Connection) -> CatalogRow:
            hold_content(connection, build.catalog_id)
            _set(connection, build, building=build.ingestion_id)
            # A former life may have been about to give it up.
            connection.execute(sa.delete(former_contents).where(former_contents.c.content == build.content))
            connection.execute(sa.delete(content_changes).where(content_changes.c.catalog_id == build.catalog_id))
            return find_catalog(connection, build.workspace_id, build.catalog_id)

        self._remove(build.content)  # what another life has built
        return settle(self._database, work)

    def reserve(self, build: Build, count: int) -> int:
        """Takes numbers for new items and returns the first."""
        with self._database.write() as connection:
            return reserve_sequences(connection, build.catalog_id, count)

    def ends(self, content: str, size: int) -> list[str]:
        """Ids that cut a content into ranges of this size, but for the rest."""
        with self._database.read() as connection:
            return ends_of(connection, items.c.product_id, items.c.catalog_id == content, size)

    def former_rows(
        self, content: str, ids: IdRange, columns: Sequence[str], only: Sequence[str] | None = None
    ) -> list[sa.Row[Any]]:
        """Columns of the items of a range of a content, of those named if any are, in id order."""
        with self._database.read() as connection:
            return list(_rows(tuple(columns)).run(connection, {"names": only}, ids=ids, content=content))

    def size(self, content: str, names: Sequence[str], gone: Sequence[str]) -> int:
        """Characters of the documents of the items named, and of what is kept of deleted ones."""
        found = 0
        with self._database.read() as connection:
            in_order(connection)
            for table, some in ((items, names), (item_deletions, gone)):
                found += sum(_LENGTHS[table].run(connection, some, content=content).scalars()) if some else 0
        return found

    def deletions(self, content: str, names: Sequence[str]) -> dict[str, State]:
        """What is known of items that were deleted, of those named."""
        with self._database.read() as connection:
            return deleted_states(connection, content, names)

    def put_range(
        self,
        build: Build,
        former: str,
        ids: IdRange,
        *,
        rows: Sequence[tuple[Any, ...]],
        left_out: Sequence[str] | None,
        deleted: Sequence[tuple[str, State]],
        missing: Sequence[str] = (),
        also: Grown,
    ) -> None:
        """Writes a range of the new content: `rows` of ITEM_COLUMNS, and of the former content all but `left_out`.

        None of that when it is None, since the former content was empty.

        `deleted`: items that an operation deleted, and when; `missing`: of the former content, left out since the batch
        does not have them, unless they change; `also` is told how many items the range has, in the same
        transaction.
        """
        gone = [name for name, _ in deleted]

        def work(connection: sa.Connection) -> None:
            _hold_building(connection, build, shared=True)
            _require(connection, build)
            for table in (items, item_deletions, settled_orphans):
                remove_rows(connection, table, build.content, ids=ids)
            copied = 0
            if left_out is not None:
                copied = copy_rows(connection, items, build.content, former, ids=ids, left_out=left_out)
            touched = [*gone, *(row[_PRODUCT_ID] for row in rows)]
            copy_rows(connection, item_deletions, build.content, former, ids=ids, left_out=touched)
            upsert(connection, items, ITEM_COLUMNS, rows)
            write_deletions(connection, build.content, deleted)
            note_missing(connection, build.content, missing)
            also(connection, copied + len(rows))

        settle(self._database, work)

    def has(self, content: str, ids: Sequence[str]) -> set[str]:
        """Which of the items a content has."""
        with self._database.read() as connection:
            return those_in(connection, content, ids)

    def settle_orphans(self, build: Build, former: str, told: Told, after: str = "") -> str | None:
        """Some items whose parent is not there, of those behind an id, and all that had them as parents, see `orphans`.

        Returns the last of them, None when there were none.
        """
        contents = Contents(build.content, former, build.ingestion_id)
        with self._database.read() as connection:
            found = orphans_behind(connection, contents, after)
        if not found:
            return None

        def work(connection: sa.Connection) -> None:
            _hold_building(connection, build, shared=True)
            _require(connection, build)
            change = resolve(connection, contents, found)
            change.add(resolve_among(connection, contents, [*change.refused, *change.removed]))
            told(connection, change)

        settle(self._database, work)
        return found[-1].product_id

    def count_noted(self, build: Build) -> int:
        """How many items have changed meanwhile and were not taken over."""
        with self._database.read() as connection:
            return int(connection.execute(_COUNT_NOTED, {"catalog": build.catalog_id}).scalar_one())

    def take_over(self, build: Build, again: WorkAgain, told: Told, *, at_most: int) -> None:
        """Has some of what changed meanwhile worked out again."""

        def work(connection: sa.Connection) -> None:
            hold_content(connection, build.catalog_id)  # what is noted has been done then, and not just begun
            told(connection, _taken(connection, build, _require(connection, build), again, at_most))

        settle(self._database, work)

    def put_in_place(self, build: Build, rows: int, again: WorkAgain, *, at_most: int, ended: Ended) -> bool:
        """The catalog has the new content from now on; `ended` is done in the same transaction.

        `rows`: those of the new content. What has changed meanwhile is taken over by then; False when that is more
        than `at_most`: everybody would wait for it.
        """

        def work(connection: sa.Connection) -> bool:
            hold_catalogs(connection, build.workspace_id)
            hold_content(connection, build.catalog_id)
            catalog = find_catalog(connection, build.workspace_id, build.catalog_id)
            if catalog["content"] == build.content:
                return True
            _require(connection, build)
            if len(_noted(connection, build, at_most + 1)) > at_most:
                return False
            change = _taken(connection, build, catalog, again)
            upsert(connection, former_contents, ("content",), [(catalog["content"],)])
            _set(connection, build, content=build.content, product_count=rows + change.grown, building=None)
            ended(connection, catalog, change)
            return True

        return settle(self._database, work)

    def give_up(self, build: Build, also: Callable[[sa.Connection], None]) -> None:
        """The new content is not wanted, unless it is in place already: its rows go by and by.

        `also` is done in the same transaction.
        """

        def work(connection: sa.Connection) -> None:
            hold_content(connection, build.catalog_id)
            _hold_building(connection, build)
            also(connection)
            with suppress(CatalogNotFound):
                if find_catalog(connection, build.workspace_id, build.catalog_id)["content"] == build.content:
                    return
            building = (catalogs.c.id == build.catalog_id, catalogs.c.building == build.ingestion_id)
            if connection.execute(sa.update(catalogs).where(*building).values(building=None)).rowcount:
                connection.execute(sa.delete(content_changes).where(content_changes.c.catalog_id == build.catalog_id))
            upsert(connection, former_contents, ("content",), [(build.content,)])

        settle(self._database, work)

    def sweep(self, goes_on: Callable[[], bool] = always) -> None:
        """Removes the items of contents that nobody reads any more. `goes_on`: asked between some rows and the next."""
        in_use = sa.exists().where(catalogs.c.content == former_contents.c.content)
        with self._database.read() as connection:
            contents = list(connection.execute(sa.select(former_contents.c.content).where(sa.not_(in_use))).scalars())
        for content in contents:
            if not self._remove(content, goes_on):
                return
            with self._database.write() as connection:
                connection.execute(sa.delete(former_contents).where(former_contents.c.content == content))

    def _remove(self, content: str, goes_on: Callable[[], bool] = always) -> bool:
        """Some at a time, so that others may write in between; False when it was left off."""
        for table in (items, item_deletions, settled_orphans):
            here, name = table.c.catalog_id == content, f"remove {content}"
            for _ in removing(self._database, table, here, table.c.product_id, at_once=REMOVED_AT_ONCE, name=name):
                if not goes_on():
                    return False
        return True


def _set(connection: sa.Connection, build: Build, **values: Any) -> None:
    one = catalogs.c.id == build.catalog_id
    connection.execute(sa.update(catalogs).where(one).values(**values, updated_at=now_micros()))


def _hold_building(connection: sa.Connection, build: Build, *, shared: bool = False) -> None:
    """Who writes rows of the content holds it `shared`, who gives it up alone: they are there then, and not later."""
    hold(connection, f"building {build.content}", shared=shared)


def _require(connection: sa.Connection, build: Build) -> CatalogRow:
    """The catalog. Raises IngestionGivenUp when it does not have this content built any more, CatalogNotFound."""
    catalog = find_catalog(connection, build.workspace_id, build.catalog_id)
    if catalog["building"] != build.ingestion_id:
        raise IngestionGivenUp()
    return catalog


def _taken(
    connection: sa.Connection, build: Build, catalog: CatalogRow, again: WorkAgain, at_most: int | None = None
) -> Change:
    """Noted items, all or some, are in the new content as they come to be from what they are by now."""
    contents = Contents(build.content, catalog["content"], build.ingestion_id)
    change, count = Change(), 0
    while at_most is None or count < at_most:
        ids = _noted(connection, build, TAKEN_AT_ONCE if at_most is None else min(TAKEN_AT_ONCE, at_most - count))
        if not ids:
            break
        count += len(ids)
        _FORGET_NOTED.run(connection, ids, catalog=build.catalog_id)
        change.add(_anew(connection, contents, catalog, ids, again, is_changed=True))
    return change


def _anew(
    connection: sa.Connection,
    contents: Contents,
    catalog: CatalogRow,
    ids: Sequence[str],
    again: WorkAgain,
    *,
    is_changed: bool,
) -> Change:
    """Items are worked out once more, and with them what was settled for want of one that is there now."""
    change = forget(connection, contents, ids)
    worked_out = again(catalog, ids, is_changed=is_changed)
    change.add(Change(write_again(connection, catalog, contents.new, ids, worked_out)))
    waiting = children(connection, contents, ids)
    for start in range(0, len(waiting), TAKEN_AT_ONCE):
        some = waiting[start : start + TAKEN_AT_ONCE]
        change.add(_anew(connection, contents, catalog, some, again, is_changed=False))
    change.add(resolve_among(connection, contents, ids))
    return change


def _noted(connection: sa.Connection, build: Build, limit: int) -> list[str]:
    return list(connection.execute(_NOTED, {"catalog": build.catalog_id, "most": limit}).scalars())


_PRODUCT_ID = ITEM_COLUMNS.index("product_id")
