"""Pipeline settings between the wire and the table: what may be written, and what holds where nothing was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import sqlalchemy as sa
from assay.silver.v1 import silver_service_pb2 as silver
from assay.workspace.v1 import settings_pb2

from services.workspace.addresses import ADDRESS_LIMIT_CHARS, is_address
from services.workspace.clock import timestamp
from services.workspace.gold_settings import (
    CATEGORIES,
    WEIGHTS,
    categories_message,
    categories_text,
    weights_message,
    weights_text,
)
from services.workspace.keys import name_key
from services.workspace.validation import NAME_LIMIT_CHARS, Checks

MAPPINGS: Final = "silver_mappings"
MAPPINGS_LIMIT: Final = 500
EMAILS: Final = "notification_emails"
EMAILS_LIMIT: Final = 10
SWITCHES: Final = ("auto_trigger_silver", "auto_trigger_gold", "preview_mode")
"""Off where nothing was written."""
Stored = str | bool | None
"""The value of a column; None is the default."""
PLAIN_TRANSFORMS: Final = ("trim", "uppercase", "lowercase")
# Stored as the names of the contract's values; null where nothing was written.
CHOICES: Final[Mapping[str, tuple[Any, str]]] = {
    "unknown_brands": (silver.UnknownBrands, "UNKNOWN_BRANDS_ERROR"),
    "duplicates": (silver.Duplicates, "DUPLICATES_LIKELY"),
    "duplicate_strictness": (silver.DuplicateStrictness, "DUPLICATE_STRICTNESS_NORMAL"),
    "image_checks": (silver.ImageChecks, "IMAGE_CHECKS_REACHABILITY"),
}
# When and by whom is told, not asked: a client may send back what it read.
_NOT_WRITTEN: Final = frozenset({"updated_at", "updated_by"})
_JSON_NAMES: Final = {field.name: field.json_name for field in settings_pb2.PipelineSettings.DESCRIPTOR.fields}
_AFFIX: Final = re.compile(r"(?:prefix|suffix):[^\x00-\x1f\x7f-\x9f]{1,255}")


def settings_message(row: sa.Row[Any] | None) -> settings_pb2.PipelineSettings:
    """The settings of a stored row; without one all defaults."""
    stored: dict[str, Any] = {} if row is None else row._asdict()
    chosen: dict[str, Any] = {name: stored.get(name) or default for name, (_, default) in CHOICES.items()}
    chosen |= {name: bool(stored.get(name)) for name in SWITCHES}
    return settings_pb2.PipelineSettings(
        silver_mappings=[settings_pb2.FieldMapping(**mapping) for mapping in orjson.loads(stored.get(MAPPINGS, "[]"))],
        gold_weights=weights_message(stored.get(WEIGHTS)),
        category_attributes=categories_message(stored.get(CATEGORIES)),
        notification_emails=orjson.loads(stored.get(EMAILS) or "[]"),
        updated_at=None if row is None else timestamp(row.updated_at),
        updated_by=None if row is None else row.updated_by,
        **chosen,
    )


def changes_of(settings: settings_pb2.PipelineSettings, paths: Sequence[str] | None) -> dict[str, Stored]:
    """The columns to write. ValidationError names every field at fault.

    Args:
        settings: what to write.
        paths: names of the settings to write, one that is empty in `settings` becoming its default again; None: those
            that are not empty.
    """
    checks = Checks()
    for path in paths or ():
        checks.that(path in _JSON_NAMES, "updateMask", f"updateMask: {path[:NAME_LIMIT_CHARS]} is no setting.")
    wanted = {field.name for field, _ in settings.ListFields()} if paths is None else set(paths)
    changes: dict[str, Stored] = {}
    for name in _JSON_NAMES.keys() & wanted - _NOT_WRITTEN:
        if name == MAPPINGS:
            changes[name] = _mappings_text(checks, settings.silver_mappings)
        elif name == WEIGHTS:
            changes[name] = weights_text(checks, settings.gold_weights if settings.HasField(WEIGHTS) else None)
        elif name == CATEGORIES:
            changes[name] = categories_text(checks, settings.category_attributes)
        elif name == EMAILS:
            changes[name] = _emails_text(checks, settings.notification_emails)
        elif name in SWITCHES:
            changes[name] = getattr(settings, name) if settings.HasField(name) else None
        else:
            changes[name] = _choice(checks, name, getattr(settings, name))
    checks.done()
    return changes


def _choice(checks: Checks, name: str, number: int) -> str | None:
    enum, _ = CHOICES[name]
    checks.that(number in enum.values(), _JSON_NAMES[name], f"{_JSON_NAMES[name]} is not known.")
    return str(enum.Name(number)) if number and number in enum.values() else None


def _mappings_text(checks: Checks, mappings: Sequence[settings_pb2.FieldMapping]) -> str:
    field = _JSON_NAMES[MAPPINGS]
    checks.that(len(mappings) <= MAPPINGS_LIMIT, field, f"{field} must have at most {MAPPINGS_LIMIT} entries.")
    written = []
    places: dict[tuple[str, str], int] = {}
    for number, mapping in enumerate(mappings[:MAPPINGS_LIMIT]):
        path = f"{field}[{number}]"
        source = checks.name(f"{path}.sourceField", mapping.source_field)
        target = checks.name(f"{path}.targetField", mapping.target_field)
        first = places.setdefault((name_key(source), name_key(target)), number)
        checks.that(
            first == number, f"{path}.sourceField", f"{path} maps the same field to the same one as {field}[{first}]."
        )
        entry = {"source_field": source, "target_field": target}
        if mapping.HasField("transform"):
            entry["transform"] = mapping.transform
            checks.that(
                mapping.transform in PLAIN_TRANSFORMS or _AFFIX.fullmatch(mapping.transform) is not None,
                f"{path}.transform",
                f"{path}.transform must be {', '.join(PLAIN_TRANSFORMS)}, prefix:X or suffix:X, X having 1-255 "
                "characters and no control characters.",
            )
        written.append(entry)
    return orjson.dumps(written).decode()


def _emails_text(checks: Checks, addresses: Sequence[str]) -> str:
    field = _JSON_NAMES[EMAILS]
    checks.that(len(addresses) <= EMAILS_LIMIT, field, f"{field} must have at most {EMAILS_LIMIT} entries.")
    places: dict[str, int] = {}
    for number, address in enumerate(addresses[:EMAILS_LIMIT]):
        path = f"{field}[{number}]"
        checks.that(
            is_address(address),
            path,
            f"{path} must be an e-mail address of at most {ADDRESS_LIMIT_CHARS} characters, such as ops@example.com.",
        )
        first = places.setdefault(address.lower(), number)
        checks.that(first == number, path, f"{path} is the same address as {field}[{first}].")
    return orjson.dumps(list(addresses[:EMAILS_LIMIT])).decode()
