"""Products are composed of Silver's, Gold's and ingest's answers."""

from __future__ import annotations

import grpc
import pytest
from assay.common.v1 import page_pb2
from assay.gold.v1 import gold_service_pb2, score_pb2
from assay.ingest.v1 import item_service_pb2
from assay.silver.v1 import product_pb2, product_service_pb2
from google.protobuf import struct_pb2, timestamp_pb2

from tests.gateway.support import INTERNAL_TOKEN, Refusal

PRODUCTS = "/api/workspace/ws_demo/catalog/products"
WHEN = timestamp_pb2.Timestamp(seconds=1000)
NOW = "e" * 32
SILVER, BRONZE = product_pb2.PIPELINE_STAGE_SILVER, product_pb2.PIPELINE_STAGE_BRONZE


def struct(**values):
    message = struct_pb2.Struct()
    message.update(values)
    return message


def product(product_id="p 1", stage=SILVER, **more):
    return product_pb2.Product(
        id=product_id,
        workspace_id="ws_demo",
        catalog_id="cat_1",
        pipeline_stage=stage,
        title="Shirt",
        price="19.90",
        created_at=WHEN,
        updated_at=WHEN,
        **({"fingerprint": NOW} if stage == SILVER else {}),
        **more,
    )


ITEM = item_service_pb2.Item(
    id="p 1",
    workspace_id="ws_demo",
    catalog_id="cat_1",
    document=struct(Title="shirt", Stock=3),
    fingerprint="f" * 32,
    source_type="csv",
    created_at=WHEN,
    updated_at=WHEN,
)


@pytest.fixture
def shop(fakes):
    """A silver product that was scored as it is."""
    shown = {"product": product(), "scored": NOW}

    def score(request, _context):
        return gold_service_pb2.BatchGetScoresResponse(
            scores=[
                score_pb2.ProductScore(
                    product_id=name,
                    score=82,
                    band=score_pb2.BAND_GOOD,
                    gaps=[score_pb2.Gap(field="gtin", points=8, kind="missing")],
                    product_fingerprint=shown["scored"],
                )
                for name in request.product_ids
                if name != "unscored"
            ]
        )

    fakes.methods["GetProduct"] = lambda *_: product_service_pb2.GetProductResponse(product=shown["product"])
    fakes.methods["GetItem"] = lambda *_: item_service_pb2.GetItemResponse(item=ITEM)
    fakes.methods["BatchGetScores"] = score
    return shown


def test_a_scored_product_is_gold_with_score_gaps_and_source(client, fakes, shop):
    answer = client.get(f"{PRODUCTS}/p%201?catalog_id=cat_1")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["pipelineStage"], shown["optimizationScore"], shown["price"]) == ("gold", 82, 19.9)
    assert b'"price":19.90' in answer.content
    assert shown["gaps"][0]["field"] == "gtin"
    assert shown["duplicateOf"] is None
    assert "changes" not in shown
    assert shown["source"] == {
        "type": "csv",
        "fingerprint": "f" * 32,
        "document": {"Title": "shirt", "Stock": 3},
        "createdAt": "1970-01-01T00:16:40Z",
        "updatedAt": "1970-01-01T00:16:40Z",
    }
    assert fakes.last("GetItem").catalog_id == "cat_1"


def test_a_score_of_a_former_record_does_not_count(client, shop):
    shop["scored"] = "a" * 32
    shown = client.get(f"{PRODUCTS}/p").json()
    assert (shown["pipelineStage"], shown["optimizationScore"]) == ("silver", None)
    assert "gaps" not in shown


def test_a_bronze_product_has_no_score(client, fakes, shop):
    shop["product"] = product(stage=BRONZE)
    shown = client.get(f"{PRODUCTS}/p").json()
    assert (shown["pipelineStage"], shown["optimizationScore"]) == ("bronze", None)
    assert fakes.count("BatchGetScores") == 0


def test_a_bronze_price_that_is_no_number_is_kept_as_text(client, shop):
    shop["product"] = product(stage=BRONZE)
    shop["product"].price = "19,90 €"
    assert client.get(f"{PRODUCTS}/p").json()["price"] == "19,90 €"


def test_changes_and_issues_are_shown_when_there_are_any(client, shop):
    shop["product"] = product(
        changes=[product_pb2.FieldChange(field="price", after="19.90", rule="money.symbol")],
        issues=[product_pb2.FieldIssue(field="gtin", rule="gtin.check_digit", severity="error", message="No.")],
    )
    shown = client.get(f"{PRODUCTS}/p").json()
    assert shown["changes"] == [{"field": "price", "before": None, "after": "19.90", "rule": "money.symbol"}]
    assert shown["issues"][0]["rule"] == "gtin.check_digit"


