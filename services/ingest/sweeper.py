"""A thread that removes what nobody reads any more: items of former contents, and of batches that are gone."""

from __future__ import annotations

from services.ingest.store import BatchStore, ContentStore
from services.runtime.periodic import Periodic


class Sweeper(Periodic):
    """Some rows at a time: others write in between."""

    def __init__(self, contents: ContentStore, batches: BatchStore, interval_seconds: float) -> None:
        super().__init__("items-sweeper", interval_seconds, stop_seconds=5.0, failed="items were not swept")
        self._contents = contents
        self._batches = batches

    def work(self) -> None:
        """One round."""
        self._contents.sweep()
        self._batches.sweep()
