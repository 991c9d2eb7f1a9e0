"""Multipart bodies as a stream of events, never held whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from gateway.errors import ApiError, validation_error
from gateway.jsonio import Violation
from gateway.requests import ApiRequest, unsupported_media_type

MULTIPART = "multipart/form-data"


@dataclass
class PartBegin:
    """A part's headers are complete."""

    name: str
    file_name: str


@dataclass
class PartData:
    """The next bytes of the part that began last."""

    data: bytes


@dataclass
class PartEnd:
    """The part is complete."""


Event = PartBegin | PartData | PartEnd


@dataclass
class _Collector:
    """Turns the parser's callbacks into events."""

    events: list[Event] = field(default_factory=list)
    complete: bool = False
    _name: bytes = b""
    _value: bytes = b""
    _disposition: bytes = b""

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": lambda: self.events.append(PartEnd()),
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._disposition = self._name = self._value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise FormParserError("a part has no name")
        name = options[b"name"].decode("utf-8", "replace")
        self.events.append(PartBegin(name, options.get(b"filename", b"").decode("utf-8", "replace")))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self.events.append(PartData(data[start:end]))

    def _end(self) -> None:
        self.complete = True


async def multipart_events(request: ApiRequest) -> AsyncIterator[Event]:
    """The parts of the body as they arrive.

    415 for another media type or a content encoding; 400 VALIDATION_ERROR without a boundary or for a malformed body;
    400 UPLOAD_INCOMPLETE when the body ends before its closing boundary; 408 REQUEST_TIMEOUT when it rests for too long
    or is not whole within the request's deadline; CLIENT_CLOSED when the client leaves.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode("latin-1").lower() != MULTIPART:
        raise unsupported_media_type(f"Send {MULTIPART}.")
    request.refuse_encoded()
    if not options.get(b"boundary"):
        raise validation_error([Violation("", "The Content-Type header names no boundary.")])
    collector = _Collector()
    try:
        parser = MultipartParser(options[b"boundary"], collector.callbacks())
        async for piece in _pieces(request):
            parser.write(piece)
            for event in collector.events:
                yield event
            collector.events.clear()
    except FormParserError:
        raise validation_error([Violation("", "The multipart body is malformed.")]) from None
    except ClientDisconnect:
        raise ApiError(499, "CLIENT_CLOSED", "The client went away.") from None
    if not collector.complete:
        raise ApiError(400, "UPLOAD_INCOMPLETE", "The body ended before its closing boundary; nothing was imported.")


async def _pieces(request: ApiRequest) -> AsyncIterator[bytes]:
    """The body as it comes. Only waiting for the client counts as its rest, not waiting for a service to take it."""
    loop, stream = asyncio.get_running_loop(), request.http.stream()
    end = loop.time() + request.seconds(stream=True)
    while True:
        try:
            async with asyncio.timeout_at(min(end, loop.time() + request.settings.gateway_upload_pause_seconds)):
                piece = await anext(stream, None)
        except TimeoutError:
            raise ApiError(408, "REQUEST_TIMEOUT", "The body took too long to arrive; nothing was imported.") from None
        if piece is None:
            return
        if piece:
            yield piece
