"""Every refusal has the documented body, code and status."""

from __future__ import annotations

import http.client
import re
import socket
from pathlib import Path

import grpc
import httpx
import pytest
from assay.workspace.v1 import brand_service_pb2
from structlog.testing import capture_logs

from gateway import errors as gateway_errors
from gateway.errors import HTTP_STATUS, ApiError
from gateway.principals import Principal
from tests.gateway.support import INTERNAL_TOKEN, TOKEN, Refusal

BRAND = "/api/workspace/ws_demo/brands/b"
SILVER = "/api/workspace/ws_demo/catalogs/cat_1/batch/silver"


def refusing(refusal):
    def method(*_):
        raise refusal

    return method


@pytest.mark.parametrize(("code", "status"), HTTP_STATUS.items(), ids=lambda value: getattr(value, "name", value))
def test_every_code_with_a_reason_maps_to_its_status(client, fakes, code, status):
    fakes.methods["CreateBrand"] = refusing(Refusal(code, "SOME_REASON", "A sentence."))
    answer = client.post("/api/workspace/ws_demo/brands", json={"name": "A"})
    assert answer.status_code == status
    assert answer.json() == {
        "error": {"code": "SOME_REASON", "message": "A sentence.", "request_id": answer.headers["x-request-id"]}
    }


def test_every_code_but_ok_is_mapped():
    assert set(HTTP_STATUS) == set(grpc.StatusCode) - {grpc.StatusCode.OK}


def test_every_reason_of_the_gateway_is_documented():
    sources = [path.read_text() for path in Path(gateway_errors.__file__).parent.rglob("*.py")]
    raised = {reason for text in sources for reason in re.findall(r'\d{3},\s+"([A-Z_]+)"|REQUEST, "([A-Z_]+)"', text)}
    named = re.findall(r"[A-Z]+_[A-Z_]+|INTERNAL|UNAUTHORIZED", gateway_errors.__doc__.split("itself:")[1])
    assert {first or second for first, second in raised} == set(named)


def test_violations_become_details(client, fakes):
    fakes.methods["CreateBrand"] = refusing(
        Refusal(grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR", fields={"name": "Too long.", "slug": "Odd."})
    )
    answer = client.post("/api/workspace/ws_demo/brands", json={"name": "A"})
    assert answer.json()["error"]["details"] == [
        {"field": "name", "message": "Too long."},
        {"field": "slug", "message": "Odd."},
    ]


def test_the_running_job_is_in_the_details(client, fakes):
    refusal = Refusal(grpc.StatusCode.ABORTED, "JOB_ALREADY_RUNNING", "Busy.", metadata={"job_id": "j-1"})
    fakes.methods["Normalize"] = refusing(refusal)
    answer = client.post(SILVER, json={"scope": "all"})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert (error["code"], error["details"]) == ("JOB_ALREADY_RUNNING", [{"field": "jobId", "message": "j-1"}])


def test_upload_too_large_is_413(client, fakes):
    fakes.methods["GetBrand"] = refusing(Refusal(grpc.StatusCode.OUT_OF_RANGE, "UPLOAD_TOO_LARGE"))
    assert client.get(BRAND).status_code == 413


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (grpc.StatusCode.INTERNAL, 500, "INTERNAL"),
        (grpc.StatusCode.UNKNOWN, 500, "INTERNAL"),
        (grpc.StatusCode.INVALID_ARGUMENT, 500, "INTERNAL"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 503, "UPSTREAM_UNAVAILABLE"),
        (grpc.StatusCode.CANCELLED, 503, "UPSTREAM_UNAVAILABLE"),
        (grpc.StatusCode.UNIMPLEMENTED, 501, "NOT_IMPLEMENTED"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504, "DEADLINE_EXCEEDED"),
    ],
)
def test_the_text_of_a_status_without_reason_stays_inside(client, fakes, code, status, reason):
    fakes.methods["CreateBrand"] = refusing(Refusal(code, message="SELECT secret FROM table"))
    with capture_logs() as lines:
        answer = client.post("/api/workspace/ws_demo/brands", json={"name": "A"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, reason)
    assert "SELECT" not in answer.text
    (line,) = [line for line in lines if line["event"] == "call failed"]
    assert (line["code"], line["reason"]) == (code.name, "SELECT secret FROM table")
    assert line["request_id"] == answer.headers["x-request-id"]


def test_an_exception_in_a_service_says_nothing(client, fakes):
    fakes.methods["GetBrand"] = lambda *_: 1 // 0
    answer = client.get(BRAND)
    assert answer.status_code == 500
    assert "division" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["error"]["message"]


def test_a_missing_token_is_401(client):
    answer = httpx.get(f"{client.base_url}{BRAND}")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("header", ["Bearer sk_live_unknown", "Bearer", "Basic YTpi", "Bearer x y\u00e9", "x" * 9000])
def test_a_wrong_token_is_401(client, header):
    answer = client.get(BRAND, headers={"authorization": header.encode("latin-1")})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_the_token_is_checked_before_the_body(client):
    answer = client.post(SILVER, content=b"{", headers={"authorization": "Bearer no"})
    assert answer.status_code == 401


READER = {"authorization": "Bearer sk_live_reader"}
STRANGE = {**READER, "content-type": "text/plain", "content-encoding": "gzip"}
WRONG_BODIES = [(b"{", READER), (b"{}", READER), (b"x" * 100_000, READER), (b"{}", STRANGE)]


def refusal_of(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("details", [])


@pytest.mark.parametrize(("body", "headers"), WRONG_BODIES)
@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (SILVER, "catalogs:write"),
        ("/api/workspace/ws_demo/catalog/products", "products:write"),
        ("/api/workspace/ws_demo/catalog/products/import", "products:write"),
        ("/api/workspace/ws_demo/brands?colour=red", "brands:write"),
    ],
)
def test_the_scope_is_checked_before_the_request_is_read(client, path, scope, body, headers):
    answer = client.post(path, content=body, headers=headers)
    assert refusal_of(answer) == (403, "INSUFFICIENT_PERMISSIONS", [{"field": "scope", "message": scope}])


