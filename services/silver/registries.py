"""What a workspace keeps for runs, as runs see it."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

from services.runtime.jobs import Job

Registry = TypeVar("Registry")


class RunRegistries(Generic[Registry]):
    """One kind of registry for the runs under way: each run sees one state of its workspace's. Thread-safe.

    Registries are kept between runs, with what was looked up in them, and read again only when they have changed.

    Args:
        read: (workspace id, version known) to the version there is and the registry, None when it is the one known.
        part: place of this registry's version in the job's `registry_version` ("brands.categories").
        empty: the registry of a workspace that has none.
        kept: how many workspaces' registries stay in memory.
    """

    def __init__(
        self, read: Callable[[str, str], tuple[str, Registry | None]], *, part: int, empty: Registry, kept: int
    ) -> None:
        self._read = read
        self._part = part
        self._empty = empty
        self._lock = threading.Lock()
        self._runs: dict[str, Registry] = {}
        self._kept: LRUCache[str, tuple[str, Registry]] = LRUCache(kept)

    def of(self, job: Job) -> Registry:
        """The workspace's registry, as it was when the run first asked."""
        with self._lock:
            if job.id not in self._runs:
                newest = job.registry_version.split(".")[self._part :][:1]
                self._runs[job.id] = self._current(job.workspace_id, newest[0] if newest else "")
            return self._runs[job.id]

    def forget(self, job_id: str) -> None:
        """Drops the state of a run that ended."""
        with self._lock:
            self._runs.pop(job_id, None)

    def _current(self, workspace_id: str, newest: str) -> Registry:
        version, registry = self._kept.get(workspace_id, ("", self._empty))
        if not newest or version != newest:
            version, changed = self._read(workspace_id, version)
            if changed is not None:
                registry = changed
            self._kept[workspace_id] = (version, registry)
        return registry
