"""What a catalog may be made of; see `catalog_version_service.proto`."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from assay.ingest.v1.category_tree_service_pb2 import CategoryTree
from assay.ingest.v1.item_schema_service_pb2 import ItemSchema

from services.ingest.items_errors import CatalogRefused
from services.ingest.itemsapi.schemas import types_of
from services.ingest.itemsapi.trees import category_names
from services.ingest.itemsapi.violations import Violations

MAX_REFERENCES = 100
"""Of either kind."""
SCHEMAS, TREES = "CATALOG_SCHEMAS", "CATALOG_CATEGORY_TREES"
_Named = TypeVar("_Named")


def check_references(schemas: Sequence[ItemSchema | None], trees: Sequence[CategoryTree | None]) -> None:
    """Raises CatalogRefused where a schema or a tree does not exist, which is None here, has a type or a category that
    one before it has, or where there are too many. The category is that of the first violation, and each is told of.
    """
    violations = Violations(CatalogRefused)
    _check(violations, (SCHEMAS, "catalogItemSchemas", "type"), schemas, _types)
    _check(violations, (TREES, "catalogCategoryTrees", "category"), trees, category_names)
    violations.refuse()


def _types(schema: ItemSchema) -> set[str]:
    return {of.name for of, _ in types_of(schema)}


def _check(
    violations: Violations,
    told: tuple[str, str, str],
    named: Sequence[_Named | None],
    names_of: Callable[[_Named], set[str]],
) -> None:
    """`told`: the violations' category, their field, and what is named there."""
    category, field, what = told
    if len(named) > MAX_REFERENCES:
        violations.add(category, field, f"At most {MAX_REFERENCES} are allowed.")
        return
    seen: set[str] = set()
    for place, one in enumerate(named):
        if one is None:
            violations.add(category, f"{field}[{place}]", "Does not exist in this version.")
            continue
        names = names_of(one)
        if common := seen & names:
            violations.add(category, f"{field}[{place}]", f"Has the {what} {min(common)}, as one before it.")
        seen |= names
