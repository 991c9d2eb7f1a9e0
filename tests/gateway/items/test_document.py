"""What the OpenAPI document says of the batch Items API."""

from __future__ import annotations

import pytest
from assay.ingest.v1 import items_error_pb2

from gateway.contracts import rpcs
from gateway.openapi.document import document
from gateway.openapi.operations import path_of

DOCUMENT = document()
JSON = "application/json"
BINDINGS = [binding for rpc in rpcs().values() for binding in rpc.bindings if binding.is_items]
NUMBERS = [value.number for value in items_error_pb2.ItemsErrorCode.DESCRIPTOR.values if value.number]


def operation(verb, path):
    return DOCUMENT["paths"][path][verb]


def answer(verb, path):
    return operation(verb, path)["responses"]["200"]["content"][JSON]["schema"]


def body(verb, path):
    return operation(verb, path)["requestBody"]["content"][JSON]["schema"]


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: f"{binding.verb} {binding.template}")
def test_every_call_succeeds_with_200_and_fails_in_its_own_form(binding):
    found = operation(binding.verb.lower(), path_of(binding.template))
    refusals = {status: said["$ref"] for status, said in found["responses"].items() if status != "200"}
    assert refusals == {status: f"#/components/responses/ItemsError{status}" for status in refusals}
    assert {"400", "401", "403", "404", "429", "503"} <= set(refusals)
    needed = {parameter["name"] for parameter in found["parameters"] if parameter.get("in") == "query"} & {
        parameter["name"] for parameter in found["parameters"] if parameter.get("required")
    }
    lists = (binding.verb, binding.template) == ("GET", "/batch-imports/ingestions")
    assert needed == ({"tenant"} if lists else {"tenant", "environment"})


def test_bodies_and_answers_may_be_arrays_and_numbers():
    assert body("post", "/batch-imports/items")["type"] == "array"
    attributes = body("post", "/batch-imports/items")["items"]["properties"]["attributes"]
    assert attributes["type"] == ["object", "null"]
    assert answer("post", "/batch-imports/items")["items"] == {"$ref": "#/components/schemas/ItemResult"}
    assert answer("post", "/catalogs") == {"type": "integer", "format": "int32"}
    assert answer("get", "/catalogs")["items"] == {"$ref": "#/components/schemas/CatalogVersion"}


def test_parameters_of_the_path_have_their_types():
    (version,) = [
        parameter
        for parameter in operation("delete", "/catalogs/{version}")["parameters"]
        if parameter.get("required") and parameter["in"] == "path"
    ]
    assert version["schema"]["type"] == "integer"


def test_a_body_may_stand_under_its_name():
    assert "`itemSchema`" in operation("post", "/item-schemas")["requestBody"]["description"]
    assert "description" not in operation("post", "/items")["requestBody"]
    configuration = body("post", "/batch-imports/ingestions")
    assert configuration["required"] == ["catalogVersion"]
    assert configuration["properties"]["catalogVersion"]["type"] == ["string", "integer"]
    assert configuration["properties"]["batchImportId"]["type"] == ["string", "integer", "null"]


def test_what_holds_itself_is_described_once():
    nested = {"$ref": "#/components/schemas/ItemSchemaInput"}
    assert body("post", "/item-schemas")["properties"]["nestedItemSchemas"]["items"] == nested
    assert DOCUMENT["components"]["schemas"]["ItemSchemaInput"]["properties"]["nestedItemSchemas"]["items"] == nested


def test_two_types_of_one_name_are_two_schemas():
    schemas = DOCUMENT["components"]["schemas"]
    assert "synonyms" in schemas["Category"]["properties"]
    assert set(schemas["IngestCategory"]["properties"]) == {"name", "localizedNames", "children"}


def test_every_number_is_told_with_its_category_and_meaning():
    code = DOCUMENT["components"]["schemas"]["ItemsError"]["properties"]["code"]
    assert code["enum"] == NUMBERS
    for text in (code["description"], DOCUMENT["info"]["description"]):
        assert "| 3 | TENANT_ENVIRONMENT_REQUIRED | Tenant and Environment are required. |" in text
        rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
        assert [int(row[0].removeprefix("| ")) for row in rows] == NUMBERS
        assert all(len(row) == 3 and len(row[2]) > 5 for row in rows)
