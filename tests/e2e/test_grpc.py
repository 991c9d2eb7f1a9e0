import json
import time

import grpc
import pytest

pytestmark = pytest.mark.e2e

PORTS = {
    "workspace": ("assay.workspace.v1.JobService", "assay.workspace.v1.BrandService"),
    "ingest": ("assay.ingest.v1.ImportService", "assay.ingest.v1.CatalogService", "assay.ingest.v1.ItemService"),
    "silver": ("assay.silver.v1.SilverService", "assay.silver.v1.ProductService"),
    "gold": ("assay.gold.v1.GoldService",),
}


def port_of(stack, service):
    return stack.ports[f"ASSAY_{service.upper()}_PORT"]


@pytest.mark.parametrize("service", PORTS)
def test_every_service_answers_health_checks_by_name_through_reflection(stack, buf_curl, service):
    for name in ("", *PORTS[service]):
        code, answers, err = buf_curl(port_of(stack, service), "grpc.health.v1.Health/Check", {"service": name})

        assert code == 0, err
        assert answers == [{"status": "SERVING"}]


def test_a_run_is_watched_over_grpc(stack, client, catalog, buf_curl):
    client.import_file("id,title,brand\n1,one,Somebody\n2,two,Nobody\n", catalog)
    request = {"workspace_id": "ws_demo", "catalog_id": catalog, "scope": "SCOPE_ALL"}

    code, events, err = buf_curl(
        port_of(stack, "silver"),
        "assay.silver.v1.SilverService/Normalize",
        request | {"unknown_brands": "UNKNOWN_BRANDS_REGISTER"},
        stack.key,
    )
    assert code == 0, err
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["started"]["total"] == 2
    assert [result["status"] for result in events[-2]["results"]["results"]] == ["RESULT_STATUS_SUCCESS"] * 2
    assert events[-1]["summary"]["processed"] == 2

    code, events, err = buf_curl(port_of(stack, "gold"), "assay.gold.v1.GoldService/Score", request, stack.key)
    assert code == 0, err
    assert "catalogSummary" in events[-1]["summary"]


@pytest.mark.parametrize(
    ("message", "known", "code"),
    [
        ({"workspace_id": "ws_demo"}, False, grpc.StatusCode.UNAUTHENTICATED),
        ({"workspace_id": "ws_other"}, True, grpc.StatusCode.PERMISSION_DENIED),
        ({"workspace_id": "ws_demo", "catalog_id": "cat_0000000000000000"}, True, grpc.StatusCode.NOT_FOUND),
    ],
)
def test_refusals_over_grpc_have_their_code(stack, buf_curl, message, known, code):
    status, answers, err = buf_curl(
        port_of(stack, "ingest"), "assay.ingest.v1.CatalogService/GetCatalog", message, stack.key if known else None
    )

    number, name = code.value
    assert status == number << 3  # how buf curl tells gRPC codes
    assert answers == [] and name.replace(" ", "_") in err


@pytest.mark.parametrize("service", PORTS)
def test_metrics_count_calls(stack, client, service):
    client.get("catalogs")

    text = stack.http.get(f"http://127.0.0.1:{stack.ports[f'ASSAY_{service.upper()}_METRICS_PORT']}/metrics").text

    assert "assay_rpc_total{" in text and "process_resident_memory_bytes" in text


def test_a_request_id_travels_through_the_stack(stack, client):
    answer = stack.http.get(
        f"{client.base}/catalogs/cat_0000000000000000", headers=client.headers | {"X-Request-Id": "e2e-request-1"}
    )

    assert answer.headers["X-Request-Id"] == "e2e-request-1"
    assert answer.json()["error"]["request_id"] == "e2e-request-1"
    time.sleep(0.2)  # a line is written when the answer is already on its way
    lines = [json.loads(line) for line in stack.log.read_text().splitlines() if "e2e-request-1" in line]
    assert {line["service"] for line in lines} >= {"gateway", "ingest"}


def test_a_request_id_is_made_when_none_is_sent(client):
    assert client.get("catalogs").headers["X-Request-Id"].startswith("req_")


def test_every_line_of_the_log_is_json_and_none_holds_a_secret(stack, client):
    client.get("catalogs")
    stack.client("sk_live_not_a_key_but_secret_all_the_same").get("catalogs")
    text = stack.log.read_text()

    for secret in (stack.key, (stack.home / "internal-token").read_text().strip(), "sk_live_not_a_key"):
        assert secret not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["service"] for line in lines} == {"gateway", "ingest", "silver", "gold", "workspace"}
    assert {"rpc", "request", "serving"} <= {line["event"] for line in lines}


def test_liveness_and_readiness_need_no_token(stack):
    assert stack.http.get(f"{stack.url}/healthz").json()["status"] == "ok"
    assert stack.http.get(f"{stack.url}/readyz").json()["status"] == "ready"


def test_the_openapi_document_names_the_routes(stack):
    document = stack.http.get(f"{stack.url}/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert "/api/workspace/{workspaceId}/catalogs/{catalogId}/batch/silver" in document["paths"]
