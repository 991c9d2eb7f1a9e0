"""GET /api/v1/feeds/{google|meta|openai}, and …/validate: feeds of the caller's workspace.

These addresses name no workspace: it is the token's. A token of several workspaces, and the internal one, say which by
`workspace_id`. The feed comes in the channel's own format, or as JSON lines when `Accept` asks for those. Its length is
told before it begins, so that one that breaks off is seen to be cut.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Any

import grpc
from assay.gold.v1 import feed_service_pb2, score_pb2
from starlette.responses import Response, StreamingResponse

from gateway import contracts
from gateway.context import Context
from gateway.errors import ApiError, of_rpc_error, validation_error
from gateway.frames import NDJSON
from gateway.jsonio import Violation, as_json
from gateway.requests import JSON, ApiRequest
from gateway.routes import Route
from gateway.transcode import json_response

FEED = "/api/v1/feeds/{channel}"
VALIDATE = "/api/v1/feeds/{channel}/validate"
READ_FEED = contracts.rpc("gold.v1.FeedService.ReadFeed")
VALIDATE_FEED = contracts.rpc("gold.v1.FeedService.ValidateFeed")
CHANNELS: Mapping[str, tuple[score_pb2.Channel, str]] = {
    "google": (score_pb2.CHANNEL_GOOGLE, "application/xml"),
    "meta": (score_pb2.CHANNEL_META, "text/csv"),
    "openai": (score_pb2.CHANNEL_OPENAI, JSON),
}
"""Number in the contract and the channel's own media type."""
MAX_AGE_SECONDS = 900
INCLUDE = ("ready", "all")
FEED_PARAMETERS = ("catalog_id", "limit", "offset", "include", "workspace_id")
VALIDATE_PARAMETERS = ("catalog_id", "workspace_id")
_LARGEST = 2**31 - 1


def feed_routes(context: Context) -> list[Route]:
    """The routes of feeds."""

    async def feed(request: ApiRequest) -> Response:
        channel, own = _channel(request)
        kind = request.accepted([own, NDJSON])
        asked = _query(request, FEED_PARAMETERS)
        message = feed_service_pb2.ReadFeedRequest(
            workspace_id=request.workspace_id,
            channel=channel,
            format=feed_service_pb2.FEED_FORMAT_NDJSON if kind == NDJSON else feed_service_pb2.FEED_FORMAT_UNSPECIFIED,
            catalog_id=asked.get("catalog_id", ""),
            include_all=asked.get("include") == "all",
            no_cache="no-cache" in request.headers.get("cache-control", "").lower(),
            if_none_match=request.headers.get("if-none-match", ""),
            **_window(asked),
        )
        call = context.services.call(READ_FEED, message, request.metadata(), request.seconds(stream=True))
        messages = call.__aiter__()
        info = (await _next(messages, request)).info
        headers = {
            "etag": info.etag,
            "last-modified": format_datetime(info.last_modified.ToDatetime(tzinfo=UTC), usegmt=True),
            "cache-control": f"max-age={MAX_AGE_SECONDS}",
            # The address does not say whose feed it is: a cache that many share must not mix them up.
            "vary": "accept, authorization, x-api-key",
            "x-feed-product-count": str(info.product_count),
        }
        if info.not_modified or request.http.method == "HEAD":
            call.cancel()
        if info.not_modified:
            return Response(status_code=304, headers=headers)
        headers["content-length"] = str(info.size)
        content = _nothing() if request.http.method == "HEAD" else _data(call, messages, request)
        return StreamingResponse(content, headers=headers, media_type=info.content_type)

    async def validate(request: ApiRequest) -> Response:
        channel, _ = _channel(request)
        request.accepted([JSON])
        asked = _query(request, VALIDATE_PARAMETERS)
        message = feed_service_pb2.ValidateFeedRequest(
            workspace_id=request.workspace_id, channel=channel, catalog_id=asked.get("catalog_id", "")
        )
        return json_response(as_json(await context.unary(VALIDATE_FEED, message, request)))

    return [
        Route("GET", FEED, feed, READ_FEED.scope, workspace_of=workspace_of),
        Route("GET", VALIDATE, validate, VALIDATE_FEED.scope, workspace_of=workspace_of),
    ]


def workspace_of(request: ApiRequest, workspace_ids: frozenset[str]) -> str:
    """The workspace of a request whose path names none: the token's only one, or the one that is asked for.

    400 VALIDATION_ERROR when neither tells it. Whether it is the token's is checked like that of a path.
    """
    asked = [value for name, value in request.query() if name == "workspace_id"]
    if asked:
        return asked[0]
    if len(workspace_ids) == 1:
        return next(iter(workspace_ids))
    raise validation_error([Violation("workspace_id", "The token is not of one workspace alone; name the one.")])


def _channel(request: ApiRequest) -> tuple[score_pb2.Channel, str]:
    known = CHANNELS.get(request.parameters["channel"])
    if known is None:
        raise ApiError(404, "NOT_FOUND", f"There are feeds for {', '.join(CHANNELS)}.")
    return known


def _query(request: ApiRequest, known: tuple[str, ...]) -> dict[str, str]:
    """The query parameters. 400 names unknown and repeated ones, and an `include` that is neither."""
    asked: dict[str, str] = {}
    violations = []
    for name, value in request.query():
        if name not in known:
            violations.append(Violation(name, "There is no such parameter."))
        elif name in asked:
            violations.append(Violation(name, "Given more than once."))
        asked[name] = value
    if asked.get("include", "ready") not in INCLUDE:
        violations.append(Violation("include", f"Must be one of {', '.join(INCLUDE)}."))
    if asked.get("catalog_id") == "":
        violations.append(Violation("catalog_id", "Must not be empty."))
    violations += [
        Violation(name, f"Must be a whole number, {least} to {_LARGEST}.")
        for name, least in (("limit", 1), ("offset", 0))
        if name in asked and not _is_between(asked[name], least, _LARGEST)
    ]
    if violations:
        raise validation_error(violations)
    return asked


def _is_between(text: str, least: int, most: int) -> bool:
    return re.fullmatch(r"[0-9]{1,10}", text) is not None and least <= int(text) <= most


def _window(asked: Mapping[str, str]) -> dict[str, int]:
    return {name: int(asked[name]) for name in ("limit", "offset") if name in asked}


async def _next(messages: Any, request: ApiRequest) -> Any:
    """The next message. ApiError when the service failed or ended too early."""
    try:
        return await anext(messages)
    except StopAsyncIteration:
        raise ApiError(502, "STREAM_CUT", "The service ended the feed before its end.") from None
    except grpc.aio.AioRpcError as error:
        raise of_rpc_error(error, request.request_id) from None


async def _data(call: Any, messages: Any, request: ApiRequest) -> AsyncIterator[bytes]:
    """The bytes up to the feed's end. What fails now breaks the answer off, short of the length that was told."""
    try:
        while (message := await _next(messages, request)).WhichOneof("event") == "data":
            yield message.data
    finally:
        call.cancel()  # a client that goes away leaves no stream behind


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
