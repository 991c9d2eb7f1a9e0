"""One HTTP request as handlers see it: identity, deadlines, body with limits, what the client accepts."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from gateway.channels import Metadata
from gateway.errors import ApiError, validation_error
from gateway.jsonio import MalformedJsonError, Violation, parse_json
from gateway.settings import GatewaySettings

JSON = "application/json"
API_KEY = "x-api-key"
REQUEST_ID = "x-request-id"
TIMEOUT = "x-timeout-seconds"
REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}\Z")
TRACEPARENT_FORM = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z")
MAX_PARAMETERS = 1000


class ApiRequest:
    """Wraps Starlette's request with what every handler needs. `parameters` are those of the path, decoded."""

    def __init__(self, request: Request, settings: GatewaySettings, request_id: str) -> None:
        self.http = request
        self.settings = settings
        self.request_id = request_id
        self.parameters: Mapping[str, str] = {}
        # As the route finds it: in the path, in the query, or of the token.
        self.workspace_id = ""
        # Who calls: of a route that needs a token.
        self.principal: Any = None
        # Headers that the answer gets whatever it is (rate limits).
        self.answer_headers: dict[str, str] = {}
        self.log_fields: dict[str, object] = {}

    @property
    def headers(self) -> Headers:
        """Those of the request."""
        return self.http.headers

    @property
    def raw_path(self) -> str:
        """The path as it was sent: an encoded slash is not a separator."""
        path: bytes = self.http.scope["raw_path"]
        return path.decode("latin-1")

    @property
    def token(self) -> str:
        """The bearer token, or what `X-API-Key` says where there is none; empty without either."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = "" if scheme else self.headers.get(API_KEY, "")
        token = token.strip()
        return token if token.isascii() and token.isprintable() else ""

    def metadata(self, token: str | None = None) -> Metadata:
        """What goes on to the services: an allow list of headers. `token` replaces the caller's."""
        pairs = [("authorization", f"Bearer {self.token if token is None else token}"), (REQUEST_ID, self.request_id)]
        traceparent = self.headers.get("traceparent", "")
        if TRACEPARENT_FORM.match(traceparent):
            pairs.append(("traceparent", traceparent))
        return tuple(pairs)

    def seconds(self, *, stream: bool = False) -> float:
        """The deadline: what `x-timeout-seconds` asks for up to the maximum, else the default."""
        settings = self.settings
        ceiling = settings.gateway_stream_seconds if stream else settings.gateway_unary_max_seconds
        default = ceiling if stream else min(settings.gateway_unary_seconds, ceiling)
        text = self.headers.get(TIMEOUT)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) or float(text) <= 0:
            raise validation_error([Violation(TIMEOUT, "Must be a positive number of seconds.")])
        return min(float(text), ceiling)

    def query(self) -> list[tuple[str, str]]:
        """Query parameters in order."""
        raw = self.http.scope["query_string"]
        try:
            return parse_qsl(
                raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
            )
        except ValueError:
            raise validation_error([Violation("", "The query string cannot be read.")]) from None

    async def body(self) -> bytes:
        """The whole body. 413 PAYLOAD_TOO_LARGE above the limit, 408 REQUEST_TIMEOUT when it comes too slowly."""
        limit = self.settings.gateway_body_bytes
        announced = self.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        pieces, size = [], 0
        try:
            async with asyncio.timeout(self.settings.gateway_unary_max_seconds):
                async for piece in self.http.stream():
                    size += len(piece)
                    if size > limit:
                        raise _too_large(limit)
                    pieces.append(piece)
        except TimeoutError:
            raise ApiError(408, "REQUEST_TIMEOUT", "The body took too long to arrive.") from None
        except ClientDisconnect:
            raise ApiError(499, "CLIENT_CLOSED", "The client went away.") from None
        return b"".join(pieces)

    async def json(self) -> tuple[Any, list[Violation]]:
        """The JSON body and its repeated keys; an empty body is None.

        415 for another media type or a content encoding, 400 for malformed.
        """
        data = await self.body()
        if not data:
            return None, []
        kind, charset = media_type(self.headers.get("content-type", ""))
        if kind != JSON or charset not in ("", "utf-8", "utf8"):
            raise unsupported_media_type(f"Send {JSON}.")
        self.refuse_encoded()
        try:
            return parse_json(data, self.settings.gateway_json_depth)
        except MalformedJsonError as error:
            raise validation_error([Violation("", str(error))]) from None

    def refuse_encoded(self) -> None:
        """415 for a body with a content encoding: what is small when sent could be of any size when unpacked."""
        codings = [
            coding.strip().lower() for line in self.headers.getlist("content-encoding") for coding in line.split(",")
        ]
        if any(coding not in ("", "identity") for coding in codings):
            # RFC 9110, 12.5.3: the answer says which codings would do.
            raise unsupported_media_type(
                "Send the body without a content encoding: only identity is read.", {"accept-encoding": "identity"}
            )

    def accepted(self, offered: Sequence[str]) -> str:
        """The best of the offered media types for the client. 406 NOT_ACCEPTABLE when none fits."""
        header = self.headers.get("accept", "").strip()
        if not header:
            return offered[0]
        ranges = [_range(text) for text in header.split(",") if text.strip()]
        weighted = [(_weight(kind, ranges), -place, kind) for place, kind in enumerate(offered)]
        weight, _, best = max(weighted)
        if weight <= 0:
            raise ApiError(406, "NOT_ACCEPTABLE", f"Offered here: {', '.join(offered)}.")
        return best


def request_id_of(headers: Headers) -> str:
    """The client's id when it has a decent form, else a new one."""
    given = headers.get(REQUEST_ID, "")
    return given if REQUEST_ID_FORM.match(given) else f"req_{uuid.uuid4().hex}"


def media_type(header: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, in lower case."""
    kind, *parameters = header.lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            return kind.strip(), value.strip().strip('"')
    return kind.strip(), ""


def unsupported_media_type(message: str, headers: Mapping[str, str] | None = None) -> ApiError:
    """415."""
    return ApiError(415, "UNSUPPORTED_MEDIA_TYPE", message, headers=headers)


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "PAYLOAD_TOO_LARGE", f"The body is larger than {limit} bytes.")


def _range(text: str) -> tuple[str, float]:
    kind, *parameters = text.lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return kind.strip(), float(value)
            except ValueError:
                return kind.strip(), 0.0
    return kind.strip(), 1.0


def _weight(kind: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that fits (RFC 9110, 12.5.1)."""
    for pattern in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        for name, weight in ranges:
            if name == pattern:
                return weight
    return 0.0
