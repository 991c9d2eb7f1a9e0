"""POST /api/workspace/{workspaceId}/catalog/products/import: a multipart body, streamed into ImportProducts.

Fields: `file` (required), `format` (csv or json; told from the content without it), `notify_email` (true or false).
They may come in any order: what follows the file is known before the first message for files up to a piece (1 MiB).
For larger ones `start` is already on its way, so a later `format` is compared with how the content begins, and a later
`notify_email=true` is refused; nothing is imported then, because the commit is never sent.
"""

from __future__ import annotations

import hashlib
from typing import Any

import grpc
from assay.ingest.v1 import import_service_pb2
from starlette.responses import Response

from gateway import contracts
from gateway.context import Context
from gateway.errors import ApiError, of_rpc_error, validation_error
from gateway.jsonio import Violation, as_json
from gateway.multipart import Event, PartBegin, PartData, multipart_events
from gateway.requests import JSON, ApiRequest
from gateway.routes import Route
from gateway.runs import job_location
from gateway.transcode import json_response
from gateway.uploadstream import StreamEndedError

IMPORT = contracts.rpc("ingest.v1.ImportService.ImportProducts")
TEMPLATE = "/api/workspace/{workspace_id}/catalog/products/import"
PIECE_BYTES = 1024 * 1024
FIELD_BYTES = 1024
FORMATS = {"csv": import_service_pb2.IMPORT_FORMAT_CSV, "json": import_service_pb2.IMPORT_FORMAT_JSON}
BOOLEANS = {"true": True, "false": False}
# Byte order marks, white space and the zero bytes of UTF-16 before the first character that tells.
BEFORE_CONTENT = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"


def upload_routes(context: Context) -> list[Route]:
    """The import route."""

    async def handle(request: ApiRequest) -> Response:
        request.accepted([JSON])
        upload = _Upload(context, request, _catalog_id(request))
        try:
            async for event in multipart_events(request):
                await upload.take(event)
            reply = await upload.finish()
        except StreamEndedError:
            raise await upload.failure() from None
        except grpc.RpcError as error:
            raise of_rpc_error(error, request.request_id) from None
        finally:
            upload.abandon()
        request.log_fields.update(job_id=reply.job_id, bytes=upload.size)
        headers = {"location": job_location(request.parameters["workspace_id"], reply.job_id)}
        return json_response(as_json(reply), 202, headers)

    return [Route("POST", TEMPLATE, handle, IMPORT.scope)]


def _catalog_id(request: ApiRequest) -> str:
    catalog_id, violations = "", []
    for name, value in request.query():
        if name != "catalog_id":
            violations.append(Violation(name, "Unknown parameter."))
        elif catalog_id:
            violations.append(Violation(name, "Given more than once."))
        else:
            catalog_id = value
    if violations:
        raise validation_error(violations)
    return catalog_id


class _Upload:
    """The state of one upload: fields so far, the bytes not sent yet, the call once it has begun."""

    def __init__(self, context: Context, request: ApiRequest, catalog_id: str) -> None:
        self._context = context
        self._request = request
        self._catalog_id = catalog_id
        self._fields: dict[str, str] = {}
        self._part = ""
        self._text = b""
        self._file_name: str | None = None
        self._head = b""
        self._pending = bytearray()
        self._sha256 = hashlib.sha256()
        self._call: Any = None
        self.size = 0

    async def take(self, event: Event) -> None:
        """Takes the next event of the body; sends what makes up a piece, waiting for the service to take it."""
        if isinstance(event, PartBegin):
            self._begin(event)
        elif isinstance(event, PartData):
            if self._part == "file":
                await self._data(event.data)
            else:
                self._text += event.data
                if len(self._text) > FIELD_BYTES:
                    raise _refused(self._part, "Is too long.")
        elif self._part != "file":
            self._field(self._part, self._text.decode("utf-8", "replace").strip())

    def _begin(self, part: PartBegin) -> None:
        self._part, self._text = part.name, b""
        if part.name == "file":
            if self._file_name is not None:
                raise _refused("file", "Given more than once: send one file per request.")
            self._file_name = part.file_name
        elif part.name not in ("format", "notify_email"):
            raise _refused(part.name, "Unknown field.")
        elif part.name in self._fields:
            raise _refused(part.name, "Given more than once.")

    def _field(self, name: str, value: str) -> None:
        choices = FORMATS if name == "format" else BOOLEANS
        if value not in choices:
            raise _refused(name, f"Must be {' or '.join(choices)}.")
        if self._call is not None:
            self._check_late(name, value)
        self._fields[name] = value

    def _check_late(self, name: str, value: str) -> None:
        if name == "notify_email" and value == "true":
            raise _refused(name, "Must come before a file of this size.")
        if name == "format" and value != ("json" if self._head[:1] in (b"[", b"{") else "csv"):
            raise _refused(name, f"The file does not begin like {value}; send the format before the file.")

    async def _data(self, data: bytes) -> None:
        self._pending += data
        while len(self._pending) >= PIECE_BYTES:
            piece = bytes(self._pending[:PIECE_BYTES])
            del self._pending[:PIECE_BYTES]
            await self._send(piece)

    async def _send(self, piece: bytes) -> None:
        if self._call is None:
            await self._start()
        if not self._head:
            self._head = piece.lstrip(BEFORE_CONTENT)[:1]
        self._sha256.update(piece)
        self.size += len(piece)
        await self._call.write(import_service_pb2.ImportProductsRequest(data=piece))

    async def _start(self) -> None:
        seconds = self._request.seconds(stream=True)
        self._call = self._context.services.upload(IMPORT, self._request.metadata(), seconds)
        start = import_service_pb2.ImportStart(
            workspace_id=self._request.parameters["workspace_id"],
            catalog_id=self._catalog_id,
            format=FORMATS.get(self._fields.get("format", ""), import_service_pb2.IMPORT_FORMAT_UNSPECIFIED),
            file_name=(self._file_name or "")[:255],
            notify_email=BOOLEANS[self._fields.get("notify_email", "false")],
        )
        await self._call.write(import_service_pb2.ImportProductsRequest(start=start))

    async def finish(self) -> Any:
        """Commits; the service's reply."""
        if self._file_name is None:
            raise _refused("file", "Is required.")
        if self._pending or self._call is None:
            await self._send(bytes(self._pending))
        commit = import_service_pb2.ImportCommit(size=self.size, sha256=self._sha256.hexdigest())
        await self._call.write(import_service_pb2.ImportProductsRequest(commit=commit))
        return await self._call.finish()

    async def failure(self) -> ApiError:
        """The answer for an upload that the service ended before its end."""
        try:
            await self._call.finish()
        except grpc.RpcError as error:
            return of_rpc_error(error, self._request.request_id)
        return ApiError(502, "STREAM_CUT", "The service ended the upload early; nothing was imported.")

    def abandon(self) -> None:
        """Ends a call that was not committed: without the commit nothing is imported."""
        if self._call is not None:
            self._call.cancel()


def _refused(field: str, message: str) -> ApiError:
    return validation_error([Violation(field, message)])
