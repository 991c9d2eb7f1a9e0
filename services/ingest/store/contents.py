"""Contents of catalogs, built aside and put in place in one step.

What an ingestion makes of a catalog is a content of its own: rows of `items` under another id than those that readers
see. It is built range by range, in transactions of their own, and nobody reads it before it is whole: then the catalog
points at it, in one small transaction. What others change meanwhile is noted (`note_changes`) and taken over by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.ingest.errors import CatalogNotFound
from services.ingest.items_errors import IngestionGivenUp
from services.ingest.itemsapi.folding import State
from services.ingest.store.catalogs import CatalogRow, find_catalog, hold_catalogs, hold_content
from services.ingest.store.clock import now_micros
from services.ingest.store.copying import Again, copy_rows, write_again
from services.ingest.store.items import ITEM_COLUMNS, reserve_sequences
from services.ingest.store.known import named
from services.ingest.store.ranges import IdRange, ends_of
from services.ingest.store.rows import deleted_states, write_deletions
from services.ingest.tables import catalogs, content_changes, former_contents, item_deletions, items
from services.runtime.database import Database, settle, upsert

CHANGES_AT_ONCE, TAKEN_AT_ONCE = 250, 100
"""Noted changes that are worked out in one transaction: in the last one, and in those before, for which nobody waits
long.
"""
REMOVED_AT_ONCE = 300
ORPHANS_AT_ONCE = 1_000
Grown = Callable[[sa.Connection, int], None]
"""Told by how many rows a content has grown, in the same transaction."""
WorkAgain = Callable[[CatalogRow, Sequence[str]], Again]
"""Works out what items of a catalog come to; reads what is committed."""
_ADOPT = (
    sa.update(items)
    .where(items.c.catalog_id == sa.bindparam("content"), items.c.product_id == sa.bindparam("product"))
    .values(parent_id=sa.bindparam("parent"))
)


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


@dataclass(frozen=True, slots=True)
class Orphan:
    """An item of a new content whose parent is not in it."""

    product_id: str
    parent_id: str
    is_new: bool
    """Whether the ingestion brought it, and not the former content."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of changes that were taken over."""

    leaves_orphans: bool


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
            query = sa.select(*(items.c[name] for name in columns)).where(*_range(items, content, ids))
            if only is not None:
                query = query.where(named(connection, only))
            return list(connection.execute(query.order_by(items.c.product_id)))

    def deletions(self, content: str, ids: IdRange, only: Sequence[str]) -> dict[str, State]:
        """What is known of items of a range that were deleted, of those named."""
        product_id = item_deletions.c.product_id
        with self._database.read() as connection:
            return deleted_states(connection, content, [*ids.holds(product_id), named(connection, only, product_id)])

    def put_range(
        self,
        build: Build,
        former: str,
        ids: IdRange,
        *,
        rows: Sequence[tuple[Any, ...]],
        left_out: Sequence[str] | None,
        deleted: Sequence[tuple[str, State]],
        also: Grown,
    ) -> None:
        """Writes a range of the new content: `rows` of ITEM_COLUMNS, and of the former content all but `left_out`.

        None of that when it is None, since the former content was empty.

        `deleted`: items that an operation deleted, and when; `also` is told how many items the range has, in the same
        transaction.
        """
        gone = [name for name, _ in deleted]

        def work(connection: sa.Connection) -> None:
            _require(connection, build)
            for table in (items, item_deletions):
                connection.execute(sa.delete(table).where(*_range(table, build.content, ids)))
            copied = 0
            if left_out is not None:
                copied = copy_rows(connection, items, build.content, _range(items, former, ids), left_out)
            touched = [*gone, *(row[_PRODUCT_ID] for row in rows)]
            copy_rows(connection, item_deletions, build.content, _range(item_deletions, former, ids), touched)
            upsert(connection, items, ITEM_COLUMNS, rows)
            write_deletions(connection, build.content, deleted)
            also(connection, copied + len(rows))

        settle(self._database, work)

    def orphans(self, build: Build, former: str, after: str = "") -> list[Orphan]:
        """Items whose parent is not there, some of those behind an id: of the items that the ingestion brought, and of
        those whose parent it removed.

        Of products that came otherwise the parent may be a name for a group, and never have been there.
        """
        with self._database.read() as connection:
            query = _orphans(build, former).where(items.c.product_id > after)
            rows = connection.execute(query.order_by(items.c.product_id).limit(ORPHANS_AT_ONCE)).all()
        return [Orphan(row[0], row[1], bool(row[2])) for row in rows]

    def has(self, content: str, ids: Iterable[str]) -> set[str]:
        """Which of the items a content has."""
        with self._database.read() as connection:
            query = sa.select(items.c.product_id).where(items.c.catalog_id == content, named(connection, list(ids)))
            return set(connection.execute(query).scalars())

    def settle_orphans(
        self,
        build: Build,
        former: str,
        *,
        adopted: Sequence[tuple[str, str]],
        refused: Sequence[str],
        removed: Sequence[str],
        also: Grown,
    ) -> None:
        """`adopted` get another parent, `refused` become what they were before, `removed` go.

        `also` is told by how many rows the content has grown, in the same transaction.
        """

        def work(connection: sa.Connection) -> None:
            _require(connection, build)
            if adopted:
                told = [{"content": build.content, "product": one, "parent": parent} for one, parent in adopted]
                connection.execute(_ADOPT, told)
            gone = [*refused, *removed]
            lost = connection.execute(
                sa.delete(items).where(items.c.catalog_id == build.content, named(connection, gone))
            ).rowcount
            back = 0
            for table in (items, item_deletions):
                some = named(connection, list(refused), table.c.product_id)
                copied = copy_rows(connection, table, build.content, (table.c.catalog_id == former, some), ())
                back += copied if table is items else 0
            also(connection, back - lost)

        settle(self._database, work)

    def take_over(self, build: Build, again: WorkAgain, also: Grown) -> Taken | None:
        """Has some of what changed meanwhile worked out again; None when nothing is left.

        `also` is told by how many rows the content has grown, in the same transaction.
        """

        def work(connection: sa.Connection) -> Taken | None:
            hold_content(connection, build.catalog_id)  # what is noted has been done then, and not just begun
            catalog = _require(connection, build)
            ids = _noted(connection, build, TAKEN_AT_ONCE)
            if not ids:
                return None
            also(connection, _taken(connection, build, catalog, ids, again))
            return Taken(leaves_orphans=_has_orphans(connection, build, catalog["content"], ids))

        return settle(self._database, work)

    def put_in_place(
        self,
        build: Build,
        rows: int,
        again: WorkAgain,
        *,
        grown: Grown,
        ended: Callable[[sa.Connection, CatalogRow], None],
    ) -> bool:
        """The catalog has the new content from now on; `ended` is done in the same transaction.

        `rows`: those of the new content. False when it is not ready: too much has changed meanwhile, or something that
        leaves items without their parent. `grown` is told by how many rows it has grown then, in the same transaction.
        """

        def work(connection: sa.Connection) -> bool:
            hold_catalogs(connection, build.workspace_id)
            hold_content(connection, build.catalog_id)
            catalog = find_catalog(connection, build.workspace_id, build.catalog_id)
            if catalog["content"] == build.content:
                return True
            _require(connection, build)
            ids = _noted(connection, build, CHANGES_AT_ONCE)
            more = _taken(connection, build, catalog, ids, again) if ids else 0
            if len(ids) == CHANGES_AT_ONCE or (ids and _has_orphans(connection, build, catalog["content"], ids)):
                grown(connection, more)
                return False
            upsert(connection, former_contents, ("content",), [(catalog["content"],)])
            _set(connection, build, content=build.content, product_count=rows + more, building=None)
            ended(connection, catalog)
            return True

        return settle(self._database, work)

    def give_up(self, build: Build, also: Callable[[sa.Connection], None]) -> None:
        """The new content is not wanted, unless it is in place already: its rows go by and by.

        `also` is done in the same transaction.
        """

        def work(connection: sa.Connection) -> None:
            hold_content(connection, build.catalog_id)
            also(connection)
            with suppress(CatalogNotFound):
                if find_catalog(connection, build.workspace_id, build.catalog_id)["content"] == build.content:
                    return
            building = (catalogs.c.id == build.catalog_id, catalogs.c.building == build.ingestion_id)
            if connection.execute(sa.update(catalogs).where(*building).values(building=None)).rowcount:
                connection.execute(sa.delete(content_changes).where(content_changes.c.catalog_id == build.catalog_id))
            upsert(connection, former_contents, ("content",), [(build.content,)])

        settle(self._database, work)

    def sweep(self) -> None:
        """Removes the items of contents that nobody reads any more."""
        in_use = sa.exists().where(catalogs.c.content == former_contents.c.content)
        with self._database.read() as connection:
            contents = list(connection.execute(sa.select(former_contents.c.content).where(sa.not_(in_use))).scalars())
        for content in contents:
            self._remove(content)
            with self._database.write() as connection:
                connection.execute(sa.delete(former_contents).where(former_contents.c.content == content))

    def _remove(self, content: str) -> None:
        """Some at a time, so that others may write in between."""
        for table in (items, item_deletions):
            here, product_id = table.c.catalog_id == content, table.c.product_id
            last = sa.select(product_id).where(here).order_by(product_id).limit(1).offset(REMOVED_AT_ONCE)
            end: str | None = ""
            while end is not None:
                with self._database.write() as connection:
                    end = connection.execute(last).scalar_one_or_none()
                    some = here if end is None else here & (product_id <= end)
                    connection.execute(sa.delete(table).where(some))


