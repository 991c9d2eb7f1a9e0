"""Errors of the batch Items API: number, category, text and details, whatever went wrong."""

from __future__ import annotations

import grpc
import httpx
import pytest
from assay.ingest.v1 import batch_import_service_pb2, items_error_pb2

from gateway.itemsapi import CATEGORIES
from tests.gateway.support import Refusal

REQUIRED = {"code": 3, "message": "Tenant and Environment are required", "details": []}
ADD = ("POST", "/batch-imports/items", [])


def refused(answer):
    """Number, category and details; the body has nothing else, and the request's id is in the headers."""
    body = answer.json()
    assert set(body) == {"code", "message", "details"}
    assert answer.headers["x-request-id"]
    return body["code"], body["message"].partition(":")[0], body["details"]


def refusing(*arguments, **more):
    def method(*_):
        raise Refusal(*arguments, **more)

    return method


@pytest.mark.parametrize(
    ("code", "reason", "status"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "ITEM_SCHEMA_ALREADY_EXISTS", 400),
        (grpc.StatusCode.INVALID_ARGUMENT, "CATEGORY_TREE_ALREADY_EXISTS", 400),
        (grpc.StatusCode.INVALID_ARGUMENT, "CATALOG_SCHEMAS", 400),
        (grpc.StatusCode.INVALID_ARGUMENT, "ENVIRONMENT_INVALID", 400),
        (grpc.StatusCode.FAILED_PRECONDITION, "CATALOG_LIMIT_REACHED", 400),
        (grpc.StatusCode.FAILED_PRECONDITION, "CATALOG_MIN_ITEM_COUNT", 400),
        (grpc.StatusCode.NOT_FOUND, "CATALOG_NOT_ACTIVE", 404),
        (grpc.StatusCode.NOT_FOUND, "BATCH_NOT_FOUND", 404),
        (grpc.StatusCode.FAILED_PRECONDITION, "ITEM_SCHEMA_DELETION_USE", 409),
        (grpc.StatusCode.FAILED_PRECONDITION, "CATEGORY_TREE_DELETION_USE", 409),
        (grpc.StatusCode.FAILED_PRECONDITION, "CATALOG_ALREADY_ACTIVE", 409),
        (grpc.StatusCode.FAILED_PRECONDITION, "CATALOG_DELETION_ACTIVE", 409),
        (grpc.StatusCode.ABORTED, "JOB_ALREADY_RUNNING", 409),
        (grpc.StatusCode.ABORTED, "INGESTION_RUNNING", 409),
        (grpc.StatusCode.FAILED_PRECONDITION, "BATCH_EXPIRED", 410),
        (grpc.StatusCode.OUT_OF_RANGE, "TOO_MANY_ITEMS", 413),
        (grpc.StatusCode.OUT_OF_RANGE, "CATEGORY_TREE_TOO_LARGE", 413),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMIT_EXCEEDED", 429),
    ],
)
def test_a_category_has_its_status_and_number(items, fakes, code, reason, status):
    fakes.methods["AddItems"] = refusing(code, reason, "A sentence.", fields={"a": "b"})
    answer = items(*ADD)
    assert answer.status_code == status
    assert answer.json() == {
        "code": items_error_pb2.ItemsErrorCode.Value(f"ITEMS_ERROR_CODE_{reason}"),
        "message": f"{reason}: A sentence.",
        "details": [{"field": "a", "message": "b"}],
    }
    assert ("retry-after" in answer.headers) is (status == 429)


@pytest.mark.parametrize(("code", "like"), [("ABORTED", "VALIDATION_ERROR"), ("INTERNAL", "INTERNAL")])
def test_a_category_without_a_number_has_that_of_its_side(items, fakes, code, like):
    fakes.methods["AddItems"] = refusing(grpc.StatusCode[code], "SOME_REASON")
    assert refused(items(*ADD)) == (CATEGORIES[like], "SOME_REASON", [])


def test_the_services_words_for_a_missing_tenant_are_the_documented_ones(items, fakes):
    fakes.methods["AddItems"] = refusing(grpc.StatusCode.INVALID_ARGUMENT, "TENANT_ENVIRONMENT_REQUIRED", "Else.")
    assert items(*ADD).json() == REQUIRED


@pytest.mark.parametrize("query", ["", "tenant=ws_demo", "environment=live1", "tenant=&environment=live1"])
@pytest.mark.parametrize("path", ["/batch-imports", "/catalogs", "/item-schemas/product/1", "/category-trees"])
def test_tenant_and_environment_are_required(client, fakes, path, query):
    answer = client.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()) == (400, REQUIRED)
    assert [name for name, *_ in fakes.calls] == ["Authenticate"]


