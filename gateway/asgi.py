"""The ASGI application: identity, routing, token, rate limit, permission, handler, errors, one log line per request."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.asgi_types import Message, Receive, Send
from gateway.context import Context
from gateway.errors import ApiError, internal_error
from gateway.itemsapi import error_body, is_items_path
from gateway.log import logger
from gateway.principals import Principals
from gateway.ratelimit import RateLimiter
from gateway.requests import REQUEST_ID, ApiRequest, request_id_of
from gateway.routes import ANY_TOKEN, Router, allow_of
from gateway.transcode import json_response


class Gateway:
    """Serves every request; also usable directly with httpx.ASGITransport once `context.start()` was awaited."""

    def __init__(self, context: Context, router: Router) -> None:
        self.context = context
        self._router = router
        self._principals = Principals(context)
        self._limiter = RateLimiter(context.settings)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.context.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.context.close()
        await self._limiter.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Any, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        http = Request(scope, receive)
        request = ApiRequest(http, self.context.settings, request_id_of(http.headers))
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = {REQUEST_ID: request.request_id, **request.answer_headers}
                message["headers"] = [
                    *message.get("headers", ()),
                    *((name.encode(), value.encode()) for name, value in extra.items()),
                ]
            if scope["method"] == "HEAD" and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        try:
            response = await self._answer(request)
            await response(scope, receive, send_with_headers)
        finally:
            logger().info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
                request_id=request.request_id,
                **request.log_fields,
            )

    async def _answer(self, request: ApiRequest) -> Response:
        try:
            return await self._handled(request)
        except ApiError as error:
            return _refusal(error, request)
        except Exception:  # noqa: BLE001 - the boundary
            # Whatever went wrong inside is logged with its trace and leaves as INTERNAL.
            logger().exception("request failed", request_id=request.request_id)
            return _refusal(internal_error(request.request_id), request)

    async def _handled(self, request: ApiRequest) -> Response:
        scope = request.http.scope
        raw_path = request.raw_path
        if scope["method"] == "OPTIONS" and (allowed := self._router.allowed(raw_path)):
            return Response(status_code=204, headers={"allow": allow_of(allowed)})
        match = self._router.match(scope["method"], raw_path)
        request.parameters = match.parameters
        request.log_fields["route"] = match.route.template
        if match.route.scope is not None:
            principal = request.principal = await self._principals.of(request)
            request.log_fields["subject"] = principal.subject
            request.answer_headers.update(await self._limiter.count(principal))
            # Before the handler reads anything: a stranger is not told what is wrong with its request.
            request.workspace_id = match.route.workspace_of(request, principal.workspace_ids)
            if match.route.scope != ANY_TOKEN:
                principal.check(match.route.scope, request.workspace_id)
        response: Response = await match.route.handler(request)
        return response


def _refusal(error: ApiError, request: ApiRequest) -> Response:
    body = error_body(error) if is_items_path(request.raw_path) else error.body(request.request_id)
    return json_response(body, error.status, error.headers)
