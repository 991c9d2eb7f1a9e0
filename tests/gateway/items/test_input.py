"""What is sent arrives as it was sent, or is refused and named."""

from __future__ import annotations

import json
from decimal import Decimal

import grpc
import pytest
from assay.ingest.v1 import batch_import_service_pb2, streaming_item_service_pb2

from gateway.jsonio import Violation, as_json, decoder_of, dumps, parse_json
from tests.gateway.support import Refusal

ITEMS = "/batch-imports/items"
INGESTIONS = "/batch-imports/ingestions"


@pytest.fixture(autouse=True)
def _answers(fakes):
    fakes.methods["AddItems"] = fakes.methods["PatchItems"] = lambda *_: batch_import_service_pb2.AddItemsResponse()
    fakes.methods["CreateIngestion"] = lambda *_: batch_import_service_pb2.CreateIngestionResponse(id="i")


def details_of(answer):
    assert (answer.status_code, answer.json()["code"]) == (400, 1), answer.text
    return {detail["field"]: detail["message"] for detail in answer.json()["details"]}


@pytest.mark.parametrize("body", ["{}", '{"items": []}', '"x"', "3", "null", ""])
@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_a_body_that_is_no_array(items, verb, body):
    assert details_of(items.text(verb, ITEMS, body)) == {"": "The body must be a JSON array."}


def test_an_array_of_other_things_than_objects(items, fakes):
    found = details_of(items("POST", ITEMS, [{"id": "a"}, 1, "x", None, []]))
    assert found == dict.fromkeys(("[1]", "[2]", "[3]", "[4]"), "Must be an object.")
    assert fakes.count("AddItems") == 0


def test_faults_are_named_by_their_places(items):
    body = [{"id": "a"}, {}, {}, {"id": 5, "catalogVersion": 3, "timestamp": 1, "attributes": []}]
    assert details_of(items("POST", ITEMS, body)) == {
        "[3].id": "Must be a string.",
        "[3].catalogVersion": "Unknown field.",
        "[3].timestamp": "Must be a string.",
        "[3].attributes": "Must be an object.",
    }


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_attributes_are_an_object(items, fakes, value):
    answer = items("POST", ITEMS, [{"id": "a", "attributes": value}])
    if value is None:
        assert answer.status_code == 200
        assert not fakes.last("AddItems").items[0].HasField("attributes")
    else:
        assert details_of(answer) == {"[0].attributes": "Must be an object."}


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"b":1,"a":[{"z":null,"y":true}],"0":{"":""}}',
        '{"big":123456789012345678901234567890,"small":-9223372036854775809,"u":18446744073709551615}',
        '{"price":19.90,"exact":0.1234567890123456789012345,"zero":-0.0}',
        '{"é":"ü 漢 😀 \\"\\\\ \\u0001 \\n","a:b":"::"}',
        '{"big":12345678901234567890123,"text":"é\\u0001","list":[1.10,null,false,{"a":"b"}]}',
    ],
)
def test_attributes_arrive_as_they_were_sent(items, fakes, text):
    assert items.text("POST", ITEMS, f'[{{"id": "a", "attributes": {text}}}]').status_code == 200
    assert fakes.last("AddItems").items[0].attributes == text


def test_attributes_of_other_forms_mean_the_same(items, fakes):
    text = '{ "a" : 1E5, "b": 1e-7, "c": "\\u00e9\\/", "d": 10e400 }'.replace(', "d": 10e400', "")
    assert items.text("POST", ITEMS, f'[{{"attributes": {text}}}]').status_code == 200
    sent = fakes.last("AddItems").items[0].attributes
    assert " " not in sent
    assert json.loads(sent, parse_float=Decimal) == json.loads(text, parse_float=Decimal)


def test_attributes_nested_deeper_than_the_fast_writer_goes():
    kind = batch_import_service_pb2.ItemContent.DESCRIPTOR
    text = '{"a":' * 300 + "1.50" + "}" * 300
    violations: list[Violation] = []
    value, repeated = parse_json(f'{{"attributes":{text}}}'.encode(), 400)
    assert (decoder_of(kind).decode(value, violations), violations, repeated) == ({"attributes": text}, [], [])


def test_an_object_that_is_text_is_written_as_it_is():
    item = batch_import_service_pb2.ItemContent(id="a", attributes='{"b":1.10,"a":12345678901234567890123}')
    assert dumps(as_json(item)) == b'{"id":"a","type":"","attributes":{"b":1.10,"a":12345678901234567890123}}'


def test_a_key_that_is_given_twice_in_attributes(items):
    body = '[{"attributes": {"a" : 1, "a": ":"}}]'
    assert details_of(items.text("POST", ITEMS, body)) == {"a": "Given more than once in the same object."}


