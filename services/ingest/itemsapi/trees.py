"""The rules of category trees; see `category_tree_service.proto` for what each field may be."""

import re
from collections.abc import Iterator, Sequence

from assay.ingest.v1 import category_tree_service_pb2 as pb

from services.ingest.items_errors import CategoryTreeRefused, CategoryTreeTooLarge
from services.ingest.itemsapi.names import MAX_NAME_CHARS
from services.ingest.itemsapi.violations import Violations

MAX_BYTES = 4 * 1024 * 1024
"""Of a tree as a serialised message."""
MAX_LEVELS = 50
NAME, LOCALE, LEAF = "CATEGORY_TREE_NAME", "CATEGORY_TREE_LOCALE", "CATEGORY_TREE_LEAF"

_NO_NAME = "0"
_FHR_NAME = re.compile(r"[A-Za-z0-9]*")
_FHR_MESSAGE = "Must have letters and digits only for Fredhopper."


def check_tree(tree: pb.CategoryTree, *, fhr: bool = False, known_as: str = "") -> None:
    """Raises CategoryTreeTooLarge, or CategoryTreeRefused when a tree breaks a rule, with a violation for each place
    that does. The category is that of the first violation.

    `fhr`: whether Fredhopper's rules are to hold too; `known_as`: the name that it must have, if one is given.
    """
    if tree.ByteSize() > MAX_BYTES:
        raise CategoryTreeTooLarge()
    violations = Violations(CategoryTreeRefused)
    if known_as and tree.name != known_as:
        violations.add(NAME, "name", "Must be that of the address.")
    if not 1 <= len(tree.name) <= MAX_NAME_CHARS or tree.name == _NO_NAME:
        violations.add(NAME, "name", f"Must have 1-{MAX_NAME_CHARS} characters, and not be {_NO_NAME}.")
    elif fhr and not _FHR_NAME.fullmatch(tree.name):
        violations.add(NAME, "name", _FHR_MESSAGE)
    violations.add_localized(LOCALE, "", tree.localized_names)
    _check_children(violations, tree.children, "", 2, {tree.name}, fhr=fhr)
    violations.refuse()


def category_names(tree: pb.CategoryTree) -> set[str]:
    """What items may name: every category. The root is none, it is the tree."""
    return set(_names(tree.children))


def matches(pattern: str, name: str) -> bool:
    """Whether a name has the pattern in it, in which `*` stands for anything, also for nothing."""
    at = 0
    for part in pattern.split("*"):
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _names(categories: Sequence[pb.Category]) -> Iterator[str]:
    for category in categories:
        yield category.name
        yield from _names(category.children)


def _check_children(
    violations: Violations, categories: Sequence[pb.Category], before: str, level: int, seen: set[str], *, fhr: bool
) -> None:
    """The categories of one level below a node; `seen`: names of the whole tree so far, its root's with them."""
    if categories and level > MAX_LEVELS:
        violations.add(LEAF, f"{before}children", f"Trees have at most {MAX_LEVELS} levels.")
        return
    for place, category in enumerate(categories):
        path = f"{before}children[{place}]."
        name = category.name
        if not 1 <= len(name) <= MAX_NAME_CHARS:
            violations.add(LEAF, f"{path}name", f"Must have 1-{MAX_NAME_CHARS} characters.")
        elif name in seen:
            violations.add(LEAF, f"{path}name", "Is the name of another category.")
        elif fhr and not _FHR_NAME.fullmatch(name):
            violations.add(LEAF, f"{path}name", _FHR_MESSAGE)
        seen.add(name)
        violations.add_localized(LOCALE, path, category.localized_names)
        _check_children(violations, category.children, path, level + 1, seen, fhr=fhr)
