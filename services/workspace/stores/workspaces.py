"""Tenants."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.runtime.database import Database, settle
from services.workspace.clock import Clock
from services.workspace.errors import WorkspaceExists, WorkspaceNotFound
from services.workspace.tables import WORKSPACES

_WORKSPACE = sa.select(WORKSPACES).where(WORKSPACES.c.id == sa.bindparam("of_workspace"))


class WorkspaceStore:
    """Makes and reads workspaces."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, workspace_id: str, name: str) -> sa.Row[Any]:
        """The new workspace. WorkspaceExists when the id is taken."""

        def work(connection: sa.Connection) -> sa.Row[Any]:
            if find_workspace(connection, workspace_id) is not None:
                raise WorkspaceExists(
                    f"Workspace {workspace_id} exists already.", metadata={"workspace_id": workspace_id}
                )
            row = {"id": workspace_id, "name": name, "created_at": self._clock()}
            return connection.execute(sa.insert(WORKSPACES).values(row).returning(*WORKSPACES.c)).one()

        return settle(self._database, work)

    def get(self, workspace_id: str) -> sa.Row[Any]:
        """The workspace. WorkspaceNotFound."""
        with self._database.read() as connection:
            return require_workspace(connection, workspace_id)


def find_workspace(connection: sa.Connection, workspace_id: str) -> sa.Row[Any] | None:
    """The workspace, or None."""
    return connection.execute(_WORKSPACE, {"of_workspace": workspace_id}).one_or_none()


def require_workspace(connection: sa.Connection, workspace_id: str) -> sa.Row[Any]:
    """The workspace, or WorkspaceNotFound: nothing is stored for a tenant that is not there."""
    row = find_workspace(connection, workspace_id)
    if row is None:
        raise WorkspaceNotFound("Workspace not found.", metadata={"workspace_id": workspace_id})
    return row
