"""What the document says of the batch Items API alone: its errors and their numbers."""

from __future__ import annotations

from typing import Any

from assay.ingest.v1 import items_error_pb2

from gateway.itemsapi import CATEGORIES
from gateway.openapi.comments import comments
from gateway.openapi.schemas import Schema

WRAPPED_BODY = "May also stand in an object of its own, as its only member `{}`."
ABOUT = """The batch Items API (the addresses outside /api/) answers all successes with 200, and has errors of its own:
`{"code": <number>, "message": "<CATEGORY: text>", "details": [{"field", "message"}]}`. A category without a number of
its own has that of INTERNAL (status 500 and above) or of VALIDATION_ERROR.

"""
ERRORS = {
    400: "Tenant or environment is missing (3), something that was sent is wrong, or a limit is reached.",
    401: "No token, or one that is unknown, revoked or expired (UNAUTHORIZED).",
    403: "The token lacks the scope, or is of another tenant (INSUFFICIENT_PERMISSIONS).",
    404: "It does not exist, or not in this environment (BATCH_NOT_FOUND, CATALOG_NOT_FOUND, …).",
    406: "None of the media types in Accept is offered (NOT_ACCEPTABLE).",
    408: "The body took too long to arrive (REQUEST_TIMEOUT).",
    409: "It clashes with what is there or running (CATALOG_ALREADY_ACTIVE, JOB_ALREADY_RUNNING, …).",
    410: "The batch has expired (BATCH_EXPIRED).",
    413: "The body is larger, or has more items, than the limit (PAYLOAD_TOO_LARGE, TOO_MANY_ITEMS, …).",
    415: "The body has another media type, or a content encoding (UNSUPPORTED_MEDIA_TYPE).",
    429: "Too many requests (RATE_LIMIT_EXCEEDED); wait for Retry-After seconds.",
    500: "Something of ours broke (INTERNAL); quote the request id.",
    503: "A service does not answer (UPSTREAM_UNAVAILABLE); try again later.",
    504: "The deadline passed (DEADLINE_EXCEEDED).",
}


def about() -> str:
    """The paragraph of the document's description, with the table of all numbers."""
    return ABOUT + registry()


def registry() -> str:
    """Number, category and meaning of every error, as a table."""
    enum = items_error_pb2.ItemsErrorCode.DESCRIPTOR
    meanings = {value.number: comments().get(f"{enum.full_name}.{value.name}", "") for value in enum.values}
    rows = [f"| {number} | {category} | {meanings[number]} |" for category, number in CATEGORIES.items()]
    return "\n".join(["| code | category | meaning |", "|---|---|---|", *rows])


def errors(*statuses: int) -> dict[str, Any]:
    """References to the error answers."""
    return {str(status): {"$ref": f"#/components/responses/ItemsError{status}"} for status in sorted(statuses)}


def error_schemas() -> dict[str, Schema]:
    """The error body."""
    detail: Schema = {
        "type": "object",
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
        "required": ["field", "message"],
    }
    code: Schema = {"type": "integer", "enum": sorted(CATEGORIES.values()), "description": registry()}
    body: Schema = {
        "type": "object",
        "properties": {
            "code": code,
            "message": {"type": "string", "description": "Category and text; of code 3 the text alone."},
            "details": {"type": "array", "items": detail},
        },
        "required": ["code", "message", "details"],
        "additionalProperties": False,
    }
    return {"ItemsError": body}
