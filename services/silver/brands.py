"""The brand registry as one run sees it."""

import threading
from collections.abc import Sequence

import polars as pl

from services.silver.neighbours import Brands


class RunBrands:
    """Brands of the runs under way: read once per run, extended by what the run registers. Thread-safe."""

    def __init__(self, brands: Brands) -> None:
        self._brands = brands
        self._lock = threading.Lock()
        self._known: dict[str, pl.DataFrame] = {}

    def of(self, job_id: str, workspace_id: str) -> pl.DataFrame:
        """The workspace's brands (see `BRANDS_SCHEMA`)."""
        with self._lock:
            if job_id not in self._known:
                self._known[job_id] = self._brands.read(workspace_id)
            return self._known[job_id]

    def register(self, job_id: str, workspace_id: str, names: Sequence[str]) -> pl.DataFrame:
        """Registers names and returns the brands with them."""
        with self._lock:
            added = self._brands.register(workspace_id, names)
            known = self._known.get(job_id)
            self._known[job_id] = added if known is None else pl.concat([known, added])
            return self._known[job_id]

    def forget(self, job_id: str) -> None:
        """Drops what a run that ended has read."""
        with self._lock:
            self._known.pop(job_id, None)
