"""One field of a request that breaks a rule."""

from __future__ import annotations

from typing import NamedTuple

# What one answer names at most, so that a body of a million wrong fields does not make an answer of that size.
VIOLATIONS_LIMIT = 100


class Violation(NamedTuple):
    """`field` is the JSON path: `productIds[3]`, `attributes.color`; empty for the body as a whole."""

    field: str
    message: str


def joined(path: str, name: str) -> str:
    """The path of a member."""
    return f"{path}.{name}" if path else name
