import json

import pytest
from assay.common.v1 import run_pb2
from assay.silver.v1 import product_pb2
from assay.silver.v1 import product_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.silver.key_index import KeyIndex
from services.silver.servicers import products as products_module
from tests.silver import peers

BRONZE, SILVER = product_pb2.PIPELINE_STAGE_BRONZE, product_pb2.PIPELINE_STAGE_SILVER
LAMP = {
    "title": "  Walnut lamp ",
    "brand": "ACME",
    "Preis": "19,90 €",
    "images": ["https://a.de/1.jpg", "https://a.de/2.jpg"],
    "Watt": 40,
    "Labels used": ["a", "b"],
    "gtin": "123",
}


CREATED, UPDATED = Timestamp(seconds=1), Timestamp(seconds=2)


class TimedItems(peers.Items):
    """Tells the times in bulk reads too, when asked: those of its GetItem."""

    def ReadItems(self, request, context):
        for answer in super().ReadItems(request, context):
            if request.with_times:
                answer.created_at.extend([CREATED] * len(answer.ids))
                answer.updated_at.extend([UPDATED] * len(answer.ids))
            yield answer


@pytest.fixture(scope="module", autouse=True)
def _items_with_times():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "Items", TimedItems)
        yield


@pytest.fixture
def page(call):
    def run(catalog_id, **fields):
        return call("ListProducts", pb.ListProductsRequest(workspace_id="ws_a", catalog_id=catalog_id, **fields))

    return run


def test_a_bronze_product_shows_source_values_under_canonical_names(catalog, product):
    shown = product(catalog({"a": LAMP}), "a")
    assert shown.pipeline_stage == BRONZE
    assert (shown.title, shown.brand) == ("  Walnut lamp ", "ACME")
    assert not shown.HasField("price")
    assert dict(shown.attributes)["Watt"] == "40"
    assert (shown.created_at.seconds, shown.updated_at.seconds) == (1, 2)


def test_a_normalised_product_shows_values_changes_and_issues(catalog, fared, product):
    catalog_id = catalog({"a": LAMP})
    fared(catalog_id)
    shown = product(catalog_id, "a")
    assert shown.pipeline_stage == SILVER
    assert (shown.title, shown.brand, shown.brand_id) == ("Walnut lamp", "Acme", "brand_acme")
    assert (shown.price, shown.currency) == ("19.90", "EUR")
    assert list(shown.secondary_images) == ["https://a.de/2.jpg"]
    assert list(dict(shown.attributes)["Labels used"]) == ["a", "b"]
    changes = {change.field: (change.before, change.after, change.rule) for change in shown.changes}
    assert changes["title"] == ("  Walnut lamp ", "Walnut lamp", "text.whitespace")
    assert changes["price"] == ("19,90 €", "19.90", "money.currency_in_price")
    assert [(issue.field, issue.rule, issue.severity) for issue in shown.issues] == [("gtin", "gtin.length", "error")]


def test_a_changed_item_is_back_in_bronze(catalog, fared, product, items_of):
    catalog_id = catalog({"a": LAMP})
    fared(catalog_id)
    items_of(catalog_id).put("a", {"title": "Other"})
    assert (product(catalog_id, "a").pipeline_stage, product(catalog_id, "a").title) == (BRONZE, "Other")


def test_the_default_catalog(catalog, call, world):
    world.defaults["ws_a"] = catalog({"a": LAMP})
    request = pb.GetProductRequest(workspace_id="ws_a", product_id="a")
    assert call("GetProduct", request).product.catalog_id == world.defaults["ws_a"]


def test_unknown_product_and_catalog(catalog, refused):
    gone = pb.GetProductRequest(workspace_id="ws_a", catalog_id=catalog({}), product_id="a")
    assert refused("GetProduct", gone)[:2] == ("NOT_FOUND", "PRODUCT_NOT_FOUND")
    nowhere = pb.GetProductRequest(workspace_id="ws_a", catalog_id="cat_none", product_id="a")
    assert refused("GetProduct", nowhere)[:2] == ("NOT_FOUND", "CATALOG_NOT_FOUND")


def test_list_pages_through_bronze_and_silver(catalog, fared, page):
    catalog_id = catalog({f"p{index}": {"title": f" {index}"} for index in range(7)})
    fared(catalog_id, "p1", "p3")
    seen, token, more = {}, "", True
    while more:
        answer = page(catalog_id, page_size=3, page_token=token)
        seen |= {item.id: (item.title, item.pipeline_stage) for item in answer.products}
        token, more = answer.pagination.cursor, answer.pagination.has_more
    assert list(seen) == [f"p{index}" for index in range(7)]
    assert (seen["p1"], seen["p2"]) == (("1", SILVER), (" 2", BRONZE))


def test_list_of_a_brand(catalog, fared, page, items_of):
    catalog_id = catalog({f"p{index}": {"brand": ["Acme", "GLOBEX"][index % 2]} for index in range(8)})
    fared(catalog_id)
    del items_of(catalog_id).items["p2"]
    first = page(catalog_id, brand="Acme", page_size=2)
    assert [item.id for item in first.products] == ["p0", "p4"]
    assert first.pagination.has_more
    second = page(catalog_id, brand="Acme", page_size=2, page_token=first.pagination.cursor)
    assert [item.id for item in second.products] == ["p6"]


