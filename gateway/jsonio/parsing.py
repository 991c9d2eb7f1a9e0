"""Bytes → plain values, more strictly than JSON libraries do on their own.

orjson decides what is JSON (UTF-8, no NaN, no lone surrogates, no infinite numbers) and says where it is not. Where it
may have lost something, Python's own parser, several times slower, reads the same text again: fractions and integers of
more than 64 bits keep all their digits, and repeated keys are noticed.
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
_CONTAINERS = frozenset({dict, list})
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
    has_floats = _has_floats(plain, max_depth)
    may_repeat = _may_repeat_keys(data, plain)
    repeated: list[Violation] = []
    if not has_floats and not may_repeat:
        return plain, repeated

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
        hook = members if may_repeat else None
        return json.loads(data, object_pairs_hook=hook, parse_float=Decimal), repeated
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


def _has_floats(value: Any, max_depth: int) -> bool:
    """Whether any number may have had more digits than a float holds. MalformedJsonError when nested too deeply."""
    found = False
    level: list[Any] = [[value]]
    for _ in range(max_depth + 1):
        below = []
        for entry in level:
            for member in entry.values() if type(entry) is dict else entry:
                kind = type(member)
                if kind in _CONTAINERS:
                    below.append(member)
                elif kind is float:
                    found = True
        if not below:
            return found
        level = below
    raise _too_deep(max_depth)


def _may_repeat_keys(data: bytes, value: Any) -> bool:
    """Whether a key may stand twice in an object. Counts colons, since each key has one.

    Written again, the value has as many as the text unless the text has keys that the value lost; those that are
    escaped in the text could hide one.
    """
    try:
        return b"\\u003" in data or data.count(b":") != orjson.dumps(value).count(b":")
    except orjson.JSONEncodeError:  # more levels than orjson writes
        return True
