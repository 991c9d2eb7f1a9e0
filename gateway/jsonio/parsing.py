"""Bytes → plain values, more strictly than JSON libraries do on their own.

orjson decides what is JSON (UTF-8, no NaN, no lone surrogates, no infinite numbers) and says where it is not; Python's
own parser then reads the same text so that repeated keys are noticed and fractions keep all their digits.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from gateway.jsonio.violations import Violation

_NUMBER = re.compile(r"-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
# A whole string, or one without its end. Possessive: nothing to go back to, however long the text is.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


class MalformedJsonError(ValueError):
    """The bytes are no JSON, or nested too deeply; the text says where and is safe to show."""


def parse_json(data: bytes, max_depth: int) -> tuple[Any, list[Violation]]:
    """The value (fractions as Decimal) and a violation for every repeated key."""
    try:
        plain = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _malformed(data, error, max_depth) from None
    if _deeper_than(plain, max_depth):
        raise _too_deep(max_depth)
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
    except InvalidOperation:  # 1e-99999999999999999999, which orjson takes for 0
        raise MalformedJsonError("The body is not valid JSON: the exponent of a number is too large.") from None


def _malformed(data: bytes, error: orjson.JSONDecodeError, max_depth: int) -> MalformedJsonError:
    """What is wrong, in our words: the library's are no promise of ours, and change with its version."""
    try:
        data.decode()
    except UnicodeDecodeError as broken:
        return MalformedJsonError(f"The body is not valid JSON: byte {broken.start + 1} is not UTF-8.")
    if _depth_at_end(error.doc[: error.pos]) > max_depth:
        return _too_deep(max_depth)
    place = f"line {error.lineno}, column {error.colno}"
    if error.pos >= len(error.doc.rstrip(" \t\r\n")):
        return MalformedJsonError(f"The body is not valid JSON: it ends too early, at {place}.")
    number = _NUMBER.match(error.doc, error.pos)
    if number and math.isinf(float(number[0])):
        return MalformedJsonError(f"The body is not valid JSON: the number at {place} is too large.")
    return MalformedJsonError(f"The body is not valid JSON: what stands at {place} is not expected there.")


def _too_deep(max_depth: int) -> MalformedJsonError:
    return MalformedJsonError(f"The body is nested more than {max_depth} levels deep.")


def _depth_at_end(text: str) -> int:
    """How many lists and objects are open at the end of the beginning of a JSON text."""
    bare = _STRING.sub("", text)
    return sum(map(bare.count, "[{")) - sum(map(bare.count, "]}"))


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