@pytest.mark.parametrize("levels", [29, 30, 200])
def test_nesting_has_a_limit(items, levels):
    body = '[{"id": "a", "attributes": ' + '{"a":' * levels + "1" + "}" * levels + "}]"
    answer = items.text("POST", ITEMS, body)
    if levels <= 30:
        assert answer.status_code == 200
    else:
        assert details_of(answer) == {"": "The body is nested more than 32 levels deep."}


@pytest.mark.parametrize(
    "timestamp", ["1985-04-12T23:20:50.52Z", "2024-09-05T10:50:42+02:00", "2024-09-05T10:50:42", "tomorrow", ""]
)
def test_timestamps_pass_as_they_are(items, fakes, timestamp):
    items("POST", ITEMS, [{"id": "a", "timestamp": timestamp}, {"id": "b"}])
    first, second = fakes.last("AddItems").items
    assert (first.timestamp, second.HasField("timestamp")) == (timestamp, False)


@pytest.mark.parametrize("version", ["3", 3])
def test_a_catalog_version_may_be_a_number_or_text(items, fakes, version):
    assert items("POST", INGESTIONS, {"catalogVersion": version}).status_code == 200
    assert fakes.last("CreateIngestion").configuration.catalog_version == "3"


@pytest.mark.parametrize("batch", ["3", 3])
def test_a_batch_may_be_named_as_the_catalog_that_it_is_of(items, fakes, batch):
    assert items("POST", INGESTIONS, {"catalogVersion": 3, "batchImportId": batch}).status_code == 200
    assert fakes.last("CreateIngestion").configuration.batch_import_id == "3"


@pytest.mark.parametrize("version", [3.5, True, [], {}])
def test_a_catalog_version_of_another_kind(items, version):
    found = details_of(items("POST", INGESTIONS, {"catalogVersion": version}))
    assert found == {"catalogVersion": "Must be a string or a whole number."}


@pytest.mark.parametrize("body", [None, {}, {"catalogVersion": None}])
def test_an_ingestion_without_a_catalog_version(items, body):
    assert details_of(items("POST", INGESTIONS, body)) == {"catalogVersion": "Is required."}


def test_unknown_members_and_parameters(items):
    answer = items("POST", INGESTIONS, {"catalogVersion": "3", "minItems": 1}, batch_id="3", workspace_id="ws_demo")
    assert details_of(answer) == {
        "minItems": "Unknown field.",
        "batch_id": "Unknown parameter.",
        "workspace_id": "Unknown parameter.",
    }


def test_parameters_of_a_wrong_kind(items, client):
    found = details_of(items("GET", INGESTIONS, lookback_duration="1h", status="running"))
    assert found == {
        "lookback_duration": "Must be a whole number.",
        "status": 'Must be one of "RUNNING", "SUCCESS", "FAILURE", "ERROR".',
    }
    assert details_of(items("POST", "/catalogs", {}, createBatchImport="yes")) == {
        "createBatchImport": "Must be true or false."
    }
    twice = client.get("/catalogs?tenant=ws_demo&environment=a&tenant=ws_demo&environment=b")
    assert details_of(twice) == dict.fromkeys(("tenant", "environment"), "Given more than once.")


@pytest.mark.parametrize("version", ["x", "1.5", "active", "%20"])
def test_a_version_in_the_path_is_a_number(items, version):
    assert details_of(items("DELETE", f"/catalogs/{version}")) == {"version": "Must be a whole number."}


def test_a_version_that_is_too_large(items):
    assert list(details_of(items("DELETE", f"/catalogs/{2**31}"))) == ["version"]


def test_what_takes_no_body(items):
    assert details_of(items("POST", "/batch-imports", {"id": "b"})) == {"": "This call takes no body."}


def test_a_hundred_thousand_items(start_gateway, fakes):
    gateway = start_gateway()
    fakes.methods["UpsertStreamedItems"] = lambda *_: streaming_item_service_pb2.UpsertStreamedItemsResponse()

    def refuse(request, _):
        raise Refusal(grpc.StatusCode.OUT_OF_RANGE, "TOO_MANY_ITEMS", "At most 10,000.", metadata={"limit": "10000"})

    fakes.methods["AddItems"] = refuse
    place = {"tenant": "ws_demo", "environment": "live1", "batch_id": "3"}
    small = [{"id": f"id{number}", "type": "product"} for number in range(100_000)]
    answer = gateway.client.post(ITEMS, params=place, json=small)
    assert (answer.status_code, answer.json()) == (
        413,
        {
            "code": 402,
            "message": "TOO_MANY_ITEMS: At most 10,000.",
            "details": [{"field": "limit", "message": "10000"}],
        },
    )
    assert len(fakes.last("AddItems").items) == 100_000
    answer = gateway.client.post(ITEMS, params=place, json=[{}] * 100_001)
    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "TOO_MANY_ITEMS: One request has at most 100,000 items.",
    )
    large = [{**item, "attributes": {"title": "x" * 80}} for item in small]
    answer = gateway.client.post(ITEMS, params=place, json=large)
    assert (answer.status_code, answer.json()["code"]) == (413, 7)
