"""The category tree of a workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from services.runtime.database import Database, settle
from services.workspace.stores.workspaces import require_workspace
from services.workspace.tables import CATEGORIES, WORKSPACES
from services.workspace.tree import Node

READ_ROWS = 1000


class CategoryStore:
    """Replaces and reads trees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, workspace_id: str, tree: Sequence[Node]) -> None:
        """The workspace's tree is `tree` from now on. WorkspaceNotFound."""
        rows = [
            {
                "workspace_id": workspace_id,
                "position": position,
                "id": node.id,
                "path": node.path,
                "parent_id": node.parent_id,
                "synonyms": orjson.dumps(node.synonyms).decode(),
            }
            for position, node in enumerate(tree)
        ]

        def work(connection: sa.Connection) -> None:
            require_workspace(connection, workspace_id)
            # First, because it also makes two who replace the tree at once wait for each other.
            connection.execute(
                sa.update(WORKSPACES)
                .where(WORKSPACES.c.id == workspace_id)
                .values(categories_version=WORKSPACES.c.categories_version + 1)
            )
            connection.execute(sa.delete(CATEGORIES).where(CATEGORIES.c.workspace_id == workspace_id))
            if rows:
                connection.execute(sa.insert(CATEGORIES), rows)

        settle(self._database, work)

    def page(self, workspace_id: str, after: int, limit: int) -> list[sa.Row[Any]]:
        """At most `limit` categories in the tree's order with positions beyond `after`. WorkspaceNotFound."""
        with self._database.read() as connection:
            require_workspace(connection, workspace_id)
            return _page(connection, workspace_id, after, limit)

    def version(self, workspace_id: str) -> str:
        """Changes whenever the tree is replaced. WorkspaceNotFound."""
        with self._database.read() as connection:
            return str(require_workspace(connection, workspace_id).categories_version)

    def tree(self, workspace_id: str) -> tuple[str, Iterator[list[sa.Row[Any]]]]:
        """The version of the tree, and all of it in lists of at most 1,000. WorkspaceNotFound.

        All of one version: a tree is small enough to be read in one go, and half of each of two would link wrongly.
        """
        with self._database.read() as connection:
            version = str(require_workspace(connection, workspace_id).categories_version)
            rows = _page(connection, workspace_id, -1, None)
        return version, (rows[start : start + READ_ROWS] for start in range(0, len(rows), READ_ROWS))


def _page(connection: sa.Connection, workspace_id: str, after: int, limit: int | None) -> list[sa.Row[Any]]:
    query = sa.select(CATEGORIES).where(CATEGORIES.c.workspace_id == workspace_id, CATEGORIES.c.position > after)
    return list(connection.execute(query.order_by(CATEGORIES.c.position).limit(limit)))
