"""A thread that removes what nobody reads any more: items of former contents, and of batches that are gone.

It ends ingestions, too, that nobody works on.
"""

from __future__ import annotations

from functools import partial

from services.ingest.store import BatchStore, ContentStore, IngestionStore
from services.ingest.store.clock import now_micros
from services.ingest.store.contents import Build
from services.ingest.store.ingestions import ERROR
from services.runtime.periodic import Periodic

LOST_MICROS = 2 * 60 * 1_000_000
"""How old an ingestion is whose job is not known and will not come to be."""
PAUSE_SECONDS = 0.02
"""Between some rows and the next: there is no hurry, and removing some takes a tenth of that."""
LOST = "The service stopped while the ingestion was begun or ended; start it again."


class Sweeper(Periodic):
    """Some rows at a time: others write in between."""

    def __init__(
        self,
        contents: ContentStore,
        batches: BatchStore,
        ingestions: IngestionStore,
        interval_seconds: float,
        *,
        works: bool = True,
    ) -> None:
        """`works`: whether rows are removed here; otherwise that is left to processes that do."""
        super().__init__("items-sweeper", interval_seconds, stop_seconds=5.0, failed="items were not swept")
        self._contents = contents
        self._batches = batches
        self._ingestions = ingestions
        self._works = works

    def work(self) -> None:
        """One round."""
        for workspace_id, catalog_id, ingestion_id in self._ingestions.lost(now_micros() - LOST_MICROS):
            ended = partial(self._ingestions.end, ingestion_id=ingestion_id, status=ERROR, reason=LOST, tally=None)
            self._contents.give_up(Build(workspace_id, catalog_id, ingestion_id), ended)
        if not self._works:
            return
        goes_on = partial(self.has_rested, PAUSE_SECONDS)
        self._contents.sweep(goes_on)
        self._batches.sweep(goes_on)