def _range(table: sa.Table, content: str, ids: IdRange) -> list[sa.ColumnElement[bool]]:
    return [table.c.catalog_id == content, *ids.holds(table.c.product_id)]


def _set(connection: sa.Connection, build: Build, **values: Any) -> None:
    one = catalogs.c.id == build.catalog_id
    connection.execute(sa.update(catalogs).where(one).values(**values, updated_at=now_micros()))


def _require(connection: sa.Connection, build: Build) -> CatalogRow:
    """The catalog. Raises IngestionGivenUp when it does not have this content built any more, CatalogNotFound."""
    catalog = find_catalog(connection, build.workspace_id, build.catalog_id)
    if catalog["building"] != build.ingestion_id:
        raise IngestionGivenUp()
    return catalog


def _taken(connection: sa.Connection, build: Build, catalog: CatalogRow, ids: Sequence[str], again: WorkAgain) -> int:
    """Noted items are in the new content as they come to be from what they are by now; by how many rows it grows."""
    noted = named(connection, ids, content_changes.c.product_id)
    connection.execute(sa.delete(content_changes).where(content_changes.c.catalog_id == build.catalog_id, noted))
    return write_again(connection, catalog, build.content, ids, again(catalog, ids))


def _orphans(build: Build, former: str) -> sa.Select[Any]:
    parent, before = items.alias("parent"), items.alias("before")
    in_new = sa.exists().where(parent.c.catalog_id == build.content, parent.c.product_id == items.c.parent_id)
    in_former = sa.exists().where(before.c.catalog_id == former, before.c.product_id == items.c.parent_id)
    is_new = sa.func.coalesce(items.c.ingestion_id, "") == build.ingestion_id
    return (
        sa.select(items.c.product_id, items.c.parent_id, is_new)
        .where(items.c.catalog_id == build.content, items.c.parent_id.is_not(None))
        .where(sa.not_(in_new), sa.or_(is_new, in_former))
    )


def _has_orphans(connection: sa.Connection, build: Build, former: str, ids: Sequence[str]) -> bool:
    """Whether some of these items have no parent, or were the parent of others."""
    among = sa.or_(named(connection, ids), named(connection, ids, items.c.parent_id))
    return connection.execute(_orphans(build, former).where(among).limit(1)).first() is not None


def _noted(connection: sa.Connection, build: Build, limit: int) -> list[str]:
    query = sa.select(content_changes.c.product_id).where(content_changes.c.catalog_id == build.catalog_id)
    return list(connection.execute(query.order_by(content_changes.c.product_id).limit(limit)).scalars())


_PRODUCT_ID = ITEM_COLUMNS.index("product_id")
