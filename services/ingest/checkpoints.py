"""A thread that keeps the log of an embedded database short."""

from __future__ import annotations

from services.runtime.database import Database
from services.runtime.periodic import Periodic

INTERVAL_SECONDS = 0.25


class Checkpoints(Periodic):
    """Moving 64 MiB at once, as SQLite does in the commit that finds them due, takes a while: who writes then waits."""

    def __init__(self, database: Database) -> None:
        super().__init__("checkpoints", INTERVAL_SECONDS, stop_seconds=5.0, failed="the log was not moved")
        self._database = database

    def work(self) -> None:
        """One round."""
        self._database.checkpoint()
