"""Items of a content that is built whose parent is not in it.

Those that the ingestion brought are refused, and stay what they were before; variants go with their product. Of
products that came otherwise the parent may be a name for a group and never have been there: they stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from services.ingest.itemsapi.parts import context_free
from services.ingest.store.copying import copy_rows
from services.ingest.store.known import those_in
from services.ingest.store.ranges import ALL, IdRange
from services.ingest.store.rows import deleted_states, gone_with, write_deletions
from services.ingest.store.statements import HERE, ByName, Form, Statement, of_content, remove_rows
from services.ingest.tables import item_deletions, items, settled_orphans
from services.runtime.database import in_order, upsert

AT_ONCE = 1_000
_SETTLED = ("catalog_id", "product_id", "is_refused", "parent_id")
_OF_CONTENT = of_content(settled_orphans)
_SETTLED_OF = ByName(
    lambda named: sa.select(settled_orphans.c.is_refused).where(_OF_CONTENT, named), settled_orphans.c.product_id
)
_CHILDREN = ByName(
    lambda named: sa.select(settled_orphans.c.product_id, settled_orphans.c.parent_id).where(_OF_CONTENT, named),
    settled_orphans.c.parent_id,
)
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
    return _found(connection, _ORPHANS, contents, IdRange(after))


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
    lost = remove_rows(connection, items, contents.new, names=[*refused, *removed])
    back = copy_rows(connection, items, contents.new, contents.former, names=refused)
    copy_rows(connection, item_deletions, contents.new, contents.former, names=refused)
    return Change(back - lost, refused, removed)


def note_missing(connection: sa.Connection, content: str, ids: Sequence[str]) -> None:
    """Items go since the batch does not have them: a matter of nobody's parent, but forgotten likewise."""
    upsert(connection, settled_orphans, _SETTLED, [(content, product_id, False, "") for product_id in ids])


def forget(connection: sa.Connection, contents: Contents, ids: Sequence[str]) -> Change:
    """Items are to be looked at anew: how they were settled counts no more."""
    refused = list(_SETTLED_OF.run(connection, ids, content=contents.new).scalars())
    if refused:
        remove_rows(connection, settled_orphans, contents.new, names=ids)
    return Change(refused_no_more=sum(refused), removed_no_more=len(refused) - sum(refused))


def children(connection: sa.Connection, contents: Contents, ids: Sequence[str]) -> list[str]:
    """What was settled for want of one of these items, of those that the new content has now."""
    rows = _CHILDREN.run(connection, ids, content=contents.new).all()
    there = those_in(connection, contents.new, sorted({row.parent_id for row in rows}))
    return [row.product_id for row in rows if row.parent_id in there]


def _bury(connection: sa.Connection, content: str, orphans: Sequence[Orphan]) -> None:
    """Those whose parent was deleted at some time were so, too."""
    parents = sorted({one.parent_id for one in orphans})
    if parents:
        deleted = deleted_states(connection, content, parents)
        gone = [(one.product_id, deleted[one.parent_id].at) for one in orphans if one.parent_id in deleted]
        write_deletions(connection, content, [(name, gone_with(at)) for name, at in gone])


def resolve_among(connection: sa.Connection, contents: Contents, ids: Sequence[str]) -> Change:
    """The same of those that have to do with some items: these, what they were the parents of, and so on."""
    change, asked, later = Change(), list(ids), list[str]()
    while asked:
        is_all = True
        # One after the other: for both at once the whole content would be read.
        for orphans in (_ORPHANS, _THEIR_CHILDREN):
            found = _found(connection, orphans, contents, names=asked)
            more = resolve(connection, contents, found) if found else Change()
            change.add(more)
            later += [*more.refused, *more.removed]
            is_all &= len(found) < AT_ONCE
        if is_all:
            asked, later = later, []
    return change


def _found(
    connection: sa.Connection,
    orphans: Statement,
    contents: Contents,
    ids: IdRange = ALL,
    names: Sequence[str] | None = None,
) -> list[Orphan]:
    """Some of those that a statement finds, by the index of what it is about."""
    in_order(connection)
    rows = orphans.run(
        connection,
        {"names": names},
        ids=ids,
        content=contents.new,
        former=contents.former,
        ingestion=contents.ingestion_id,
        most=AT_ONCE,
    )
    return [Orphan(name, parent, bool(is_brought)) for name, parent, is_brought in map(tuple, rows)]


def _orphans(about: sa.ColumnElement[Any], form: Form) -> sa.Executable:
    """Those of a range, or those named; `about`: whether by their own ids or by their parents'."""
    # An item that came otherwise and of which the ingestion has changed all but the parent.
    is_left_as_it_was = sa.and_(items.c.changed_at == 0, sa.func.coalesce(items.c.patched, "").like("[null,%"))
    is_new = sa.func.coalesce(items.c.ingestion_id, "") == sa.bindparam("ingestion")
    is_brought = sa.and_(is_new, sa.not_(is_left_as_it_was))
    is_orphan = (_parent_in("content").is_(None), sa.or_(is_brought, _parent_in("former").is_not(None)))
    query = sa.select(items.c.product_id, items.c.parent_id, is_brought).where(HERE)
    if about is items.c.product_id:  # SQLite would go through all that have a parent, if it were asked for children
        query = query.where(items.c.parent_id.is_not(None))
    return (
        query.where(*is_orphan, *form.within(about), *form.among(about))
        .order_by(about)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def _parent_in(content: str) -> sa.ScalarSelect[str]:
    """The parent of an item, if the content of this parameter has it: looked up for each item, as its index does at
    once. EXISTS may be made a join that goes through the whole content for each item, when statistics do not know the
    content yet.
    """
    parent = items.alias()
    here = (parent.c.catalog_id == sa.bindparam(content), parent.c.product_id == items.c.parent_id)
    return sa.select(parent.c.product_id).where(*here).scalar_subquery()


_ORPHANS = Statement(partial(_orphans, items.c.product_id))
_THEIR_CHILDREN = Statement(partial(_orphans, items.c.parent_id))
