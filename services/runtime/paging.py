"""Pages of lists: sizes and opaque keyset tokens, bound to the request that made them (AIP-158).

A token carries a seal over its position and the filters, so that a token that was changed on its way is refused instead
of reaching a query. The seal has no secret: whoever computes one can only turn to another page of his own list.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from services.runtime.errors import ValidationError

DEFAULT_LIMIT = 50


def page_limit(requested: int, maximum: int = 100, default: int = DEFAULT_LIMIT) -> int:
    """The page size to apply: 0 means the default, a large one is lowered, a negative one is refused."""
    if requested < 0:
        raise ValidationError.of("limit", f"limit must be between 1 and {maximum}.")
    return min(requested or default, maximum)


def encode_token(position: Sequence[Any], *filters: Any) -> str:
    """A token that says where the next page starts, and for which filters."""
    return base64.urlsafe_b64encode(orjson.dumps([_seal(filters, position), *position])).decode().rstrip("=")


def decode_token(token: str, length: int, *filters: Any) -> list[Any] | None:
    """The position in a token (`length` values); None for no token. ValidationError for a foreign or changed one."""
    if not token:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or len(values) != length + 1 or values[0] != _seal(filters, values[1:]):
        raise ValidationError.of("cursor", "cursor is not one that this list gave for these filters.")
    return values[1:]


def next_start(positions: Sequence[Any], limit: int, start: Any, *, growing: bool) -> Any | None:
    """The position after which the next page starts; None: there is none.

    `positions` are those of the entries that were found after `start`, one more than `limit` where there are more. A
    list that is still `growing` always has a next page, which begins where this one ended.
    """
    if len(positions) > limit or (growing and positions):
        return positions[:limit][-1]
    return start if growing else None


def _seal(filters: Sequence[Any], position: Sequence[Any]) -> str:
    return hashlib.blake2b(orjson.dumps([filters, position]), digest_size=9).hexdigest()
