"""Requests become messages, replies become JSON, as the contracts say."""

from __future__ import annotations

import pytest
from assay.common.v1 import page_pb2
from assay.ingest.v1 import catalog_pb2, catalog_service_pb2, item_service_pb2
from assay.workspace.v1 import (
    api_key_service_pb2,
    brand_service_pb2,
    category_pb2,
    category_service_pb2,
    job_pb2,
    job_service_pb2,
    workspace_pb2,
    workspace_service_pb2,
)
from google.protobuf import timestamp_pb2

WHEN = timestamp_pb2.Timestamp(seconds=1_767_225_600, nanos=120_000_000)
WHEN_TEXT = "2026-01-01T00:00:00.120Z"


def test_a_get_takes_the_path_and_answers_the_named_field(client, fakes):
    fakes.methods["GetWorkspace"] = lambda request, _: workspace_service_pb2.GetWorkspaceResponse(
        workspace=workspace_pb2.Workspace(id=request.workspace_id, name="Demo", created_at=WHEN)
    )
    answer = client.get("/api/workspace/ws_demo")
    assert (answer.status_code, answer.json()) == (
        200,
        {"id": "ws_demo", "name": "Demo", "created_at": WHEN_TEXT},
    )
    assert answer.headers["content-type"] == "application/json"


def test_a_creation_answers_201_and_the_documented_wrapping(client, fakes):
    fakes.methods["CreateCatalog"] = lambda request, _: catalog_service_pb2.CreateCatalogResponse(
        catalog=catalog_pb2.Catalog(
            id="cat_1",
            workspace_id=request.workspace_id,
            name=request.name,
            slug="summer",
            source="manual",
            created_at=WHEN,
            updated_at=WHEN,
            environment="default",
            version=2,
        )
    )
    answer = client.post("/api/workspace/ws_demo/catalogs", json={"name": "Summer", "description": None})
    assert answer.status_code == 201
    assert answer.json() == {
        "catalog": {
            "id": "cat_1",
            "workspace_id": "ws_demo",
            "name": "Summer",
            "description": None,
            "slug": "summer",
            "source": "manual",
            "product_count": 0,
            "created_at": WHEN_TEXT,
            "updated_at": WHEN_TEXT,
            "is_default": False,
            "environment": "default",
            "version": 2,
        }
    }
    assert not fakes.last("CreateCatalog").HasField("description")


def test_a_deletion_answers_204_without_a_body(client, fakes):
    fakes.methods["RevokeApiKey"] = lambda *_: api_key_service_pb2.RevokeApiKeyResponse()
    answer = client.delete("/api/workspace/ws_demo/api-keys/key_1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert fakes.last("RevokeApiKey").key_id == "key_1"


def test_a_list_takes_query_parameters_by_their_documented_names(client, fakes):
    fakes.methods["ListJobs"] = lambda *_: job_service_pb2.ListJobsResponse(
        jobs=[job_pb2.Job(id="j", kind="gold", status=job_pb2.JOB_STATUS_ACTIVE, created_at=WHEN)],
        pagination=page_pb2.Pagination(limit=7, cursor="next", has_more=True),
    )
    answer = client.get("/api/workspace/ws_demo/jobs?limit=7&status=active&catalog_id=cat_1&cursor=abc").json()
    assert answer["pagination"] == {"limit": 7, "cursor": "next", "has_more": True}
    (job,) = answer["data"]
    assert (job["status"], job["startedAt"], job["result"], job["error"]) == ("active", None, None, None)
    request = fakes.last("ListJobs")
    assert (request.page_size, request.status, request.catalog_id, request.page_token) == (
        7,
        job_pb2.JOB_STATUS_ACTIVE,
        "cat_1",
        "abc",
    )


def test_a_created_key_shows_its_secret_and_tier(client, fakes):
    fakes.methods["CreateApiKey"] = lambda request, _: api_key_service_pb2.CreateApiKeyResponse(
        api_key=workspace_pb2.ApiKey(
            id="key_1", name=request.name, tier=request.tier, secret="sk_live_x", expires_at=request.expires_at
        )
    )
    body = {"name": "CI", "tier": "pro", "expires_at": "2026-01-01T02:00:00.12+02:00", "permissions": ["jobs:read"]}
    answer = client.post("/api/workspace/ws_demo/api-keys", json=body)
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["tier"], shown["secret"], shown["expires_at"]) == ("pro", "sk_live_x", WHEN_TEXT)
    assert "last_used_at" not in shown


def test_unknown_query_parameters_are_all_named(client, fakes):
    answer = client.get("/api/workspace/ws_demo/brands?limit=x&page=2&sort=name")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert {detail["field"] for detail in error["details"]} == {"limit", "page", "sort"}
    assert fakes.count("ListBrands") == 0


def test_a_parameter_given_twice_is_refused(client):
    answer = client.get("/api/workspace/ws_demo/brands?limit=1&limit=2")
    assert answer.json()["error"]["details"] == [{"field": "limit", "message": "Given more than once."}]


