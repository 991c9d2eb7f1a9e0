"""Bytes → plain values, more strictly than JSON libraries do on their own.

orjson decides what is JSON (UTF-8, no NaN, no lone surrogates, no infinite numbers) and says where it is not; Python's
own parser then reads the same text so that repeated keys are noticed and fractions keep all their digits.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson

from gateway.jsonio.violations import Violation


class MalformedJsonError(ValueError):
    """The bytes are no JSON, or nested too deeply; the text says where and is safe to show."""


def parse_json(data: bytes, max_depth: int) -> tuple[Any, list[Violation]]:
    """The value (fractions as Decimal) and a violation for every repeated key."""
    try:
        plain = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedJsonError(f"The body is not valid JSON: {error}.") from None
    if _deeper_than(plain, max_depth):
        raise MalformedJsonError(f"The body is nested more than {max_depth} levels deep.")
    repeated: list[Violation] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    repeated.append(Violation(name, "Given more than once in the same object."))
                seen.add(name)
        return found

    try:
        return json.loads(data, object_pairs_hook=members, parse_float=Decimal), repeated
    except ValueError:  # an integer of more digits than Python converts
        raise MalformedJsonError("The body is not valid JSON: a number has too many digits.") from None


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            member
            for entry in level
            if isinstance(entry, (dict, list))
            for member in (entry.values() if isinstance(entry, dict) else entry)
            if isinstance(member, (dict, list))
        ]
        if not level:
            return False
    return True
