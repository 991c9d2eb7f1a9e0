"""The category trees of workspaces as runs see them."""

import threading
from collections import OrderedDict

from services.runtime.jobs import Job
from services.silver.neighbours import Categories
from services.silver.rules.category_link import NO_CATEGORIES, CategoryIndex

KEPT_TREES = 16
"""A tree of 50,000 categories takes about 100 MB with all it is looked up by; most have some hundreds."""


class RunCategories:
    """Trees of the runs under way: each run sees one state of its workspace's tree. Thread-safe.

    Trees are kept between runs, with what was looked up in them, and read again only when they were replaced.
    """

    def __init__(self, categories: Categories) -> None:
        self._categories = categories
        self._lock = threading.Lock()
        self._runs: dict[str, CategoryIndex] = {}
        self._trees: OrderedDict[str, tuple[str, CategoryIndex]] = OrderedDict()

    def of(self, job: Job) -> CategoryIndex:
        """The workspace's tree, as it was when the run first asked."""
        with self._lock:
            if job.id not in self._runs:
                _, _, newest = job.registry_version.partition(".")
                self._runs[job.id] = self._current(job.workspace_id, newest)
            return self._runs[job.id]

    def forget(self, job_id: str) -> None:
        """Drops the state of a run that ended."""
        with self._lock:
            self._runs.pop(job_id, None)

    def _current(self, workspace_id: str, newest: str) -> CategoryIndex:
        version, tree = self._trees.get(workspace_id, ("", NO_CATEGORIES))
        if not newest or version != newest:
            version, categories = self._categories.read(workspace_id, version)
            if categories is not None:
                tree = CategoryIndex(categories) if categories else NO_CATEGORIES
        self._trees[workspace_id] = (version, tree)
        self._trees.move_to_end(workspace_id)
        if len(self._trees) > KEPT_TREES:
            self._trees.popitem(last=False)
        return tree