@pytest.mark.parametrize("brand", ["", "Acme"])
def test_listed_products_have_the_times_of_their_items(catalog, fared, page, product, brand):
    catalog_id = catalog({f"p{number}": {"brand": "Acme"} for number in range(5)})
    fared(catalog_id, "p1", "p2", "p4")
    listed = page(catalog_id, brand=brand).products
    assert [item.id for item in listed] == (["p1", "p2", "p4"] if brand else ["p0", "p1", "p2", "p3", "p4"])
    assert {(item.created_at.seconds, item.updated_at.seconds) for item in listed} == {(1, 2)}
    assert product(catalog_id, "p1").created_at == listed[0].created_at


def test_list_refuses_bad_pages(catalog, refused, page):
    catalog_id = catalog({"a": {}, "b": {}})
    token = page(catalog_id, page_size=1).pagination.cursor
    faults = [
        ({"page_size": -1}, "limit"),
        ({"page_token": token, "brand": "x"}, "cursor"),
        ({"brand": "x" * 256}, "brand"),
        ({"brand": "Ac\0me"}, "brand"),
    ]
    for fields, fault in faults:
        request = pb.ListProductsRequest(workspace_id="ws_a", catalog_id=catalog_id, **fields)
        assert refused("ListProducts", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", [fault])


def test_bulk_read(catalog, fared, read, items_of):
    catalog_id = catalog({"a": LAMP, "b": {"title": "B"}, "c": {"title": "C"}})
    fared(catalog_id, "a", "c")
    items_of(catalog_id).put("c", {"title": "C2"})
    rows = read(catalog_id)
    assert list(rows) == ["a", "b", "c"]
    state, fingerprint, document, attributes = rows["a"]
    assert (state, len(fingerprint)) == (pb.PRODUCT_STATE_SILVER, 32)
    document = json.loads(document)
    assert document["price"] == "19.90"
    assert "attributes" not in document
    assert None not in document.values()
    assert json.loads(attributes) == {"Watt": "40", "Labels used": ["a", "b"]}
    assert rows["b"] == rows["c"] == (pb.PRODUCT_STATE_BRONZE, "", "", "")


def test_bulk_read_of_a_range_and_of_a_list(catalog, fared, read):
    catalog_id = catalog({name: {"title": name} for name in "abcde"})
    fared(catalog_id)
    assert list(read(catalog_id, range=run_pb2.IdRange(after_id="a", through_id="c"))) == ["b", "c"]
    assert list(read(catalog_id, list=run_pb2.IdList(ids=["d", "zz", "a"]))) == ["a", "d"]


def test_bulk_read_refuses_too_many_ids(catalog, refused):
    ids = run_pb2.IdList(ids=[str(number) for number in range(10_001)])
    request = pb.ReadProductsRequest(workspace_id="ws_a", catalog_id=catalog({}), list=ids)
    assert refused("ReadProducts", request)[1] == "VALIDATION_ERROR"


def test_the_fingerprint_tells_a_change(catalog, fared, read, items_of, product):
    catalog_id = catalog({"a": {"title": "A", "care": "cold"}})
    assert not product(catalog_id, "a").HasField("fingerprint")
    fared(catalog_id)
    before = read(catalog_id)["a"][1]
    assert product(catalog_id, "a").fingerprint == before
    items_of(catalog_id).put("a", {"title": "A ", "care": "cold"})
    fared(catalog_id)
    assert read(catalog_id)["a"][1] == before
    items_of(catalog_id).put("a", {"title": "A", "care": "warm"})
    fared(catalog_id)
    assert read(catalog_id)["a"][1] != before


def test_a_page_of_very_large_products_is_shorter_and_nothing_is_lost(catalog, page):
    text = "x" * 900_000
    catalog_id = catalog({f"p{number:02}": {"title": "A", "description": text} for number in range(13)})
    seen, cursor = [], ""
    while True:
        answer = page(catalog_id, page_size=100, page_token=cursor)
        seen += [product.id for product in answer.products]
        assert len(answer.products) < 13
        if not answer.pagination.has_more:
            break
        cursor = answer.pagination.cursor
    assert seen == [f"p{number:02}" for number in range(13)]


def test_a_brand_s_pages_pass_over_whatever_is_no_longer_current(call, catalog, items_of, normalize, monkeypatch):
    monkeypatch.setattr(products_module, "BRAND_BATCH", 3)
    lookups = []
    holders = KeyIndex.holders
    monkeypatch.setattr(KeyIndex, "holders", lambda *args: lookups.append(1) or holders(*args))
    catalog_id = catalog({f"p{9 - number}": {"brand": "Acme", "title": f"T{number}"} for number in range(10)})
    normalize(catalog_id)
    for number in range(1, 9):
        items_of(catalog_id).put(f"p{number}", {"title": "Changed"})
    lookups.clear()
    request = pb.ListProductsRequest(workspace_id="ws_a", catalog_id=catalog_id, brand="Acme", page_size=1)
    first = call("ListProducts", request)
    assert len(lookups) == 1
    request.page_token = first.pagination.cursor
    second = call("ListProducts", request)
    assert [one.id for one in (*first.products, *second.products)] == ["p9", "p0"]
    assert not second.pagination.has_more
