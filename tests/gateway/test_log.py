"""One line per request, without secrets."""

from __future__ import annotations

from assay.workspace.v1 import brand_service_pb2
from structlog.testing import capture_logs


def test_a_request_is_one_line_without_its_token_or_query(client, fakes):
    fakes.methods["ListBrands"] = lambda *_: brand_service_pb2.ListBrandsResponse()
    with capture_logs() as lines:
        answer = client.get("/api/workspace/ws_demo/brands?cursor=hush")
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/workspace/ws_demo/brands", 200)
    assert line["subject"] == "key_sk_live_enterprise"
    assert "hush" not in str(line)
    assert "Bearer" not in str(line)
