"""The pipeline settings that scores depend on: what may be written of them, and as which text they are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson
from assay.workspace.v1 import settings_pb2

from services.workspace.keys import name_key
from services.workspace.validation import Checks

WEIGHTS: Final = "gold_weights"
CATEGORIES: Final = "category_attributes"
WEIGHTS_SUM: Final = 100
DEFAULT_WEIGHTS: Final = {
    "identity": 20,
    "taxonomy": 15,
    "content": 25,
    "media": 20,
    "pricing": 10,
    "attributes": 5,
    "seo": 5,
}
CATEGORIES_LIMIT: Final = 500
CATEGORY_CHARS: Final = 1_000
ATTRIBUTES_LIMIT: Final = 20
CATEGORIES_BYTES: Final = 1024 * 1024
"""Of the whole list as JSON: every job is told the settings, and 500 entries may have 10 MB in all."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LEVEL: Final = re.compile(r"\s*>\s*")
# Fields of products are written as freely as the targets of mappings.
_FIELDS: Final = {name_key(name): name for name in ("color", "size", "material", "gender", "ageGroup", "pattern")}


def weights_message(text: str | None) -> settings_pb2.GoldWeights:
    """The weights of a stored text; without one the defaults."""
    stored: dict[str, int] = DEFAULT_WEIGHTS if text is None else orjson.loads(text)
    return settings_pb2.GoldWeights(**stored)


def weights_text(checks: Checks, weights: settings_pb2.GoldWeights | None) -> str | None:
    """Seven whole numbers of 0-100 with a sum of 100, as they are kept; None: the defaults again."""
    if weights is None:
        return None
    points: dict[str, int] = {}
    for stage in DEFAULT_WEIGHTS:
        field = f"goldWeights.{stage}"
        if not weights.HasField(stage):
            checks.that(False, field, f"{field} is required.")
        elif not 0 <= (value := getattr(weights, stage)) <= WEIGHTS_SUM:
            checks.that(False, field, f"{field} must be a whole number from 0 to {WEIGHTS_SUM}.")
        else:
            points[stage] = value
    if len(points) == len(DEFAULT_WEIGHTS):
        total = sum(points.values())
        checks.that(total == WEIGHTS_SUM, "goldWeights", f"goldWeights must sum to {WEIGHTS_SUM}, not {total}.")
    return orjson.dumps(points).decode()


def categories_message(text: str | None) -> list[settings_pb2.CategoryAttributes]:
    """The expected attributes of a stored text; none without one."""
    stored: list[dict[str, Any]] = orjson.loads(text or "[]")
    return [settings_pb2.CategoryAttributes(**entry) for entry in stored]


def categories_text(checks: Checks, entries: Sequence[settings_pb2.CategoryAttributes]) -> str | None:
    """Attributes by category as they are kept, each category once; None: none."""
    field = "categoryAttributes"
    checks.that(len(entries) <= CATEGORIES_LIMIT, field, f"{field} must have at most {CATEGORIES_LIMIT} entries.")
    written = []
    places: dict[str, int] = {}
    for number, entry in enumerate(entries[:CATEGORIES_LIMIT]):
        path = f"{field}[{number}]"
        category = _category(checks, f"{path}.category", entry.category)
        first = places.setdefault(category.casefold(), number)
        checks.that(
            first == number or not category,
            f"{path}.category",
            f"{path}.category is the same as that of {field}[{first}].",
        )
        written.append({"category": category, "attributes": _attributes(checks, path, entry.attributes)})
    text = orjson.dumps(written)
    checks.that(len(text) <= CATEGORIES_BYTES, field, f"{field} must have at most {CATEGORIES_BYTES:,} bytes as JSON.")
    return text.decode() if written else None


def _category(checks: Checks, field: str, value: str) -> str:
    """The path with single spaces, and " > " between its levels."""
    has_control = _CONTROL.search(value.strip()) is not None
    levels = _LEVEL.split(" ".join(value.split()))
    path = " > ".join(levels)
    checks.that(not has_control, field, f"{field} must not contain control characters.")
    checks.that(1 <= len(path) <= CATEGORY_CHARS, field, f"{field} must have 1-{CATEGORY_CHARS:,} characters.")
    checks.that(not path or all(levels), field, f"{field} must not have empty levels.")
    return path


def _attributes(checks: Checks, path: str, names: Sequence[str]) -> list[str]:
    field = f"{path}.attributes"
    holds = 1 <= len(names) <= ATTRIBUTES_LIMIT
    checks.that(holds, field, f"{field} must have 1-{ATTRIBUTES_LIMIT} entries.")
    written: list[str] = []
    places: dict[str, int] = {}
    for number, name in enumerate(names[:ATTRIBUTES_LIMIT]):
        trimmed = checks.name(f"{field}[{number}]", name)
        key = name_key(trimmed)
        first = places.setdefault(key, number)
        checks.that(
            first == number or not trimmed,
            f"{field}[{number}]",
            f"{field}[{number}] is the same as {field}[{first}].",
        )
        written.append(_FIELDS.get(key, trimmed))
    return written