@pytest.mark.parametrize(("body", "headers"), WRONG_BODIES)
def test_the_workspace_is_checked_before_the_request_is_read(client, fakes, body, headers):
    good = {**headers, "authorization": f"Bearer {TOKEN}"}
    answer = client.post(SILVER.replace("ws_demo", "ws_other"), content=body, headers=good)
    assert refusal_of(answer) == (403, "INSUFFICIENT_PERMISSIONS", [])
    assert [name for name, *_ in fakes.calls] == ["Authenticate"]


def test_the_internal_token_may_do_everything(client, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    headers = {"authorization": f"Bearer {INTERNAL_TOKEN}"}
    assert client.get(BRAND.replace("ws_demo", "ws_other"), headers=headers).status_code == 200


def test_a_scope_named_internal_opens_nothing():
    caller = Principal("key", 0, frozenset({"ws_demo"}), frozenset({"internal"}))
    with pytest.raises(ApiError) as caught:
        caller.check("internal", "ws_demo")
    assert caught.value.status == 403


def test_a_missing_scope_is_403(client, fakes):
    fakes.methods["Normalize"] = refusing(
        Refusal(grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_PERMISSIONS", metadata={"scope": "catalogs:write"})
    )
    answer = client.post(SILVER, json={"scope": "all"})
    assert answer.status_code == 403
    assert answer.json()["error"]["details"] == [{"field": "scope", "message": "catalogs:write"}]


def test_an_unknown_catalog_is_404(client, fakes):
    fakes.methods["Score"] = refusing(Refusal(grpc.StatusCode.NOT_FOUND, "CATALOG_NOT_FOUND", "No such catalog."))
    answer = client.post("/api/workspace/ws_demo/catalogs/cat_9/batch/gold", json={"scope": "all"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CATALOG_NOT_FOUND")


def test_an_unknown_path_is_404(client):
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_a_wrong_method_is_405_with_the_right_ones(client):
    answer = client.delete("/api/workspace/ws_demo/catalog/products")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_the_methods_of_several_services_share_a_path(client):
    answer = client.options("/api/workspace/ws_demo/catalog/products/p")
    assert (answer.status_code, answer.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
    assert client.get(SILVER).headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
def test_another_media_type_is_415(client, kind):
    answer = client.post(SILVER, content=b'{"scope": "all"}', headers={"content-type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


ENCODED = [["gzip"], ["GZIP"], ["br"], ["identity, deflate"], ["identity", "gzip"]]


@pytest.mark.parametrize("codings", ENCODED, ids=str)
def test_a_compressed_body_is_415(client, codings):
    headers = [("content-type", "application/json"), *(("content-encoding", coding) for coding in codings)]
    answer = client.post(SILVER, content=b"\x1f\x8b", headers=headers)
    assert refusal_of(answer) == (415, "UNSUPPORTED_MEDIA_TYPE", [])
    assert "identity" in answer.json()["error"]["message"]
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_the_identity_coding_changes_nothing(client, coding):
    headers = {"content-type": "application/json", "content-encoding": coding}
    assert client.post(SILVER, content=b"{}", headers=headers).json()["error"]["details"][0]["field"] == "scope"


@pytest.mark.parametrize("accept", ["text/html", "application/xml, text/*;q=0.5", "application/json;q=0"])
def test_an_accept_that_fits_nothing_is_406(client, accept):
    answer = client.get(BRAND, headers={"accept": accept})
    assert (answer.status_code, answer.json()["error"]["code"]) == (406, "NOT_ACCEPTABLE")


def test_a_body_above_the_limit_is_413(client):
    answer = client.post(SILVER, json={"scope": "all", "productIds": ["x" * 100] * 1000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_chunked_body_above_the_limit_is_413(client):
    pieces = (b" " * 1000 for _ in range(100))
    answer = client.post(SILVER, content=pieces, headers={"content-type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"{", b"[1,", b"{'scope': 'all'}", b'{"scope": NaN}', b"\xff\xfe", b'"\\ud800"'])
def test_malformed_json_is_400(client, body):
    answer = client.post(SILVER, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert re.match(r"The body is not valid JSON: [a-z0-9 ,]+( is not UTF-8)?\.$", error["message"])


def test_deep_json_is_400(client):
    body = b'{"attributes":' + b'{"a":' * 500 + b"1" + b"}" * 501
    path = "/api/workspace/ws_demo/catalog/products"
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, "levels deep" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["scope"]),
        ({"scope": None}, ["scope"]),
        ({"scope": "everything"}, ["scope"]),
        ({"scope": 1}, ["scope"]),
        ({"scope": "unspecified"}, ["scope"]),
        ({"scope": "SCOPE_ALL"}, ["scope"]),
        ({"scope": "all", "productIds": "p"}, ["productIds"]),
        ({"scope": "selection", "productIds": ["p", 1, None]}, ["productIds[1]", "productIds[2]"]),
        ({"productIDs": [], "scope": "x", "duplicates": True}, ["productIDs", "scope", "duplicates"]),
        ({"scope": "all", "catalogId": "cat_2"}, ["catalogId"]),
        ([], [""]),
    ],
)
def test_a_wrong_run_body_names_every_field(client, fakes, body, fields):
    answer = client.post(SILVER, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == fields
    assert fakes.count("Normalize") == 0


def test_a_missing_body_names_the_required_field(client):
    assert client.post(SILVER).json()["error"]["details"] == [{"field": "scope", "message": "Is required."}]


def test_a_repeated_key_is_refused(client):
    body = b'{"scope": "all", "scope": "selection"}'
    answer = client.post(SILVER, content=body, headers={"content-type": "application/json"})
    assert answer.json()["error"]["details"] == [
        {"field": "scope", "message": "Given more than once in the same object."}
    ]


def test_a_service_that_is_down_is_503_and_worth_trying_again(start_gateway, fakes):
    gateway = start_gateway(ingest_address="127.0.0.1:1")
    answer = gateway.client.delete("/api/workspace/ws_demo/catalog/products/p")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UPSTREAM_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


def test_services_that_never_started_are_503(start_gateway, tmp_path):
    gateway = start_gateway(internal_token=None, home=tmp_path)
    assert gateway.client.get(BRAND).status_code == 503


def test_a_body_that_comes_too_slowly_is_408(start_gateway, fakes):
    gateway = start_gateway(gateway_unary_max_seconds=0.3)
    with socket.create_connection(gateway.address) as connection:
        head = f"POST {SILVER} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
        connection.sendall(f"{head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{{".encode())
        connection.settimeout(10)
        assert b" 408 " in connection.recv(65536)


def test_an_unread_body_leaves_the_connection_usable(gateway, fakes):
    connection = http.client.HTTPConnection(*gateway.address)
    connection.request("PUT", "/healthz", body=b"x" * 1000)
    assert connection.getresponse().read()
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