def test_the_list_of_ingestions_asks_for_the_tenant_alone(client, fakes):
    fakes.methods["ListIngestions"] = lambda *_: batch_import_service_pb2.ListIngestionsResponse()
    assert client.get("/batch-imports/ingestions?environment=live1").json() == REQUIRED
    assert client.get("/batch-imports/ingestions?tenant=ws_demo").json() == []


def test_who_calls_is_asked_first(client):
    answer = httpx.get(f"{client.base_url}/batch-imports")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert refused(answer) == (CATEGORIES["UNAUTHORIZED"], "UNAUTHORIZED", [])
    stranger = {"authorization": "Bearer sk_live_reader"}
    assert client.post("/batch-imports", headers=stranger).json() == REQUIRED
    answer = client.post("/batch-imports?tenant=ws_demo&environment=e", content=b"{", headers=stranger)
    details = [{"field": "scope", "message": "catalogs:write"}]
    assert refused(answer) == (CATEGORIES["INSUFFICIENT_PERMISSIONS"], "INSUFFICIENT_PERMISSIONS", details)
    answer = client.get("/batch-imports?tenant=ws_other&environment=e")
    assert (answer.status_code, refused(answer)[1]) == (403, "INSUFFICIENT_PERMISSIONS")


def test_requests_are_counted(start_gateway, fakes):
    gateway = start_gateway(gateway_rate_free=1)
    headers = {"authorization": "Bearer sk_live_free"}
    first = gateway.client.get("/batch-imports", headers=headers)
    assert (first.json(), first.headers["x-ratelimit-remaining"]) == (REQUIRED, "0")
    second = gateway.client.get("/batch-imports", headers=headers)
    assert (second.status_code, refused(second)[:2]) == (429, (8, "RATE_LIMIT_EXCEEDED"))
    assert int(second.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("verb", "path", "status", "category"),
    [
        ("GET", "/batch-imports/nonsense", 404, "NOT_FOUND"),
        ("GET", "/items/1/2/3", 404, "NOT_FOUND"),
        ("GET", "/catalogs/", 404, "NOT_FOUND"),
        ("DELETE", "/batch-imports", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/catalogs/3", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_unknown_addresses_and_verbs(items, verb, path, status, category):
    answer = items(verb, path)
    assert (answer.status_code, refused(answer)) == (status, (CATEGORIES[category], category, []))


@pytest.mark.parametrize("path", ["/nonsense", "/batch-importsx", "/api/catalogs"])
def test_other_addresses_keep_the_form_of_the_pipeline_api(items, path):
    assert items("GET", path).json()["error"]["code"] == "NOT_FOUND"


def test_what_cannot_be_read(items, client):
    place = {"tenant": "ws_demo", "environment": "live1"}
    kind = {"content-type": "text/plain"}
    answer = client.post("/catalogs", params=place, content=b"x", headers=kind)
    assert (answer.status_code, refused(answer)[:2]) == (415, (12, "UNSUPPORTED_MEDIA_TYPE"))
    answer = client.get("/catalogs", params=place, headers={"accept": "text/html"})
    assert (answer.status_code, refused(answer)[:2]) == (406, (13, "NOT_ACCEPTABLE"))
    answer = items.text("POST", "/catalogs", b" " * 70_000)
    assert (answer.status_code, refused(answer)[:2]) == (413, (7, "PAYLOAD_TOO_LARGE"))
    answer = items.text("POST", "/catalogs", "{")
    assert (answer.status_code, refused(answer)[:2]) == (400, (1, "VALIDATION_ERROR"))


def test_what_broke_here_says_where_to_look(items, fakes):
    fakes.methods["ListBatchImports"] = lambda *_: 1 // 0
    answer = items("GET", "/batch-imports")
    assert (answer.status_code, refused(answer)) == (500, (10, "INTERNAL", []))
    assert answer.headers["x-request-id"] in answer.json()["message"]


def test_a_service_that_is_down(start_gateway, fakes):
    gateway = start_gateway(ingest_address="127.0.0.1:1")
    answer = gateway.client.delete("/catalogs/3?tenant=ws_demo&environment=live1")
    assert (answer.status_code, refused(answer)[:2]) == (503, (9, "UPSTREAM_UNAVAILABLE"))
    assert answer.headers["retry-after"] == "1"
