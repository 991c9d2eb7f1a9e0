"""Parsed JSON → its text again, without loss: members keep their order and numbers all their digits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def json_text(value: Any) -> str:
    """Compact JSON of what `parse_json` gives."""
    try:
        return orjson.dumps(value, default=_exact).decode()
    except TypeError:
        # orjson writes neither integers of more than 64 bits nor more than 254 levels.
        return _slowly(value)


def _exact(value: Any) -> orjson.Fragment:
    if not isinstance(value, Decimal):
        raise TypeError(type(value).__name__)
    # A Decimal that JSON was read into is JSON again: 0.10, 1E+30.
    return orjson.Fragment(str(value))


def _slowly(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_slowly(name)}:{_slowly(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_slowly, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
