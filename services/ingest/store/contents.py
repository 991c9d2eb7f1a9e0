"""Contents of catalogs, built aside and put in place in one step.

What an ingestion makes of a catalog is a content of its own: rows of `items` under another id than those that readers
see. It is built range by range, in transactions of their own, and nobody reads it before it is whole: then the catalog
points at it, in one small transaction. What others change meanwhile is noted (`note_changes`) and taken over by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.ingest.errors import CatalogNotFound
from services.ingest.store.catalogs import CatalogRow, find_catalog, hold_content
from services.ingest.store.clock import now_micros
from services.ingest.store.items import ITEM_COLUMNS, IdRange, reserve_sequences
from services.ingest.store.known import named
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
        here = (items.c.catalog_id == content) & (items.c.product_id > sa.bindparam("after"))
        return _ends(self._database, items.c.product_id, here, size)

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
        also: Callable[[sa.Connection], None],
    ) -> None:
        """Writes a range of the new content: `rows` of ITEM_COLUMNS, and of the former content all but `left_out`.

        `deleted`: items that an operation deleted, and when; `also`: what is written in the same transaction.
        """
        gone = [name for name, _ in deleted]

        def work(connection: sa.Connection) -> None:
            for table in (items, item_deletions):
                connection.execute(sa.delete(table).where(*_range(table, build.content, ids)))
            _copy(connection, items, build.content, _range(items, former, ids), left_out)
            touched = [*gone, *(row[_PRODUCT_ID] for row in rows)]
            _copy(connection, item_deletions, build.content, _range(item_deletions, former, ids), touched)
            upsert(connection, items, ITEM_COLUMNS, rows)
            upsert(connection, item_deletions, _DELETION_COLUMNS, [(build.content, *one) for one in deleted])
            also(connection)

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
            return [Orphan(*row[:4], bool(row[4])) for row in connection.execute(query)]

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
        """`adopted` get another parent, `refused` become what they were before, `removed` go; `also` is told by how many
        rows the content has changed, in the same transaction.
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

    def take_over(self, build: Build, former: str) -> int:
        """Brings some of what changed meanwhile into the new content; by how many rows it has grown, and -1 when
        nothing is left.
        """
        raise NotImplementedError


_PRODUCT_ID = ITEM_COLUMNS.index("product_id")
