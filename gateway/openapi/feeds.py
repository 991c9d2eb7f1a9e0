"""The operations of feeds, which no contract has a route for."""

from __future__ import annotations

from typing import Any

from gateway import feeds
from gateway.frames import NDJSON
from gateway.openapi.operations import ALWAYS, COMMON_PARAMETERS, WORKSPACE_PATTERN, errors
from gateway.openapi.schemas import Schemas
from gateway.requests import JSON

_TEXT = {"type": "string"}
_ABOUT: dict[str, tuple[dict[str, Any], str]] = {
    "catalog_id": (_TEXT, "Default: all catalogs of the workspace."),
    "limit": ({"type": "integer", "minimum": 1}, "Products at most; default: all."),
    "offset": ({"type": "integer", "minimum": 0, "default": 0}, "Products to leave out first."),
    "include": (
        {"type": "string", "enum": list(feeds.INCLUDE), "default": "ready"},
        "all: also products that the channel would refuse.",
    ),
    "workspace_id": (
        {"type": "string", "pattern": WORKSPACE_PATTERN},
        "Needed only with a token of several workspaces.",
    ),
}


def feed_operations(schemas: Schemas) -> dict[str, dict[str, Any]]:
    """By path."""
    found = schemas.answer(feeds.VALIDATE_FEED.descriptor.output_type)
    kinds = [kind for _, kind in feeds.CHANNELS.values()]
    headers = {
        "etag": {"description": "Hash of the content.", "schema": _TEXT},
        "last-modified": {"description": "When the content last was another.", "schema": _TEXT},
        "x-feed-product-count": {"description": "Products in the feed.", "schema": {"type": "integer"}},
    }
    feed = _operation(
        "readFeed",
        "A feed for a channel",
        "Normalised products as they are now, in the channel's own format or as JSON lines. A feed is kept for 15 "
        "minutes; `Cache-Control: no-cache` makes it anew. One that is shorter than its Content-Length was cut.",
        feeds.READ_FEED.scope,
        feeds.FEED_PARAMETERS,
    )
    feed["responses"] = {
        "200": {
            "description": "The feed.",
            "headers": headers,
            "content": {kind: {"schema": _TEXT} for kind in (*kinds, NDJSON)},
        },
        "304": {"description": "It is what `If-None-Match` names.", "headers": headers},
        **errors(*ALWAYS, 404, 502),
    }
    validate = _operation(
        "validateFeed",
        "What keeps products out of a feed",
        "Counts the products that break each rule of the channel.",
        feeds.VALIDATE_FEED.scope,
        feeds.VALIDATE_PARAMETERS,
    )
    validate["responses"] = {
        "200": {"description": "What was found.", "content": {JSON: {"schema": found}}},
        **errors(*ALWAYS, 404),
    }
    return {feeds.FEED: {"get": feed}, feeds.VALIDATE: {"get": validate}}


def _operation(name: str, summary: str, about: str, scope: str, query: tuple[str, ...]) -> dict[str, Any]:
    channel = {"type": "string", "enum": list(feeds.CHANNELS)}
    return {
        "operationId": name,
        "tags": ["Feed"],
        "summary": summary,
        "description": f"{about} Needs the scope `{scope}`.",
        "security": [{"bearer": [scope]}, {"apiKey": [scope]}],
        "parameters": [
            {"name": "channel", "in": "path", "required": True, "schema": channel},
            *({"name": one, "in": "query", "schema": _ABOUT[one][0], "description": _ABOUT[one][1]} for one in query),
            *COMMON_PARAMETERS,
        ],
    }
