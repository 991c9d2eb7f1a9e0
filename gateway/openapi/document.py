"""The document as a whole."""

from __future__ import annotations

from typing import Any

from gateway import uploads
from gateway.contracts import rpcs
from gateway.openapi import items
from gateway.openapi.composed import (
    RUNS,
    error_schemas,
    own_operations,
    public_operations,
    upload_operation,
    widen_product,
    widen_run,
)
from gateway.openapi.feeds import feed_operations
from gateway.openapi.jobs import job_operations
from gateway.openapi.operations import ERRORS, operation, path_of
from gateway.openapi.schemas import Schemas
from gateway.requests import JSON, REQUEST_ID, TIMEOUT
from gateway.views import products

DESCRIPTION = """Takes raw product catalogs, normalises them (Silver), scores them (Gold) and says what to fix first.

Errors are `{"error": {"code", "message", "details", "request_id"}}`. Unknown fields and parameters are refused.
Answers to keys with a limit carry X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset (Unix time)."""


def document() -> dict[str, Any]:
    """OpenAPI 3.1, from the descriptors and the hand-written routes."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for rpc in rpcs().values():
        for number, binding in enumerate(rpc.bindings):
            made = operation(rpc, binding, schemas)
            if number:
                made["operationId"] += str(number + 1)
            if rpc.name in RUNS:
                widen_run(made, rpc, schemas)
            if rpc.descriptor.output_type.name in WRITES_ANSWERED_AS_PRODUCT:
                _answer_product(made)
            paths.setdefault(path_of(binding.template), {})[binding.verb.lower()] = made
    paths.setdefault(path_of(uploads.TEMPLATE), {})["post"] = upload_operation(schemas)
    paths |= job_operations(schemas) | feed_operations(schemas) | own_operations()
    schemas.answer(products.GET_PRODUCT.descriptor.output_type.fields_by_name["product"].message_type)
    widen_product(schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Assay", "version": "1.0.0", "description": f"{DESCRIPTION}\n\n{items.about()}"},
        "servers": [{"url": "/"}],
        "paths": {**dict(sorted(paths.items())), **public_operations()},
        "components": {
            "schemas": {**dict(sorted(schemas.components.items())), **error_schemas(), **items.error_schemas()},
            "parameters": _parameters(),
            "responses": {
                **{f"Error{status}": _error(status, text, "Error") for status, text in ERRORS.items()},
                **{f"ItemsError{status}": _error(status, text, "ItemsError") for status, text in items.ERRORS.items()},
            },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (sk_live_…) or a JSON Web Token; the list names the scope it needs.",
                },
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "The same, for clients that cannot send Authorization; taken at every address.",
                },
            },
        },
    }


# These are transcoded from ingest's answer but shown as GET shows the product.
WRITES_ANSWERED_AS_PRODUCT = ("CreateProductResponse", "ReplaceProductResponse", "UpdateProductResponse")


def _answer_product(made: dict[str, Any]) -> None:
    for status in ("200", "201"):
        if status in made["responses"]:
            made["responses"][status]["content"][JSON]["schema"] = {"$ref": "#/components/schemas/Product"}


def _error(status: int, text: str, schema: str) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": text,
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    if status in (429, 503):
        answer["headers"] = {"retry-after": {"description": "Seconds.", "schema": {"type": "integer"}}}
    if status == 401:
        answer["headers"] = {"www-authenticate": {"schema": {"type": "string", "const": "Bearer"}}}
    return answer


def _parameters() -> dict[str, Any]:
    return {
        "requestId": {
            "name": REQUEST_ID,
            "in": "header",
            "schema": {"type": "string", "maxLength": 128},
            "description": "Your id for this request; the answer repeats it, or carries one of ours.",
        },
        "timeout": {
            "name": TIMEOUT,
            "in": "header",
            "schema": {"type": "number", "exclusiveMinimum": 0},
            "description": "Deadline of the call in seconds, up to the server's maximum.",
        },
        "prefer": {
            "name": "prefer",
            "in": "header",
            "schema": {"type": "string"},
            "description": "`respond-async`: answer 202 as soon as the run is accepted.",
        },
    }
