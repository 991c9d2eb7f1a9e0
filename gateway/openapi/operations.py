"""One operation per route of the contracts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.contracts import Binding, Rpc
from gateway.itemsapi import needed_parameters
from gateway.openapi import items
from gateway.openapi.comments import comments, summary_of
from gateway.openapi.schemas import Schema, Schemas
from gateway.requests import JSON
from gateway.routes import VARIABLE
from gateway.transcode import UPDATE_MASK, WHOLE_BODY, is_partial, success_status

ERRORS = {
    400: "A field, parameter or body is wrong: every one at fault is in `details` (VALIDATION_ERROR).",
    401: "No token, or one that is unknown, revoked or expired (UNAUTHORIZED).",
    403: "The token lacks the scope, or belongs to another workspace (INSUFFICIENT_PERMISSIONS).",
    404: "It does not exist, or not in this workspace (CATALOG_NOT_FOUND, JOB_NOT_FOUND, …).",
    406: "None of the media types in Accept is offered (NOT_ACCEPTABLE).",
    408: "The body took too long to arrive (REQUEST_TIMEOUT).",
    409: "It clashes with what is there or running (JOB_ALREADY_RUNNING with the running job in `details`, …).",
    413: "The body is larger than the limit (PAYLOAD_TOO_LARGE, UPLOAD_TOO_LARGE).",
    415: "The body has another media type, or a content encoding (UNSUPPORTED_MEDIA_TYPE).",
    429: "Too many requests in a minute (RATE_LIMIT_EXCEEDED); wait for Retry-After seconds.",
    500: "Something of ours broke (INTERNAL); quote the request id.",
    502: "A service ended a stream early (STREAM_CUT).",
    503: "A service does not answer (UPSTREAM_UNAVAILABLE); try again later.",
    504: "The deadline passed (DEADLINE_EXCEEDED).",
}
ALWAYS = (400, 401, 403, 406, 429, 500, 503, 504)
WITH_BODY = (408, 413, 415)
RUN_ERRORS = (404, 409, 502)
COMMON_PARAMETERS = [{"$ref": "#/components/parameters/requestId"}, {"$ref": "#/components/parameters/timeout"}]
PARTIAL_BODY = "What to change. What is absent stays as it is; null is the default again."
WORKSPACE_PATTERN = "^ws_[a-z0-9]+$"


def path_of(template: str) -> str:
    """The template as OpenAPI writes it."""
    return VARIABLE.sub(lambda match: f"{{{camel_case(match[1])}}}", template)


def operation(rpc: Rpc, binding: Binding, schemas: Schemas) -> dict[str, Any]:
    """The operation of one rule of a method."""
    comment = comments().get(rpc.name, "")
    made: dict[str, Any] = {
        "operationId": camel_case(_snake_case(rpc.descriptor.name)),
        "tags": [rpc.descriptor.containing_service.name.removesuffix("Service")],
        "summary": summary_of(comment) or _snake_case(rpc.descriptor.name).replace("_", " ").capitalize(),
        "description": f"{comment} Needs the scope `{rpc.scope}`.".strip(),
        "security": [{"bearer": [rpc.scope]}],
        "parameters": [
            *path_parameters(binding.template, _kinds(rpc, schemas)),
            *_query_parameters(rpc, binding, schemas),
        ],
        "responses": {
            str(success_status(rpc, binding)): _success(rpc, binding, schemas),
            **_errors(binding),
        },
    }
    made["parameters"] += COMMON_PARAMETERS
    if binding.body:
        schema = _body(rpc, binding, schemas)
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
        if binding.is_items and schema["type"] == "object":
            made["requestBody"]["description"] = items.WRAPPED_BODY.format(camel_case(binding.body))
        if is_partial(rpc, binding):
            made["requestBody"]["description"] = PARTIAL_BODY
    return made


def path_parameters(template: str, kinds: Mapping[str, Schema] = MappingProxyType({})) -> list[dict[str, Any]]:
    """The parameters of a path: text, unless their schemas are given."""
    found = []
    for match in VARIABLE.finditer(template):
        schema: Schema = {**kinds.get(match[1], {"type": "string"})}
        if match[1] == "workspace_id":
            schema["pattern"] = WORKSPACE_PATTERN
        parameter = {"name": camel_case(match[1]), "in": "path", "required": True, "schema": schema}
        if match[2]:
            parameter["description"] = "Percent-encoded; slashes may also stand as they are."
        found.append(parameter)
    return found


def errors(*statuses: int) -> dict[str, Any]:
    """References to the error answers."""
    return {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in sorted(statuses)}


def _errors(binding: Binding) -> dict[str, Any]:
    statuses = [*ALWAYS, 404, *(WITH_BODY if binding.body else ())]
    if binding.verb != "GET":
        statuses += [409, 410] if binding.is_items else [409]
    return items.errors(*statuses) if binding.is_items else errors(*statuses)


def camel_case(name: str) -> str:
    """workspace_id → workspaceId."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _in_path(binding: Binding) -> set[str]:
    return {match[1] for match in VARIABLE.finditer(binding.template)}


def _kinds(rpc: Rpc, schemas: Schemas) -> dict[str, Schema]:
    fields = rpc.descriptor.input_type.fields_by_name
    return {name: schemas.parameter(fields[name]) for binding in rpc.bindings for name in _in_path(binding)}


def _query_parameters(rpc: Rpc, binding: Binding, schemas: Schemas) -> list[dict[str, Any]]:
    if binding.body == WHOLE_BODY:
        return []
    found = []
    needed = needed_parameters(rpc) if binding.is_items else ()
    elsewhere = {*_in_path(binding), binding.body, *([UPDATE_MASK] if is_partial(rpc, binding) else ())}
    for field in rpc.descriptor.input_type.fields:
        if field.name in elsewhere:
            continue
        parameter = {"name": field.json_name, "in": "query", "schema": schemas.parameter(field)}
        if field.json_name in needed:
            parameter["required"] = True
        comment = comments().get(field.full_name)
        found.append({**parameter, "description": comment} if comment else parameter)
    return found


def _body(rpc: Rpc, binding: Binding, schemas: Schemas) -> Schema:
    message = rpc.descriptor.input_type
    if binding.body == WHOLE_BODY:
        return schemas.request(message, _in_path(binding))
    field = message.fields_by_name[binding.body]
    if field.is_repeated:
        return schemas.parameter(field)
    return schemas.request(field.message_type, (), partial=is_partial(rpc, binding))


def _success(rpc: Rpc, binding: Binding, schemas: Schemas) -> dict[str, Any]:
    if success_status(rpc, binding) == 204 or rpc.descriptor.server_streaming:
        return {"description": "Done."}
    message = rpc.descriptor.output_type
    schema = schemas.member(message, binding.response_body) if binding.response_body else schemas.answer(message)
    return {"description": "Done.", "content": {JSON: {"schema": schema}}}
