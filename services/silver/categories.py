"""The category trees of workspaces as runs see them."""

from services.silver.neighbours import Categories
from services.silver.registries import RunRegistries
from services.silver.rules.category_link import NO_CATEGORIES, CategoryIndex

KEPT_TREES = 16
"""A tree of 50,000 categories takes about 100 MB with all it is looked up by; most have some hundreds."""


class RunCategories(RunRegistries[CategoryIndex]):
    """Trees of the runs under way."""

    def __init__(self, categories: Categories) -> None:
        super().__init__(self._index, part=1, empty=NO_CATEGORIES, kept=KEPT_TREES)
        self._categories = categories

    def _index(self, workspace_id: str, known_version: str) -> tuple[str, CategoryIndex | None]:
        version, categories = self._categories.read(workspace_id, known_version)
        if categories is None:
            return version, None
        return version, CategoryIndex(categories) if categories else NO_CATEGORIES
