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
from services.ingest.store.catalogs import CatalogRow, find_catalog, hold_content
from services.ingest.store.clock import now_micros
from services.ingest.store.items import ITEM_COLUMNS, reserve_sequences
from services.ingest.store.known import named
from services.ingest.store.ranges import IdRange, ends_of
from services.ingest.tables import catalogs, content_changes, former_contents, item_deletions, items
from services.runtime.database import Database, settle, upsert

CHANGES_AT_ONCE = 1_000
REMOVED_AT_ONCE = 2_000
_ORPHANS_AT_ONCE = 1_000
_WHENEVER = 2**62
"""The time of a change that knows none: it was made now, so that it is later than any of a batch."""
_DELETION_COLUMNS = ("catalog_id", "product_id", "deleted_at")


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
    item_type: str
    context: str
    parent_id: str
    is_new: bool
    """Whether the ingestion brought it, and not the former content."""


class ContentStore:
    """Builds contents. Each method is one transaction, or several each of which may be done again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def catalog(self, build: Build) -> CatalogRow:
        """The catalog as it is now. Raises CatalogNotFound."""
        with self._database.read() as connection:
            return find_catalog(connection, build.workspace_id, build.catalog_id)

    def begin(self, build: Build, numbers: int) -> int:
        """From now on it is noted what changes; reserves so many numbers for new items and returns the first."""

        def work(connection: sa.Connection) -> int:
            hold_content(connection, build.catalog_id)
            find_catalog(connection, build.workspace_id, build.catalog_id)
            _set(connection, build, building=build.ingestion_id)
            connection.execute(sa.delete(content_changes).where(content_changes.c.catalog_id == build.catalog_id))
            return reserve_sequences(connection, build.catalog_id, numbers)

        self._remove(build.content)  # what another life has built
        return settle(self._database, work)

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

    def deletions(self, content: str, ids: IdRange) -> dict[str, int]:
        """When items of a range that are not there were deleted."""
        query = sa.select(item_deletions.c.product_id, item_deletions.c.deleted_at)
        with self._database.read() as connection:
            return dict(connection.execute(query.where(*_range(item_deletions, content, ids))).all())

    def put_range(
        self,
        build: Build,
        former: str,
        ids: IdRange,
        *,
        rows: Sequence[tuple[Any, ...]],
        left_out: Sequence[str],
        deleted: Sequence[tuple[str, int]],
        also: Callable[[sa.Connection, int], None],
    ) -> None:
        """Writes a range of the new content: `rows` of ITEM_COLUMNS, and of the former content all but `left_out`.

        `deleted`: items that an operation deleted, and when; `also` is told how many items the range has, in the same
        transaction.
        """
        gone = [name for name, _ in deleted]

        def work(connection: sa.Connection) -> None:
            for table in (items, item_deletions):
                connection.execute(sa.delete(table).where(*_range(table, build.content, ids)))
            copied = _copy(connection, items, build.content, _range(items, former, ids), left_out)
            touched = [*gone, *(row[_PRODUCT_ID] for row in rows)]
            _copy(connection, item_deletions, build.content, _range(item_deletions, former, ids), touched)
            upsert(connection, items, ITEM_COLUMNS, rows)
            upsert(connection, item_deletions, _DELETION_COLUMNS, [(build.content, *one) for one in deleted])
            also(connection, copied + len(rows))

        settle(self._database, work)

    def orphans(self, build: Build, former: str) -> list[Orphan]:
        """Items whose parent is not there: of those that the ingestion brought, and of those whose parent it removed.

        Of products that came otherwise the parent may be a name for a group, and never have been there.
        """
        here, parent, before = items.alias("here"), items.alias("parent"), items.alias("before")
        in_new = sa.exists().where(parent.c.catalog_id == build.content, parent.c.product_id == here.c.parent_id)
        in_former = sa.exists().where(before.c.catalog_id == former, before.c.product_id == here.c.parent_id)
        is_new = sa.func.coalesce(here.c.ingestion_id, "") == build.ingestion_id
        query = (
            sa.select(here.c.product_id, here.c.item_type, here.c.context, here.c.parent_id, is_new)
            .where(here.c.catalog_id == build.content, here.c.parent_id.is_not(None))
            .where(sa.not_(in_new), sa.or_(is_new, in_former))
            .order_by(here.c.product_id)
            .limit(_ORPHANS_AT_ONCE)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Orphan(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]

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
        also: Callable[[sa.Connection, int], None],
    ) -> None:
        """`adopted` get another parent, `refused` become what they were before, `removed` go.

        `also` is told by how many rows the content has grown, in the same transaction.
        """

        def work(connection: sa.Connection) -> None:
            for product_id, parent_id in adopted:
                one = (items.c.catalog_id == build.content, items.c.product_id == product_id)
                connection.execute(sa.update(items).where(*one).values(parent_id=parent_id))
            gone = [*refused, *removed]
            lost = connection.execute(
                sa.delete(items).where(items.c.catalog_id == build.content, named(connection, gone))
            ).rowcount
            before = (items.c.catalog_id == former, named(connection, list(refused)))
            back = _copy(connection, items, build.content, before, ())
            also(connection, back - lost)

        settle(self._database, work)

    def take_over(self, build: Build, former: str, also: Callable[[sa.Connection, int], None]) -> bool:
        """Brings some of what changed meanwhile into the new content; whether there was some.

        `also` is told by how many rows the content has grown, in the same transaction.
        """

        def work(connection: sa.Connection) -> bool:
            hold_content(connection, build.catalog_id)  # what is noted has been done then, and not just begun
            ids = _noted(connection, build, CHANGES_AT_ONCE)
            if not ids:
                return False
            noted = named(connection, ids, content_changes.c.product_id)
            connection.execute(
                sa.delete(content_changes).where(content_changes.c.catalog_id == build.catalog_id, noted)
            )
            also(connection, _reconcile(connection, build, former, ids))
            return True

        return settle(self._database, work)

    def put_in_place(self, build: Build, rows: int, also: Callable[[sa.Connection, CatalogRow], None]) -> bool:
        """The catalog has the new content from now on; `also` is done in the same transaction.

        `rows`: those of the new content. False, and nothing is done, when too much has changed for one transaction:
        some of it is to be taken over first.
        """

        def work(connection: sa.Connection) -> bool:
            hold_content(connection, build.catalog_id)
            catalog = find_catalog(connection, build.workspace_id, build.catalog_id)
            if catalog["content"] == build.content:
                return True
            ids = _noted(connection, build, CHANGES_AT_ONCE + 1)
            if len(ids) > CHANGES_AT_ONCE:
                return False
            grown = _reconcile(connection, build, catalog["content"], ids) if ids else 0
            connection.execute(sa.delete(content_changes).where(content_changes.c.catalog_id == build.catalog_id))
            upsert(connection, former_contents, ("content",), [(catalog["content"],)])
            _set(connection, build, content=build.content, product_count=rows + grown, building=None)
            also(connection, catalog | {"product_count": rows + grown})
            return True

        return settle(self._database, work)

    def give_up(self, build: Build) -> None:
        """The new content is not wanted, unless it is in place already: its rows go by and by."""

        def work(connection: sa.Connection) -> None:
            hold_content(connection, build.catalog_id)
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


def _copy(
    connection: sa.Connection,
    table: sa.Table,
    content: str,
    where: Iterable[sa.ColumnElement[bool]],
    left_out: Sequence[str],
) -> int:
    """Copies rows into another content, but for those named; how many."""
    rest = [column for column in table.columns if column.name != "catalog_id"]
    query = sa.select(sa.literal(content), *rest).where(*where)
    if left_out:
        query = query.where(sa.not_(named(connection, left_out, table.c.product_id)))
    names = ["catalog_id", *(column.name for column in rest)]
    copy = sa.insert(table).from_select(names, query).execution_options(preserve_rowcount=True)
    return int(connection.execute(copy).rowcount)


def _set(connection: sa.Connection, build: Build, **values: Any) -> None:
    one = catalogs.c.id == build.catalog_id
    connection.execute(sa.update(catalogs).where(one).values(**values, updated_at=now_micros()))


def _noted(connection: sa.Connection, build: Build, limit: int) -> list[str]:
    query = sa.select(content_changes.c.product_id).where(content_changes.c.catalog_id == build.catalog_id)
    return list(connection.execute(query.order_by(content_changes.c.product_id).limit(limit)).scalars())


def _reconcile(connection: sa.Connection, build: Build, former: str, ids: Sequence[str]) -> int:
    """Takes over items as the former content has them by now, unless the ingestion knows something later of them."""
    before, after = _times(connection, former, ids), _times(connection, build.content, ids, build.ingestion_id)
    taken = [one for one in ids if before.get(one, _WHENEVER) >= after.get(one, -1)]
    if not taken:
        return 0
    grown = 0
    for table in (items, item_deletions):
        some = named(connection, taken, table.c.product_id)
        lost = connection.execute(sa.delete(table).where(table.c.catalog_id == build.content, some)).rowcount
        found = _copy(connection, table, build.content, (table.c.catalog_id == former, some), ())
        grown += found - lost if table is items else 0
    return grown


def _times(connection: sa.Connection, content: str, ids: Sequence[str], ingestion_id: str = "") -> dict[str, int]:
    """When items of a content were changed or deleted, those of an ingestion if one is named."""
    query = sa.select(items.c.product_id, items.c.changed_at).where(
        items.c.catalog_id == content, named(connection, ids)
    )
    if ingestion_id:
        query = query.where(items.c.ingestion_id == ingestion_id)
    deleted = sa.select(item_deletions.c.product_id, item_deletions.c.deleted_at).where(
        item_deletions.c.catalog_id == content, named(connection, ids, item_deletions.c.product_id)
    )
    times = dict(connection.execute(deleted).all())
    times.update(connection.execute(query).all())
    return times if ingestion_id else {one: at or _WHENEVER for one, at in times.items()}


_PRODUCT_ID = ITEM_COLUMNS.index("product_id")
