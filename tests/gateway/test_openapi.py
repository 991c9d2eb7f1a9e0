"""The document is sound and says what the gateway does."""

from __future__ import annotations

import re

import httpx
import pytest

from gateway.app import routes
from gateway.context import Context
from gateway.contracts import rpcs
from gateway.openapi.document import document
from gateway.openapi.operations import path_of
from gateway.settings import GatewaySettings

BATCH_SILVER = "/api/workspace/{workspaceId}/catalogs/{catalogId}/batch/silver"
DOCUMENT = document()
OPERATIONS = [(path, verb, operation) for path, item in DOCUMENT["paths"].items() for verb, operation in item.items()]


def nodes(value):
    yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(member)


def resolved(reference):
    found = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_it_is_served_without_a_token(gateway):
    answer = httpx.get(f"{gateway.url}/openapi.json")
    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")
    assert answer.json() == DOCUMENT


def test_every_reference_resolves():
    references = [node["$ref"] for node in nodes(DOCUMENT) if isinstance(node, dict) and "$ref" in node]
    assert len(references) > 100
    assert all(resolved(reference) for reference in references)


def test_every_component_schema_is_used():
    text = str(DOCUMENT)
    assert [name for name in DOCUMENT["components"]["schemas"] if f"schemas/{name}'" not in text] == []


@pytest.mark.parametrize(("path", "verb", "operation"), OPERATIONS)
def test_path_parameters_are_declared(path, verb, operation):
    declared = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter.get("in") == "path"}
    assert declared == set(re.findall(r"\{(\w+)\}", path))


def test_every_route_is_documented_and_nothing_else():
    served = {(path_of(route.template), route.verb.lower()) for route in routes(Context(GatewaySettings()))}
    console = {("/", "get"), ("/console/{file}", "get")}  # pages, no part of the API
    assert {(path, verb) for path, verb, _ in OPERATIONS} == served - console
    assert console < served


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_every_operation_has_answers_a_summary_and_its_scope():
    for path, verb, operation in OPERATIONS:
        assert operation["summary"], (path, verb)
        assert any(status.startswith("2") for status in operation["responses"]), (path, verb)
        if path == "/api/me":
            assert operation["security"] == [{"bearer": []}]
        elif path.startswith("/api/"):
            assert operation["security"][0]["bearer"][0], (path, verb)
            assert {"400", "401", "403", "429"} <= set(operation["responses"]), (path, verb)


def test_scopes_are_those_of_the_contracts():
    scopes = {
        scope for _, _, operation in OPERATIONS for need in operation["security"] for scope in next(iter(need.values()))
    }
    assert scopes == {found.scope for found in rpcs().values() if found.bindings} | {"feed:read"}


def test_the_run_is_documented_as_it_answers():
    operation = DOCUMENT["paths"][BATCH_SILVER]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["scope"]
    assert body["properties"]["scope"]["enum"] == ["selection", "all"]
    assert body["additionalProperties"] is False
    whole = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(whole["properties"]) == ["results", "processed", "duration_ms"]
    assert set(operation["responses"]["200"]["content"]) == {
        "application/json",
        "application/x-ndjson",
        "text/event-stream",
    }
    assert {"202", "409"} <= set(operation["responses"])


def test_a_mail_can_be_asked_for():
    for stage in ("silver", "gold"):
        operation = DOCUMENT["paths"][BATCH_SILVER.replace("silver", stage)]["post"]
        asked = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["notify_email"]
        assert asked["type"] == "boolean" and "notificationEmails" in asked["description"]
    settings = DOCUMENT["components"]["schemas"]["PipelineSettings"]["properties"]["notificationEmails"]
    assert (settings["type"], settings["items"]) == ("array", {"type": "string"})


def test_comments_of_the_contracts_are_descriptions():
    result = DOCUMENT["components"]["schemas"]["ScoreResult"]["properties"]
    assert result["score"]["description"].startswith("0-100")


def test_nullable_fields_say_so():
    properties = DOCUMENT["components"]["schemas"]["Job"]["properties"]
    assert properties["startedAt"]["type"] == ["string", "null"]
    assert properties["error"]["anyOf"][1] == {"type": "null"}


def test_the_upload_is_documented():
    operation = DOCUMENT["paths"]["/api/workspace/{workspaceId}/catalog/products/import"]["post"]
    body = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert (body["required"], body["properties"]["format"]["enum"]) == (["file"], ["csv", "json"])
    assert "202" in operation["responses"]


def test_a_partial_body_may_leave_everything_out():
    operation = DOCUMENT["paths"]["/api/workspace/{workspaceId}/settings/pipeline"]["put"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert "required" not in schema
    assert schema["properties"]["silverMappings"]["type"] == ["array", "null"]
    assert schema["properties"]["duplicates"]["enum"] == ["off", "certain", "likely", None]
    assert "null is the default" in operation["requestBody"]["description"]
    assert "updateMask" not in str(operation)
    answer = DOCUMENT["components"]["schemas"]["PipelineSettings"]
    assert set(answer["required"]) == set(answer["properties"])
