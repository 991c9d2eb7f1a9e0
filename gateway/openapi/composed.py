"""Operations whose answers are more than a transcoded message, and routes that no contract has."""

from __future__ import annotations

from typing import Any

from gateway import contracts, uploads
from gateway.frames import EVENT_STREAM, NDJSON
from gateway.openapi.operations import ALWAYS, COMMON_PARAMETERS, RUN_ERRORS, WITH_BODY, errors, path_parameters
from gateway.openapi.schemas import Schema, Schemas
from gateway.requests import JSON
from gateway.views import me

RUNS = ("assay.silver.v1.SilverService.Normalize", "assay.gold.v1.GoldService.Score")
ENVELOPE = {"$ref": "#/components/schemas/ImportProductsResponse"}
LOCATION = {"location": {"description": "Where to poll the job.", "schema": {"type": "string"}}}


def widen_product(schemas: Schemas) -> None:
    """Adds to the schema of a product what the gateway composes (see gateway.views.products)."""
    product = schemas.components["Product"]
    score = contracts.rpc("gold.v1.GoldService.GetScore").descriptor.output_type.fields_by_name["score"]
    schemas.answer(score.message_type)
    product["properties"] |= {
        "optimizationScore": {
            "type": ["integer", "null"],
            "description": "0-100; null unless the product is normalised and scored as it is now.",
        },
        "gaps": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Gap"},
            "description": "Most points lost first; only beside a score.",
        },
        "feedReady": {
            "type": ["boolean", "null"],
            "description": "Whether Google would take it; null without a score of the product as it is now.",
        },
        "source": {
            "type": "object",
            "description": "The raw record; only in single products.",
            "properties": {
                "type": {"type": "string"},
                "fingerprint": {"type": "string"},
                "document": {"type": "object"},
                "createdAt": {"type": "string", "format": "date-time"},
                "updatedAt": {"type": "string", "format": "date-time"},
            },
        },
    }
    product["required"] += ["optimizationScore", "feedReady"]


def widen_run(operation: dict[str, Any], rpc: contracts.Rpc, schemas: Schemas) -> None:
    """Replaces the answer of a run's POST by the documented one, the stream of events and the envelope."""
    fields = rpc.descriptor.output_type.fields_by_name
    results, summary = fields["results"].message_type, fields["summary"].message_type
    whole = schemas.written(results)
    beside = schemas.written(summary)
    whole["properties"] |= beside["properties"]
    # Members of messages are absent only on error, and an answer with status 200 has a summary.
    whole["required"] = list(whole["properties"])
    whole.pop("description", None)
    events = {name: schemas.answer(fields[name].message_type) for name in ("started", "progress", "summary")}
    events["results"] = whole["properties"]["results"]
    events["error"] = {"$ref": "#/components/schemas/ErrorBody"}
    line = {"oneOf": [_only_member(name, schema) for name, schema in events.items()]}
    operation["parameters"].append({"$ref": "#/components/parameters/prefer"})
    operation["responses"] |= {
        "200": {
            "description": "All results, or a stream of events that ends with `summary` or `error`; one that does not "
            "was cut, the job goes on. As server-sent events: `started` (jobId, total), then what "
            "`GET /api/workspace/{workspaceId}/jobs/{jobId}/events` tells, where it can be read on.",
            "content": {
                JSON: {"schema": whole},
                NDJSON: {"schema": line},
                EVENT_STREAM: {"schema": {"type": "string"}},
            },
        },
        "202": {
            "description": "The run goes on: more products than are answered inline, or `Prefer: respond-async`.",
            "headers": LOCATION,
            "content": {JSON: {"schema": ENVELOPE}},
        },
        **errors(*RUN_ERRORS),
    }


