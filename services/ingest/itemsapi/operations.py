"""Operations on items: what is sent, checked one by one. What several of one item come to: see `folding`."""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

MAX_AHEAD_MICROS = 5 * 60 * 1_000_000
MAX_ATTRIBUTE_BYTES = 1024 * 1024
MAX_DEPTH = 32

_NAME = r"[A-Za-z0-9_-]"
_ID = re.compile(_NAME + "{1,200}")
_SHORT = re.compile(_NAME + "{1,64}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Kind(StrEnum):
    """What an operation does."""

    PUT = "put"
    PATCH = "patch"
    DELETE = "delete"


class ItemFault(Exception):
    """Why an item is not taken: a category of `items_error.proto`, and what to tell."""

    def __init__(self, category: str, message: str) -> None:
        super().__init__(message)
        self.category = category
        self.message = message


class Operation(NamedTuple):
    """A checked operation. `at`: microseconds since 1970; `attributes`: a JSON object's text, empty of deletions."""

    product_id: str
    at: int
    kind: str
    """A `Kind`."""
    item_type: str
    item_id: str
    context: str
    parent_id: str | None
    attributes: str | None


def product_id_of(item_type: str, item_id: str, context: str = "") -> str:
    """The product id of an item: its own id for type `product` without context, else `type:id` or `type:id@context`."""
    if item_type == "product" and not context:
        return item_id
    return f"{item_type}:{item_id}@{context}" if context else f"{item_type}:{item_id}"


def checked(item: Any, kind: Kind, now: int) -> Operation:
    """The operation that an item of a request stands for, sent at `now`. Raises ItemFault for the first fault."""
    if not _ID.fullmatch(item.id):
        raise ItemFault("ITEM_ID", "id must have 1-200 letters, digits, underscores and hyphens.")
    if not _SHORT.fullmatch(item.type):
        raise ItemFault("ITEM_TYPE", "type must have 1-64 letters, digits, underscores and hyphens.")
    if item.context and not _SHORT.fullmatch(item.context):
        raise ItemFault("ITEM_CONTEXT", "context must have at most 64 letters, digits, underscores and hyphens.")
    at = _time(item.timestamp, now) if item.HasField("timestamp") else now
    product_id = product_id_of(item.type, item.id, item.context)
    if kind is Kind.DELETE:
        return Operation(product_id, at, kind, item.type, item.id, item.context, None, None)
    parent_id = item.parent_id if item.HasField("parent_id") else None
    if parent_id is not None and not _ID.fullmatch(parent_id):
        raise ItemFault("ITEM_PARENT_ID", "parentId must have 1-200 letters, digits, underscores and hyphens.")
    attributes = _attributes(item, kind)
    return Operation(product_id, at, kind, item.type, item.id, item.context, parent_id, attributes)


def _time(text: str, now: int) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ItemFault("ITEM_TIMESTAMP", "timestamp must be an RFC 3339 time with a zone, as 2026-01-31T12:00:00Z.")
    day, minute, second, fraction, zone = match.groups()
    leap = second == "60"  # RFC 3339 knows leap seconds, Python does not
    whole = f"{day}T{minute}{'59' if leap else second}{'+00:00' if zone in 'Zz' else zone}"
    try:
        moment = datetime.datetime.fromisoformat(whole)
        seconds = int((moment - _EPOCH).total_seconds()) + leap
    except (ValueError, OverflowError):
        raise ItemFault("ITEM_TIMESTAMP", "timestamp is no time that exists.") from None
    at = seconds * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))
    if at > now + MAX_AHEAD_MICROS:
        raise ItemFault("ITEM_TIMESTAMP_IN_FUTURE", "timestamp is more than five minutes in the future.")
    return at


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def _attributes(item: Any, kind: Kind) -> str:
    if not item.HasField("attributes"):
        if kind is Kind.PUT:
            raise ItemFault("ITEM_ATTRIBUTES", "attributes are required.")
        return "{}"
    text: str = item.attributes
    if is_too_large(text):
        raise ItemFault("ITEM_TOO_LARGE", f"attributes must not be larger than {MAX_ATTRIBUTE_BYTES:,} bytes.")
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise ItemFault("ITEM_TOO_LARGE", f"attributes must not be nested deeper than {MAX_DEPTH} levels.")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ItemFault("ITEM_ATTRIBUTES", "attributes must be a JSON object.") from None
    if not isinstance(value, dict):
        raise ItemFault("ITEM_ATTRIBUTES", "attributes must be a JSON object.")
    if "\\u0000" in text and _NUL.search(text):
        raise ItemFault("ITEM_ATTRIBUTES", "attributes must not contain the character U+0000.")
    return text


def is_too_large(attributes: str) -> bool:
    """Whether a JSON object's text has more bytes than an item may have."""
    return len(attributes) > MAX_ATTRIBUTE_BYTES // 4 and len(attributes.encode()) > MAX_ATTRIBUTE_BYTES


def _depth(text: str) -> int:
    """Levels of nesting of a JSON text, without building what it says."""
    deepest = depth = 0
    for token in _TOKENS.finditer(text):
        char = token[0]
        if char in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}]":
            depth -= 1
    return deepest


_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')