def test_path_fields_are_no_query_parameters(client):
    answer = client.get("/api/workspace/ws_demo/brands?workspaceId=ws_other")
    assert answer.json()["error"]["details"] == [{"field": "workspaceId", "message": "Unknown parameter."}]


@pytest.mark.parametrize(
    ("path", "product_id"),
    [
        ("plain", "plain"),
        ("a%2Fb", "a/b"),
        ("a/b", "a/b"),
        ("https%3A%2F%2Fshop.example%2Fp%3Fid%3D1", "https://shop.example/p?id=1"),
        ("https://shop.example/p", "https://shop.example/p"),
        ("import", "import"),
        ("%C3%A9t%C3%A9%20100%25", "été 100%"),
    ],
)
def test_product_ids_may_hold_anything(client, fakes, path, product_id):
    fakes.methods["DeleteProduct"] = lambda *_: item_service_pb2.DeleteProductResponse()
    assert client.delete(f"/api/workspace/ws_demo/catalog/products/{path}").status_code == 204
    assert fakes.last("DeleteProduct").product_id == product_id


def test_an_encoded_slash_stays_inside_a_segment(client, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    client.get("/api/workspace/ws_demo/brands/a%2Fb")
    assert fakes.last("GetBrand").brand_id == "a/b"


def test_a_path_that_is_no_utf8_is_refused(client):
    assert client.get("/api/workspace/ws_demo/brands/%FF").json()["error"]["code"] == "VALIDATION_ERROR"


def test_a_call_without_body_takes_none_or_an_empty_object(client, fakes):
    fakes.methods["CancelJob"] = lambda *_: job_service_pb2.CancelJobResponse(job=job_pb2.Job(id="j"))
    assert client.post("/api/workspace/ws_demo/jobs/j/cancel").status_code == 200
    assert client.post("/api/workspace/ws_demo/jobs/j/cancel", json={}).status_code == 200
    assert client.post("/api/workspace/ws_demo/jobs/j/cancel", json={"force": True}).status_code == 400


def test_the_allowed_headers_go_on_and_no_others(client, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = client.get(
        "/api/workspace/ws_demo/brands/b",
        headers={"x-request-id": "my-id", "traceparent": trace, "cookie": "a=b", "x-other": "c"},
    )
    metadata = fakes.metadata("GetBrand")
    assert metadata["x-request-id"] == answer.headers["x-request-id"] == "my-id"
    assert metadata["traceparent"] == trace
    assert metadata["authorization"] == "Bearer sk_live_enterprise"
    assert not {"cookie", "x-other"} & set(metadata)


def test_a_strange_request_id_is_replaced(client):
    answer = client.get("/healthz", headers={"x-request-id": "a b\tc" * 100})
    assert answer.headers["x-request-id"].startswith("req_")


def test_deadlines_have_a_default_and_a_maximum(client, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    for header, low, high in [({}, 25, 30), ({"x-timeout-seconds": "5"}, 3, 5), ({"x-timeout-seconds": "900"}, 55, 60)]:
        client.get("/api/workspace/ws_demo/brands/b", headers=header)
        assert low < fakes.remaining[-1] <= high + 0.1


def test_a_deadline_that_is_no_number_is_refused(client, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    answer = client.get("/api/workspace/ws_demo/brands/b", headers={"x-timeout-seconds": "soon"})
    assert answer.json()["error"]["details"][0]["field"] == "x-timeout-seconds"


def test_head_answers_like_get_without_the_body(client, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    answer = client.head("/api/workspace/ws_demo/brands/b")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_put_replaces_the_category_tree(client, fakes):
    fakes.methods["ReplaceCategoryTree"] = lambda request, _: category_service_pb2.ReplaceCategoryTreeResponse(
        categories=len(request.categories)
    )
    body = {"categories": [{"path": "Garden", "id": "1", "synonyms": ["Yard"]}, {"path": "Toys"}]}
    answer = client.put("/api/workspace/ws_demo/categories", json=body)
    assert (answer.status_code, answer.json()) == (200, {"categories": 2})
    sent = fakes.last("ReplaceCategoryTree")
    assert (sent.workspace_id, sent.categories[0].id, list(sent.categories[0].synonyms)) == ("ws_demo", "1", ["Yard"])


def test_a_category_tree_without_categories_is_refused(client, fakes):
    error = client.put("/api/workspace/ws_demo/categories", json={}).json()["error"]
    assert [detail["field"] for detail in error["details"]] == ["categories"]
    assert fakes.count("ReplaceCategoryTree") == 0


def test_the_top_of_a_category_tree_has_no_parent(client, fakes):
    category = category_pb2.Category(id="1", path="Garden")
    fakes.methods["ListCategories"] = lambda *_: category_service_pb2.ListCategoriesResponse(
        categories=[category], pagination=page_pb2.Pagination(limit=50)
    )
    answer = client.get("/api/workspace/ws_demo/categories").json()
    assert answer["data"] == [{"id": "1", "path": "Garden", "parent_id": None, "synonyms": []}]