def upload_operation(schemas: Schemas) -> dict[str, Any]:
    """The multipart import."""
    reply = schemas.answer(uploads.IMPORT.descriptor.output_type)
    body: Schema = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "CSV or JSON file with products."},
            "format": {"type": "string", "enum": list(uploads.FORMATS), "description": "Default: told by the content."},
            "notify_email": {
                "type": "boolean",
                "default": False,
                "description": "Whether to send an e-mail when the job has completed or failed. Must come before a "
                "file of more than 1 MiB.",
            },
        },
        "required": ["file"],
        "additionalProperties": False,
    }
    return {
        "operationId": "importProducts",
        "tags": ["Import"],
        "summary": "Imports a file of products",
        "description": f"Enqueues the import; poll the job. Needs the scope `{uploads.IMPORT.scope}`.",
        "security": [{"bearer": [uploads.IMPORT.scope]}],
        "parameters": [
            *path_parameters(uploads.TEMPLATE),
            {
                "name": "catalog_id",
                "in": "query",
                "schema": {"type": "string"},
                "description": "Default: the workspace's default catalog.",
            },
            *COMMON_PARAMETERS,
        ],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}},
        "responses": {
            "202": {"description": "Enqueued.", "headers": LOCATION, "content": {JSON: {"schema": reply}}},
            **errors(*ALWAYS, *WITH_BODY, 404, 409, 502),
        },
    }


def public_operations() -> dict[str, dict[str, Any]]:
    """What needs no token."""
    down: Schema = {
        "type": "object",
        "properties": {
            "status": {"type": "string", "enum": ["ready", "not_ready"]},
            "down": {"type": "array", "items": {"type": "string"}, "description": "Services that do not serve."},
        },
    }
    return {
        "/healthz": _public("live", "Whether the process lives", {"200": "It does."}, {"type": "object"}),
        "/readyz": _public("ready", "Whether every service serves", {"200": "All do.", "503": "Not all do."}, down),
        "/openapi.json": _public("openapi", "This document", {"200": "OpenAPI 3.1."}, {"type": "object"}),
    }


def own_operations() -> dict[str, dict[str, Any]]:
    """What needs a token, whatever it may do."""
    texts = {"type": "array", "items": {"type": "string"}}
    told: Schema = {
        "type": "object",
        "properties": {
            "subject": {"type": "string", "description": "A stable name of the caller."},
            "tier": {"type": "string", "enum": ["unspecified", "free", "pro", "business", "enterprise"]},
            "workspaces": texts | {"description": "Ids of those it may be used in."},
            "scopes": texts | {"description": "What it may do there."},
        },
        "required": ["subject", "tier", "workspaces", "scopes"],
    }
    return {
        me.TEMPLATE: {
            "get": {
                "operationId": "me",
                "tags": ["Service"],
                "summary": "What the token may do",
                "security": [{"bearer": []}],
                "parameters": [*COMMON_PARAMETERS],
                "responses": {
                    "200": {"description": "Whose token it is.", "content": {JSON: {"schema": told}}},
                    **errors(401, 406, 429, 500, 503, 504),
                },
            }
        }
    }


def _public(name: str, summary: str, answers: dict[str, str], schema: Schema) -> dict[str, Any]:
    responses = {
        status: {"description": text, "content": {JSON: {"schema": schema}}} for status, text in answers.items()
    }
    return {
        "get": {"operationId": name, "tags": ["Service"], "summary": summary, "security": [], "responses": responses}
    }


def _only_member(name: str, schema: Schema) -> Schema:
    return {"type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": False}


def error_schemas() -> dict[str, Schema]:
    """The error body."""
    detail: Schema = {
        "type": "object",
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
        "required": ["field", "message"],
    }
    body: Schema = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "description": "A stable reason in upper case."},
            "message": {"type": "string"},
            "details": {"type": "array", "items": detail},
            "request_id": {"type": "string"},
        },
        "required": ["code", "message", "request_id"],
    }
    return {"ErrorBody": body, "Error": {**_only_member("error", {"$ref": "#/components/schemas/ErrorBody"})}}
