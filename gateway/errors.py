"""Errors as the REST API shows them, and the one table from gRPC codes to HTTP (that of grpc-gateway).

Body: `{"error": {"code", "message", "details": [{"field", "message"}], "request_id"}}`, where `code` is the reason a
service gave in its ErrorInfo, and its metadata are details too. A status
without a reason of ours is not meant for clients: its text stays here.

Reasons of the gateway itself: VALIDATION_ERROR, UNAUTHORIZED, INSUFFICIENT_PERMISSIONS, NOT_FOUND,
METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE, UPLOAD_INCOMPLETE,
RATE_LIMIT_EXCEEDED, CLIENT_CLOSED, INTERNAL, NOT_IMPLEMENTED, STREAM_CUT, UPSTREAM_UNAVAILABLE, DEADLINE_EXCEEDED,
TENANT_ENVIRONMENT_REQUIRED, TOO_MANY_ITEMS. The batch Items API has a body of its own (gateway.itemsapi).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from gateway.jsonio import Violation
from gateway.log import logger

ERROR_DOMAIN = "assay"
CLIENT_CLOSED_REQUEST = 499

HTTP_STATUS: Mapping[grpc.StatusCode, int] = {
    grpc.StatusCode.CANCELLED: CLIENT_CLOSED_REQUEST,
    grpc.StatusCode.UNKNOWN: 500,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.INTERNAL: 500,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DATA_LOSS: 500,
}
# Reasons whose HTTP status says more than their code does.
STATUS_OF_REASON: Mapping[str, int] = {
    **dict.fromkeys(("UPLOAD_TOO_LARGE", "TOO_MANY_ITEMS", "CATEGORY_TREE_TOO_LARGE"), 413),
    "BATCH_EXPIRED": 410,
    **dict.fromkeys(("ITEM_SCHEMA_DELETION_USE", "CATEGORY_TREE_DELETION_USE"), 409),
    **dict.fromkeys(("CATALOG_ALREADY_ACTIVE", "CATALOG_DELETION_ACTIVE"), 409),
}
# What a status without a reason becomes. RESOURCE_EXHAUSTED of gRPC itself means a full queue, not the caller's quota.
UNREASONED: Mapping[grpc.StatusCode, tuple[int, str, str]] = {
    grpc.StatusCode.UNAUTHENTICATED: (401, "UNAUTHORIZED", "Invalid or expired token."),
    # Of a service that is being stopped and had not begun with the call: who leaves himself is not answered.
    grpc.StatusCode.CANCELLED: (503, "UPSTREAM_UNAVAILABLE", "A service is being stopped; try again later."),
    grpc.StatusCode.UNIMPLEMENTED: (501, "NOT_IMPLEMENTED", "The service does not offer this call."),
    grpc.StatusCode.UNAVAILABLE: (503, "UPSTREAM_UNAVAILABLE", "A service is not available; try again later."),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (503, "UPSTREAM_UNAVAILABLE", "A service is overloaded; try again later."),
    grpc.StatusCode.DEADLINE_EXCEEDED: (504, "DEADLINE_EXCEEDED", "The deadline passed before the work was done."),
}
RETRY_SECONDS = "1"


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = list(details)
        self.headers = dict(headers or {})
        if status == HTTPStatus.UNAUTHORIZED:
            self.headers["www-authenticate"] = "Bearer"

    def body(self, request_id: str) -> dict[str, Any]:
        """The documented object."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = [detail._asdict() for detail in self.details]
        error["request_id"] = request_id
        return {"error": error}


def validation_error(violations: Sequence[Violation]) -> ApiError:
    """400 with every field at fault."""
    first = violations[0]
    text = f"{first.field}: {first.message}" if first.field else first.message
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return ApiError(400, "VALIDATION_ERROR", text + more, violations)


def unauthorized(message: str = "Missing bearer token.") -> ApiError:
    """401."""
    return ApiError(401, "UNAUTHORIZED", message)


def insufficient_permissions(message: str, details: Sequence[Violation] = ()) -> ApiError:
    """403."""
    return ApiError(403, "INSUFFICIENT_PERMISSIONS", message, details)


def unavailable(message: str) -> ApiError:
    """503, worth trying again."""
    return ApiError(503, "UPSTREAM_UNAVAILABLE", message, headers={"retry-after": RETRY_SECONDS})


def internal_error(request_id: str) -> ApiError:
    """500: the text says only where to look."""
    return ApiError(500, "INTERNAL", f"Internal error; quote request id {request_id}.")


def of_rpc_error(error: Any, request_id: str) -> ApiError:
    """The answer for a failed call, of grpc.aio or of the threaded client."""
    code = error.code()
    status = _status_of(error)
    info = _detail(status, error_details_pb2.ErrorInfo)
    if info is None or info.domain != ERROR_DOMAIN:
        # Not meant for clients, but without it nobody could tell why a service was out of reach.
        logger().warning("call failed", code=code.name, reason=error.details(), request_id=request_id)
        if code not in UNREASONED:
            return internal_error(request_id)
        http, reason, text = UNREASONED[code]
        return unavailable(text) if http == HTTPStatus.SERVICE_UNAVAILABLE else ApiError(http, reason, text)
    bad = _detail(status, error_details_pb2.BadRequest)
    details = [Violation(entry.field, entry.description) for entry in bad.field_violations] if bad else []
    details += [
        Violation(_camel_case(key), value) for key, value in sorted(info.metadata.items()) if key != "request_id"
    ]
    http = STATUS_OF_REASON.get(info.reason, HTTP_STATUS.get(code, 500))
    # The services' own limits are per second.
    later = http in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
    headers = {"retry-after": RETRY_SECONDS} if later else None
    return ApiError(http, info.reason, str(status.message), details, headers)


def _status_of(error: Any) -> Any:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    return status_pb2.Status()


def _detail(status: Any, kind: Any) -> Any:
    for packed in status.details:
        detail = kind()
        if packed.Is(detail.DESCRIPTOR) and packed.Unpack(detail):
            return detail
    return None


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
