"""Pipeline settings."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from assay.workspace.v1 import settings_pb2
from cachetools import LRUCache

from services.runtime.database import Database, settle
from services.workspace.clock import Clock
from services.workspace.pipeline_settings import Stored, settings_message
from services.workspace.stores.workspaces import require_workspace
from services.workspace.tables import PIPELINE_SETTINGS, WORKSPACES

KEPT_WORKSPACES = 1_000

_NONE = settings_pb2.PipelineSettings()
_ROW = sa.select(PIPELINE_SETTINGS).where(PIPELINE_SETTINGS.c.workspace_id == sa.bindparam("of_workspace"))


class PipelineSettingsStore:
    """Writes and reads settings."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, workspace_id: str) -> sa.Row[Any] | None:
        """What was written; None: nothing. WorkspaceNotFound."""
        with self._database.read() as connection:
            require_workspace(connection, workspace_id)
            return _row(connection, workspace_id)

    def change(self, workspace_id: str, changes: Mapping[str, Stored], by: str | None) -> sa.Row[Any] | None:
        """Writes those columns and leaves the others; all of them as they are now. WorkspaceNotFound.

        Without changes nothing is written, nor who and when.
        """
        if not changes:
            return self.get(workspace_id)
        values = {**changes, "updated_at": self._clock(), "updated_by": by}
        of_workspace = PIPELINE_SETTINGS.c.workspace_id == workspace_id

        def work(connection: sa.Connection) -> sa.Row[Any] | None:
            require_workspace(connection, workspace_id)
            # First, because it also makes two who write at once wait for each other.
            connection.execute(
                sa.update(WORKSPACES)
                .where(WORKSPACES.c.id == workspace_id)
                .values(settings_version=WORKSPACES.c.settings_version + 1)
            )
            update = sa.update(PIPELINE_SETTINGS).where(of_workspace).values(values)
            if not connection.execute(update).rowcount:
                first = {"workspace_id": workspace_id, "silver_mappings": "[]"} | values
                connection.execute(sa.insert(PIPELINE_SETTINGS).values(first))
            return _row(connection, workspace_id)

        return settle(self._database, work)


class RunSettings:
    """The settings as every new job is told them. Thread-safe: they are read again only when they were written."""

    def __init__(self) -> None:
        self._known: LRUCache[str, tuple[int, settings_pb2.PipelineSettings]] = LRUCache(KEPT_WORKSPACES)
        self._lock = threading.Lock()

    def of(self, connection: sa.Connection, workspace: sa.Row[Any]) -> settings_pb2.PipelineSettings:
        """Those of the workspace whose row was read in this transaction. Not to be changed."""
        with self._lock:
            version, settings = self._known.get(workspace.id, (-1, _NONE))
        if version != workspace.settings_version:
            settings = settings_message(_row(connection, workspace.id))
            # A run has no use for people's addresses: they stay in this service.
            settings.ClearField("notification_emails")
            with self._lock:
                self._known[workspace.id] = (workspace.settings_version, settings)
        return settings


def _row(connection: sa.Connection, workspace_id: str) -> sa.Row[Any] | None:
    return connection.execute(_ROW, {"of_workspace": workspace_id}).one_or_none()
