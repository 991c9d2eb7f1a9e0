"""The operations of a job's results and events, which no contract has a route for."""

from __future__ import annotations

from typing import Any

from gateway.events import LAST_EVENT_ID
from gateway.frames import EVENT_STREAM, NDJSON
from gateway.jobresults import GET_JOB, RESULTS_OF
from gateway.openapi.operations import ALWAYS, COMMON_PARAMETERS, errors, path_of, path_parameters
from gateway.openapi.schemas import Schema, Schemas
from gateway.requests import JSON
from gateway.views import jobs

KINDS = "Import: rows with problems. Silver and gold: one result per product."
PAGES = (
    "Of a job that is queued or active a page tells what no later result can come before (of Silver: nothing, "
    "duplicates are its last step); then `has_more` is true and there is always a `cursor`, also beside an empty page: "
    "ask again with it, about once a second, until `has_more` is false. So none is missed or told twice."
)
ABOUT_EVENTS = (
    "`progress` ({processed, total, status}) at once and at least every 2 s; `result` for each single result as it "
    "becomes known, as GET …/results tells it and in its order; last exactly one of `summary` (the job's result) and "
    "`error` (code, message; also of a cancelled job). An answer without one of the two was cut, and says nothing of "
    "the job. Every event has an `id`; a request with the last one in `Last-Event-ID` goes on behind it, so that no "
    "result is missed or told twice. As JSON lines: one object each with `id` and one member named after the event; "
    "empty lines mean nothing. Whoever goes away stops nothing."
)
PROGRESS: Schema = {
    "type": "object",
    "properties": {
        "processed": {"type": "integer", "description": "Units (products, rows) done so far."},
        "total": {"type": "integer", "description": "Units in all; 0 while not yet counted."},
        "status": {"type": "string", "enum": ["queued", "active", "completed", "failed", "cancelled"]},
    },
    "required": ["processed", "total", "status"],
}


def job_operations(schemas: Schemas) -> dict[str, dict[str, Any]]:
    """By path."""
    return {
        path_of(jobs.TEMPLATE): {"get": _results(schemas)},
        path_of(jobs.EVENTS): {"get": _events(schemas)},
    }


def _results(schemas: Schemas) -> dict[str, Any]:
    replies = [schemas.answer(rpc.descriptor.output_type) for rpc in RESULTS_OF.values()]
    query = [
        {"name": field.json_name, "in": "query", "schema": schemas.parameter(field)}
        for field in RESULTS_OF["import"].descriptor.input_type.fields
        if field.name in ("page_size", "page_token")
    ]
    return {
        **_operation("listJobResults", "What a job says about single products or rows", f"{KINDS} {PAGES}"),
        "parameters": [*path_parameters(jobs.TEMPLATE), *query, *COMMON_PARAMETERS],
        "responses": {
            "200": {"description": "A page of results.", "content": {JSON: {"schema": {"anyOf": replies}}}},
            **errors(*ALWAYS, 404),
        },
    }


def _events(schemas: Schemas) -> dict[str, Any]:
    entries = [schemas.answer(rpc.descriptor.output_type.fields[0].message_type) for rpc in RESULTS_OF.values()]
    error = GET_JOB.descriptor.output_type.fields_by_name["job"].message_type.fields_by_name["error"].message_type
    events: dict[str, Schema] = {
        "progress": PROGRESS,
        "result": {"anyOf": entries},
        "summary": {"type": "object", "description": "The job's `result`."},
        "error": schemas.answer(error),
    }
    last: Schema = {
        "name": LAST_EVENT_ID,
        "in": "header",
        "schema": {"type": "string", "maxLength": 405},
        "description": "The `id` of an event of this job, behind which the answer goes on; default: all of them.",
    }
    results = {
        "name": jobs.RESULTS,
        "in": "query",
        "schema": {"type": "boolean", "default": True},
        "description": "Whether results are told; otherwise only how far the job is, and how it ends.",
    }
    return {
        **_operation("watchJobEvents", "What a job does, as it happens", ABOUT_EVENTS),
        "parameters": [*path_parameters(jobs.EVENTS), results, last, *COMMON_PARAMETERS],
        "responses": {
            "200": {
                "description": "Events until the job has ended.",
                "content": {
                    EVENT_STREAM: {"schema": {"type": "string"}},
                    NDJSON: {"schema": {"oneOf": [_line(name, schema) for name, schema in events.items()]}},
                },
            },
            "204": {"description": "`Last-Event-ID` is that of the last event: there is nothing more to come."},
            **errors(*ALWAYS, 404),
        },
    }


def _operation(name: str, summary: str, about: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["Job"],
        "summary": summary,
        "description": f"{about} Needs the scope `{GET_JOB.scope}`.",
        "security": [{"bearer": [GET_JOB.scope]}],
    }


def _line(name: str, schema: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"id": {"type": "string"}, name: schema},
        "required": ["id", name],
        "additionalProperties": False,
    }
