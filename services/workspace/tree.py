"""A category tree as it is given, made whole. Pure functions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.workspace.names import matching_key
from services.workspace.validation import NAME_LIMIT_CHARS, Checks

CATEGORIES_LIMIT = 50_000
LEVELS_LIMIT = 20
PATH_LIMIT_CHARS = 1000
ID_LIMIT_CHARS = 64
SYNONYMS_LIMIT = 20
SEPARATOR = " > "

_MARK = re.compile(r"\s*>\s*")
_Key: TypeAlias = tuple[str, ...]
"""Matching keys of a path's levels."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Node:
    """A category of a tree. `id` is empty until it is known."""

    path: str
    id: str = ""
    synonyms: tuple[str, ...] = ()
    parent_id: str | None = None


def whole_tree(given: Sequence[Node]) -> list[Node]:
    """The tree with clean paths, an id for each, and the parents nobody gave; parents come before their children.

    ValidationError for paths, ids and synonyms that break their rules, those that come twice, and too many of them.
    """
    checks = Checks()
    checks.that(
        len(given) <= CATEGORIES_LIMIT, "categories", f"categories must have at most {CATEGORIES_LIMIT:,} entries."
    )
    checks.done()
    clean = [_clean(checks, f"categories[{number}]", node) for number, node in enumerate(given)]
    checks.done()
    keys = [_key(levels) for levels, _ in clean]
    _refuse_repeated(checks, "path", keys)
    _refuse_repeated(checks, "id", [node.id or number for number, (_, node) in enumerate(clean)])
    tree = _with_parents(dict(zip(keys, clean, strict=True)))
    checks.that(
        len(tree) <= CATEGORIES_LIMIT,
        "categories",
        f"categories must be at most {CATEGORIES_LIMIT:,}, those of their parents included.",
    )
    given_ids = {node.id: number for number, (_, node) in enumerate(clean) if node.id}
    for key, node in tree.items():
        number = given_ids.get(node.id)
        message = "This id is made from the path of another category."
        checks.that(number is None or keys[number] == key, f"categories[{number}].id", message)
    checks.done()
    return list(tree.values())


def _with_parents(given: Mapping[_Key, tuple[tuple[str, ...], Node]]) -> dict[_Key, Node]:
    """Every category by its key, parents first, each with its id and its parent's."""
    tree: dict[_Key, Node] = {}
    for levels, _ in given.values():
        key = _key(levels)
        for depth in range(1, len(key) + 1):
            part = key[:depth]
            if part in tree:
                continue
            node = given[part][1] if part in given else Node(SEPARATOR.join(levels[:depth]))
            parent = tree.get(part[:-1])
            tree[part] = replace(node, id=node.id or _made_id(part), parent_id=parent.id if parent else None)
    return tree


def _clean(checks: Checks, field: str, node: Node) -> tuple[tuple[str, ...], Node]:
    levels = tuple(_MARK.split(node.path.strip()))
    checks.that(
        len(node.path) <= PATH_LIMIT_CHARS and len(levels) <= LEVELS_LIMIT,
        f"{field}.path",
        f"path must have at most {PATH_LIMIT_CHARS:,} characters and {LEVELS_LIMIT} levels.",
    )
    checks.that(
        all(1 <= len(level) <= NAME_LIMIT_CHARS and not _CONTROL.search(level) for level in levels),
        f"{field}.path",
        f"Each level of path must have 1-{NAME_LIMIT_CHARS} characters and no control characters.",
    )
    checks.that(
        len(node.id) <= ID_LIMIT_CHARS and node.id == node.id.strip() and not _CONTROL.search(node.id),
        f"{field}.id",
        f"id must have at most {ID_LIMIT_CHARS} characters, no control characters and no white space around it.",
    )
    checks.that(
        len(node.synonyms) <= SYNONYMS_LIMIT,
        f"{field}.synonyms",
        f"synonyms must have at most {SYNONYMS_LIMIT} entries.",
    )
    synonyms = [
        checks.name(f"{field}.synonyms[{number}]", synonym)
        for number, synonym in enumerate(node.synonyms[:SYNONYMS_LIMIT])
    ]
    return levels, Node(SEPARATOR.join(levels), node.id, tuple(dict.fromkeys(synonyms)))


def _refuse_repeated(checks: Checks, what: str, values: Sequence[object]) -> None:
    places: dict[object, int] = {}
    for number, value in enumerate(values):
        first = places.setdefault(value, number)
        checks.that(first == number, f"categories[{number}].{what}", f"This {what} is that of categories[{first}].")
    checks.done()


def _key(levels: Sequence[str]) -> _Key:
    return tuple(map(matching_key, levels))


def _made_id(key: _Key) -> str:
    digest = hashlib.blake2b("\x1f".join(key).encode(), digest_size=8)
    return f"category_{digest.hexdigest()}"
