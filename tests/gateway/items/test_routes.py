"""Every call as the documents have it: method, path, parameters, body, answer."""

from __future__ import annotations

import pytest
from google.protobuf import json_format

from tests.gateway.items.calls import BATCH, CALLS, CATALOG, SCHEMA, STREAM, TREE
from tests.gateway.items.samples import RUNNING, RUNNING_SHOWN, SUCCESS, SUCCESS_SHOWN

BODIES = {"CreateItemSchema": "itemSchema", "UpdateItemSchema": "itemSchema", "CreateCatalogVersion": "catalog"} | {
    "CreateCategoryTree": "categoryTree",
    "UpdateCategoryTree": "categoryTree",
    "CreateIngestion": "configuration",
}


def asked_of(fakes, name):
    """The request as JSON, without the place it is about, and without its body."""
    asked = json_format.MessageToDict(fakes.last(name))
    assert (asked.pop("tenant"), asked.pop("environment")) == ("ws_demo", "live1")
    body = asked.pop(BODIES.get(name, "items"), None)
    return asked, body


def as_sent(body):
    """Enums and attributes as they stand in the message."""
    if isinstance(body, list):
        return [as_sent(entry) for entry in body]
    if not isinstance(body, dict):
        return body
    return {name: sent(name, member) for name, member in body.items()}


def sent(name, member):
    if name == "attributes" and isinstance(member, dict):
        return "{" + ",".join(f'"{key}":{value!r}'.replace("'", '"') for key, value in member.items()) + "}"
    if name in ("type", "listSubType") and str(member).isupper():
        return f"ATTRIBUTE_TYPE_{member}"
    return as_sent(member)


@pytest.mark.parametrize("call", CALLS, ids=[f"{call.verb} {call.path} {place}" for place, call in enumerate(CALLS)])
def test_the_documented_call(items, fakes, call):
    fakes.methods[call.rpc] = lambda *_: json_format.ParseDict(
        call.reply, getattr(call.module, f"{call.rpc}Response")()
    )
    got = items(call.verb, call.path, call.body, **call.parameters)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json"), got.text
    assert got.json() == call.answer
    assert asked_of(fakes, call.rpc) == (call.asked, as_sent(call.body))


def test_every_call_of_the_surface_is_here():
    modules = (BATCH, CATALOG, TREE, SCHEMA, STREAM)
    services = [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]
    named = {method.name for service in services for method in service.methods}
    # A stream is no call of REST's; the list of ingestions has no environment of its own and stands below.
    assert {call.rpc for call in CALLS} == named - {"StreamItems", "ListIngestions"}


@pytest.mark.parametrize("call", [call for call in CALLS if call.rpc in BODIES], ids=lambda call: call.path)
def test_a_body_may_stand_under_the_name_the_tables_give_it(items, fakes, call):
    fakes.methods[call.rpc] = lambda *_: getattr(call.module, f"{call.rpc}Response")()
    name = BODIES[call.rpc]
    assert items(call.verb, call.path, {name: call.body}, **call.parameters).status_code == 200
    assert asked_of(fakes, call.rpc)[1] == as_sent(call.body)
    refused = items(call.verb, call.path, {name: {"nonsense": 1}}).json()
    assert refused["details"][0] == {"field": f"{name}.nonsense", "message": "Unknown field."}
    refused = items(call.verb, call.path, {name: None}).json()
    assert refused["details"] == [{"field": name, "message": "Must be an object."}]


def test_ingestions_of_all_environments_are_listed(client, fakes):
    listed = {"ingestions": [SUCCESS, RUNNING]}
    fakes.methods["ListIngestions"] = lambda *_: json_format.ParseDict(listed, BATCH.ListIngestionsResponse())
    answer = client.get("/batch-imports/ingestions?tenant=ws_demo")
    assert (answer.status_code, answer.json()) == (200, [SUCCESS_SHOWN, RUNNING_SHOWN])
    query = "tenant=ws_demo&environment=live1&environment=test1&lookback_duration=3600000&status=RUNNING"
    assert client.get(f"/batch-imports/ingestions?{query}").status_code == 200
    asked = fakes.last("ListIngestions")
    assert (asked.workspace_id, list(asked.environments)) == ("ws_demo", ["live1", "test1"])
    assert (asked.lookback_duration, asked.status) == (3_600_000, BATCH.INGESTION_STATUS_RUNNING)


ALWAYS = {"id", "status", "createdAt", "updatedAt", "configuration", "environment"}
COUNTED = {"itemErrorCount", "itemErrorsSummary", "itemWarningsSummary", "duration"}


@pytest.mark.parametrize(
    ("status", "told", "shown"),
    [
        ("RUNNING", {}, set()),
        (
            "SUCCESS",
            {"item_error_count": 0, "upserted_item_count": 0, "duration": "1"},
            {*COUNTED, "upsertedItemCount"},
        ),
        ("FAILURE", {"item_error_count": 0, "status_reason": "x", "duration": "1"}, {*COUNTED, "statusReason"}),
        ("ERROR", {"status_reason": "x"}, {"statusReason"}),
    ],
)
def test_each_status_of_an_ingestion_has_its_members(items, fakes, status, told, shown):
    one = RUNNING | told | {"status": f"INGESTION_STATUS_{status}"}
    fakes.methods["GetIngestion"] = lambda *_: json_format.ParseDict({"ingestion": one}, BATCH.GetIngestionResponse())
    answer = items("GET", "/batch-imports/ingestions/i").json()
    assert set(answer) == ALWAYS | shown
    assert all(answer[name] == {} for name in answer if name.endswith("Summary"))


@pytest.mark.parametrize("body", [None, {}])
def test_a_call_without_body_takes_none_or_an_empty_object(items, fakes, body):
    fakes.methods["CreateBatchImport"] = lambda *_: BATCH.CreateBatchImportResponse(id="b")
    assert items("POST", "/batch-imports", body).json() == {"id": "b"}


def test_head_and_options(items, client, fakes):
    fakes.methods["ListBatchImports"] = lambda *_: BATCH.ListBatchImportsResponse()
    answer = items("HEAD", "/batch-imports")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "2")
    assert items("GET", "/batch-imports").json() == []
    answer = client.options("/batch-imports")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert client.options("/batch-imports/items").headers["allow"] == "OPTIONS, PATCH, POST"
    assert items("HEAD", "/batch-imports/nonsense").content == b""
