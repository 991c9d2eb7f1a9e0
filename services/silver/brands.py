"""The brand registries as runs see them."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from services.runtime.jobs import Job
from services.silver.neighbours import Brands
from services.silver.rules.brand import NO_BRANDS, BrandIndex

KEPT_REGISTRIES = 64


class RunBrands:
    """Brands of the runs under way: one state per run, extended by what the run registers. Thread-safe.

    Registries are kept between runs and read again only when they have changed.
    """

    def __init__(self, brands: Brands) -> None:
        self._brands = brands
        self._lock = threading.Lock()
        self._runs: dict[str, BrandIndex] = {}
        self._registries: OrderedDict[str, tuple[str, BrandIndex]] = OrderedDict()

    def of(self, job: Job) -> BrandIndex:
        """The workspace's brands, as they were when the run first asked."""
        with self._lock:
            if job.id not in self._runs:
                self._runs[job.id] = self._current(job.workspace_id, job.registry_version.partition(".")[0])
            return self._runs[job.id]

    def register(self, job_id: str, workspace_id: str, names: Sequence[str]) -> None:
        """Registers names, and lets the run see the brands they mean."""
        with self._lock:
            known = self._runs.get(job_id, NO_BRANDS)
            self._runs[job_id] = known.extended(self._brands.register(workspace_id, names))

    def forget(self, job_id: str) -> None:
        """Drops the state of a run that ended."""
        with self._lock:
            self._runs.pop(job_id, None)

    def _current(self, workspace_id: str, newest: str) -> BrandIndex:
        version, index = self._registries.get(workspace_id, ("", NO_BRANDS))
        if not newest or version != newest:
            version, spellings = self._brands.read(workspace_id, version)
            if spellings is not None:
                index = NO_BRANDS.extended(spellings)
        self._registries[workspace_id] = (version, index)
        self._registries.move_to_end(workspace_id)
        if len(self._registries) > KEPT_REGISTRIES:
            self._registries.popitem(last=False)
        return index