def test_a_list_has_scores_but_no_sources(client, fakes, shop):
    fakes.methods["ListProducts"] = lambda *_: product_service_pb2.ListProductsResponse(
        products=[product("a"), product("unscored"), product("b", BRONZE)],
        pagination=page_pb2.Pagination(limit=50),
    )
    answer = client.get(f"{PRODUCTS}?brand=Acme").json()
    assert [(shown["id"], shown["pipelineStage"], shown["optimizationScore"]) for shown in answer["data"]] == [
        ("a", "gold", 82),
        ("unscored", "silver", None),
        ("b", "bronze", None),
    ]
    assert answer["pagination"] == {"limit": 50, "has_more": False}
    assert fakes.last("ListProducts").brand == "Acme"
    assert list(fakes.last("BatchGetScores").product_ids) == ["a", "unscored"]


def test_an_unknown_product_is_404(client, fakes):
    def unknown(*_):
        raise Refusal(grpc.StatusCode.NOT_FOUND, "PRODUCT_NOT_FOUND", "No such product.")

    fakes.methods["GetProduct"] = unknown
    answer = client.get(f"{PRODUCTS}/p")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "PRODUCT_NOT_FOUND")


def test_a_creation_answers_the_product(client, fakes, shop):
    shop["product"] = product(stage=BRONZE)
    fakes.methods["CreateProduct"] = lambda *_: item_service_pb2.CreateProductResponse(item=ITEM)
    body = {"title": "Shirt", "price": 19.9, "category_path": ["A", "B"], "attributes": {"fit": "slim", "n": 1.5}}
    answer = client.post(PRODUCTS, json=body)
    assert (answer.status_code, answer.json()["id"], answer.json()["source"]["type"]) == (201, "p 1", "csv")
    request = fakes.last("CreateProduct")
    assert (request.price, list(request.category_path), dict(request.attributes)) == (
        "19.9",
        ["A", "B"],
        {"fit": "slim", "n": 1.5},
    )
    assert fakes.metadata("CreateProduct")["authorization"] != f"Bearer {INTERNAL_TOKEN}"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"title", "price"}),
        ({"title": "", "price": "9.99"}, {"price"}),
        ({"title": 5, "price": True, "categoryPath": []}, {"title", "price", "categoryPath"}),
        ({"title": "a", "price": 1, "attributes": []}, {"attributes"}),
    ],
)
def test_a_wrong_product_names_every_field(client, fakes, body, fields):
    answer = client.post(PRODUCTS, json=body)
    assert (answer.status_code, {detail["field"] for detail in answer.json()["error"]["details"]}) == (400, fields)
    assert fakes.count("CreateProduct") == 0


def test_a_price_keeps_its_digits(client, fakes, shop):
    fakes.methods["CreateProduct"] = lambda *_: item_service_pb2.CreateProductResponse(item=ITEM)
    headers = {"content-type": "application/json"}
    client.post(PRODUCTS, content=b'{"title":"a","price":1234567890123.4500}', headers=headers)
    assert fakes.last("CreateProduct").price == "1234567890123.4500"


def test_put_takes_the_catalog_from_the_query(client, fakes, shop):
    fakes.methods["ReplaceProduct"] = lambda *_: item_service_pb2.ReplaceProductResponse(item=ITEM)
    answer = client.put(f"{PRODUCTS}/p%201?catalog_id=cat_1", json={"title": "Shirt", "price": 1, "brand": None})
    assert answer.status_code == 200
    request = fakes.last("ReplaceProduct")
    assert (request.catalog_id, request.product_id, request.product.price) == ("cat_1", "p 1", "1")
    assert not request.product.HasField("brand")


def test_put_refuses_the_catalog_in_the_body(client):
    answer = client.put(f"{PRODUCTS}/p", json={"title": "a", "price": 1, "catalog_id": "c"})
    assert answer.json()["error"]["details"] == [{"field": "catalog_id", "message": "Unknown field."}]


def test_patch_sends_only_what_was_given(client, fakes, shop):
    fakes.methods["UpdateProduct"] = lambda *_: item_service_pb2.UpdateProductResponse(item=ITEM)
    assert client.patch(f"{PRODUCTS}/p", json={"title": "New"}).json()["pipelineStage"] == "gold"
    assert [field.name for field, _ in fakes.last("UpdateProduct").product.ListFields()] == ["title"]


def test_a_fault_inside_a_list_is_named(client):
    answer = client.patch(f"{PRODUCTS}/p", json={"category_path": ["Shoes", 1]})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["category_path[1]"]


def test_patch_refuses_null_because_it_would_do_nothing(client):
    answer = client.patch(f"{PRODUCTS}/p", json={"title": None})
    assert answer.json()["error"]["details"] == [{"field": "title", "message": "Must not be null."}]


def test_a_write_is_answered_even_when_it_cannot_be_read_back(client, fakes):
    def down(*_):
        raise Refusal(grpc.StatusCode.UNAVAILABLE)

    fakes.methods["CreateProduct"] = lambda *_: item_service_pb2.CreateProductResponse(item=ITEM)
    fakes.methods["GetProduct"] = down
    answer = client.post(PRODUCTS, json={"title": "a", "price": 1})
    assert (answer.status_code, answer.json()["id"], answer.json()["pipelineStage"]) == (201, "p 1", "bronze")
