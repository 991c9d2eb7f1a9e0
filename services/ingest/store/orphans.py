"""Items of a content that is built whose parent is not in it.

Those that the ingestion brought are refused, and stay what they were before; variants go with their product. Of
products that came otherwise the parent may be a name for a group and never have been there: they stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from services.ingest.itemsapi.parts import context_free
from services.ingest.store.copying import copy_rows
from services.ingest.store.known import named, those_in
from services.ingest.store.rows import deleted_states, gone_with, write_deletions
from services.ingest.tables import item_deletions, items, settled_orphans
from services.runtime.database import in_order, upsert

AT_ONCE = 1_000
_SETTLED = ("catalog_id", "product_id", "is_refused", "parent_id")
_ADOPT = (
    sa.update(items)
    .where(items.c.catalog_id == sa.bindparam("content"), items.c.product_id == sa.bindparam("product"))
    .values(parent_id=sa.bindparam("parent"))
)


class Contents(NamedTuple):
    """A content that is built, by which ingestion, and the one that it is to replace."""

    new: str
    former: str
    ingestion_id: str


class Orphan(NamedTuple):
    """An item whose parent is not there."""

    product_id: str
    parent_id: str
    is_brought: bool
    """Whether the ingestion brought it with this parent."""


@dataclass(slots=True)
class Change:
    """What became of a content: by how many rows it has grown, and which items were refused and which went."""

    grown: int = 0
    refused: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused_no_more: int = 0
    removed_no_more: int = 0
    """How many that were so before are looked at anew."""

    def add(self, other: Change) -> None:
        """And what became of it then."""
        for name in ("grown", "refused", "removed", "refused_no_more", "removed_no_more"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def orphans_behind(connection: sa.Connection, contents: Contents, after: str) -> list[Orphan]:
    """Some of those behind an id, in id order."""
    return _found(connection, _orphans(contents).where(items.c.product_id > after), items.c.product_id)


def resolve(connection: sa.Connection, contents: Contents, orphans: Sequence[Orphan]) -> Change:
    """What is brought and has its parent without context gets that one; of all others see the module."""
    wanted = {one.product_id: context_free(one.parent_id) for one in orphans if one.is_brought}
    there = those_in(connection, contents.new, sorted({parent for parent in wanted.values() if parent}))
    adopted = {one: parent for one, parent in wanted.items() if parent in there}
    if adopted:
        told = [{"content": contents.new, "product": one, "parent": parent} for one, parent in adopted.items()]
        connection.execute(_ADOPT, told)
    refused = [one for one, parent in wanted.items() if parent not in there]
    removed = [one.product_id for one in orphans if not one.is_brought]
    _bury(connection, contents.new, [one for one in orphans if not one.is_brought])
    kept = [
        (contents.new, one.product_id, one.is_brought, one.parent_id)
        for one in orphans
        if one.product_id not in adopted
    ]
    upsert(connection, settled_orphans, _SETTLED, kept)
    lost = connection.execute(
        sa.delete(items).where(items.c.catalog_id == contents.new, named(connection, [*refused, *removed]))
    ).rowcount
    back = 0
    for table in (items, item_deletions):
        some = named(connection, refused, table.c.product_id)
        copied = copy_rows(connection, table, contents.new, (table.c.catalog_id == contents.former, some), ())
        back += copied if table is items else 0
    return Change(back - lost, refused, removed)


def note_missing(connection: sa.Connection, content: str, ids: Sequence[str]) -> None:
    """Items go since the batch does not have them: a matter of nobody's parent, but forgotten likewise."""
    upsert(connection, settled_orphans, _SETTLED, [(content, product_id, False, "") for product_id in ids])


def forget(connection: sa.Connection, contents: Contents, ids: Sequence[str]) -> Change:
    """Items are to be looked at anew: how they were settled counts no more."""
    one = settled_orphans.c
    here = (one.catalog_id == contents.new, named(connection, ids, one.product_id))
    refused = list(connection.execute(sa.select(one.is_refused).where(*here)).scalars())
    if refused:
        connection.execute(sa.delete(settled_orphans).where(*here))
    return Change(refused_no_more=sum(refused), removed_no_more=len(refused) - sum(refused))


def children(connection: sa.Connection, contents: Contents, ids: Sequence[str]) -> list[str]:
    """What was settled for want of one of these items, of those that the new content has now."""
    one = settled_orphans.c
    query = sa.select(one.product_id, one.parent_id).where(one.catalog_id == contents.new)
    rows = connection.execute(query.where(named(connection, ids, one.parent_id))).all()
    there = those_in(connection, contents.new, sorted({row.parent_id for row in rows}))
    return [row.product_id for row in rows if row.parent_id in there]


def _bury(connection: sa.Connection, content: str, orphans: Sequence[Orphan]) -> None:
    """Those whose parent was deleted at some time were so, too."""
    parents = sorted({one.parent_id for one in orphans})
    if parents:
        some = named(connection, parents, item_deletions.c.product_id)
        deleted = deleted_states(connection, content, [some])
        gone = [(one.product_id, deleted[one.parent_id].at) for one in orphans if one.parent_id in deleted]
        write_deletions(connection, content, [(name, gone_with(at)) for name, at in gone])


def resolve_among(connection: sa.Connection, contents: Contents, ids: Sequence[str]) -> Change:
    """The same of those that have to do with some items: these, what they were the parents of, and so on."""
    change, asked, later = Change(), list(ids), list[str]()
    while asked:
        is_all = True
        # One after the other: for both at once the whole content would be read.
        for column in (items.c.product_id, items.c.parent_id):
            some = named(connection, asked, column)
            found = _found(connection, _orphans(contents, is_child=column is items.c.parent_id).where(some), column)
            more = resolve(connection, contents, found) if found else Change()
            change.add(more)
            later += [*more.refused, *more.removed]
            is_all &= len(found) < AT_ONCE
        if is_all:
            asked, later = later, []
    return change


def _found(connection: sa.Connection, query: sa.Select[Any], column: sa.ColumnElement[str]) -> list[Orphan]:
    """By the index of this column."""
    in_order(connection)
    rows = connection.execute(query.order_by(column).limit(AT_ONCE))
    return [Orphan(row[0], row[1], bool(row[2])) for row in rows]


def _orphans(contents: Contents, *, is_child: bool = False) -> sa.Select[Any]:
    """`is_child`: it will be said who the parent is. SQLite would go through all that have one, if it were asked."""
    # An item that came otherwise and of which the ingestion has changed all but the parent.
    is_left_as_it_was = sa.and_(items.c.changed_at == 0, sa.func.coalesce(items.c.patched, "").like("[null,%"))
    is_new = sa.func.coalesce(items.c.ingestion_id, "") == contents.ingestion_id
    is_brought = sa.and_(is_new, sa.not_(is_left_as_it_was))
    is_orphan = (_parent_in(contents.new).is_(None), sa.or_(is_brought, _parent_in(contents.former).is_not(None)))
    query = sa.select(items.c.product_id, items.c.parent_id, is_brought).where(items.c.catalog_id == contents.new)
    return (query if is_child else query.where(items.c.parent_id.is_not(None))).where(*is_orphan)


def _parent_in(content: str) -> sa.ScalarSelect[str]:
    """The parent of an item, if the content has it: looked up for each item, as its index does at once. EXISTS may be
    made a join that goes through the whole content for each item, when statistics do not know the content yet.
    """
    parent = items.alias()
    here = (parent.c.catalog_id == content, parent.c.product_id == items.c.parent_id)
    return sa.select(parent.c.product_id).where(*here).scalar_subquery()
