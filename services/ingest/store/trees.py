"""Category trees."""

from assay.ingest.v1.category_tree_service_pb2 import CategoryTree

from services.ingest.items_errors import CategoryTreeRefused
from services.ingest.store.versioned import Kind, VersionedStore
from services.ingest.tables import catalogs, category_trees
from services.runtime.database import Database
from services.runtime.errors import FieldViolation


def _exists(_name: str) -> CategoryTreeRefused:
    return CategoryTreeRefused(
        "CATEGORY_TREE_ALREADY_EXISTS",
        "The category tree already exists, use the update method",
        [FieldViolation("name", "Is the name of another category tree.")],
    )


CATEGORY_TREES = Kind(category_trees, CategoryTree, catalogs.c.trees, "CATEGORY_TREE", "Category tree", _exists)


class CategoryTreeStore(VersionedStore[CategoryTree]):
    """See VersionedStore. A name that is taken: CategoryTreeRefused (CATEGORY_TREE_ALREADY_EXISTS)."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, CATEGORY_TREES)
