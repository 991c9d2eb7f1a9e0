import json

import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.ingest.v1 import catalog_service_pb2
from assay.ingest.v1 import item_service_pb2 as pb
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from services.ingest.store.items import ITEM_COLUMNS, add_items

INVALID = (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR")
MISSING = (grpc.StatusCode.NOT_FOUND, "PRODUCT_NOT_FOUND", [])


def struct(**values):
    message = Struct()
    message.update(values)
    return message


@pytest.fixture
def lamp(client, catalog):
    return client.CreateProduct(
        pb.CreateProductRequest(
            catalog_id=catalog,
            title=" Lamp ",
            price="19.90",
            sku="L-1",
            category_path=["Home", "Light"],
            attributes=struct(colour="red", watts=40),
        )
    ).item


def stored(client, catalog, product_id):
    request = pb.ReadItemsRequest(catalog_id=catalog, list=run_pb2.IdList(ids=[product_id]))
    return next(iter(client.ReadItems(request))).documents[0]


def test_a_product_is_created_under_its_sku(client, catalog, lamp):
    assert (lamp.id, lamp.catalog_id, lamp.workspace_id, lamp.source_type) == ("L-1", catalog, "ws_a", "manual")
    assert stored(client, catalog, "L-1") == (
        '{"title":"Lamp","price":19.90,"category_path":["Home","Light"],"sku":"L-1",'
        '"attributes":{"colour":"red","watts":40},"currency":"USD","availability":"in_stock"}'
    )
    assert MessageToDict(lamp.document)["price"] == 19.9
    assert len(lamp.fingerprint) == 32
    catalog_now = client.GetCatalog(catalog_service_pb2.GetCatalogRequest(catalog_id=catalog)).catalog
    assert catalog_now.product_count == 1


def test_a_product_without_sku_gets_an_id(client, catalog):
    item = client.CreateProduct(pb.CreateProductRequest(catalog_id=catalog, title="Lamp", price="0")).item
    assert item.id.startswith("prod_")


def test_a_product_is_created_once(client, catalog, lamp, refused):
    request = pb.CreateProductRequest(catalog_id=catalog, title="Other", price="1", sku="L-1")
    assert refused(lambda: client.CreateProduct(request)) == (grpc.StatusCode.ALREADY_EXISTS, "PRODUCT_EXISTS", [])


def test_without_a_catalog_the_default_one_is_made(client_of):
    client = client_of("internal-secret", "ws_nothing")
    item = client.CreateProduct(pb.CreateProductRequest(title="Lamp", price="1", sku="x")).item
    assert client.GetItem(pb.GetItemRequest(product_id="x")).item == item


def test_every_field_at_fault_is_named(client, catalog, refused):
    request = pb.CreateProductRequest(
        catalog_id=catalog,
        title="x" * 501,
        price="-1",
        original_price="1.23456",
        currency="euro",
        description="x" * 5001,
        primary_image_url="javascript:alert(1)",
        category_path=["a"] * 21,
        sku="a\x01b",
    )
    assert refused(lambda: client.CreateProduct(request)) == (
        *INVALID,
        ["title", "price", "original_price", "currency", "description", "category_path", "primary_image_url", "sku"],
    )


@pytest.mark.parametrize("price", ["abc", "NaN", "Infinity", "1e30", "1234567890123456"])
def test_prices_must_be_numbers_of_some_size(client, catalog, refused, price):
    request = pb.CreateProductRequest(catalog_id=catalog, title="x", price=price)
    assert refused(lambda: client.CreateProduct(request)) == (*INVALID, ["price"])


def test_title_and_price_are_required(client, catalog, refused):
    assert refused(lambda: client.CreateProduct(pb.CreateProductRequest(catalog_id=catalog, title="  "))) == (
        *INVALID,
        ["title", "price"],
    )
    request = pb.ReplaceProductRequest(catalog_id=catalog, product_id="x", product=pb.ProductInput(brand="b"))
    assert refused(lambda: client.ReplaceProduct(request)) == (*INVALID, ["title", "price"])


def test_replacing_forgets_what_was_there(client, catalog, lamp):
    request = pb.ReplaceProductRequest(
        catalog_id=catalog, product_id="L-1", product=pb.ProductInput(title="Desk", price="5", currency="EUR")
    )
    item = client.ReplaceProduct(request).item
    assert MessageToDict(item.document) == {
        "title": "Desk",
        "price": 5.0,
        "currency": "EUR",
        "availability": "in_stock",
    }
    assert item.created_at == lamp.created_at
    assert item.fingerprint != lamp.fingerprint


def test_replacing_adds_what_was_not_there(client, catalog):
    url = "https://shop.example/p/1?x=y"
    request = pb.ReplaceProductRequest(
        catalog_id=catalog, product_id=url, product=pb.ProductInput(title="Desk", price="5")
    )
    assert client.ReplaceProduct(request).item.id == url


def test_replacing_under_an_impossible_id_is_refused(client, catalog, refused):
    request = pb.ReplaceProductRequest(
        catalog_id=catalog, product_id="a\nb", product=pb.ProductInput(title="Desk", price="5")
    )
    assert refused(lambda: client.ReplaceProduct(request)) == (*INVALID, ["productId"])


def test_updating_changes_only_what_is_sent(client, catalog, lamp):
    change = pb.ProductInput(price="21", sku="", attributes=struct(watts=60, socket="E27"))
    client.UpdateProduct(pb.UpdateProductRequest(catalog_id=catalog, product_id="L-1", product=change))
    assert json.loads(stored(client, catalog, "L-1")) == {
        "title": "Lamp",
        "price": 21,
        "category_path": ["Home", "Light"],
        "attributes": {"colour": "red", "watts": 60, "socket": "E27"},
        "currency": "USD",
        "availability": "in_stock",
    }


def test_updating_an_imported_row_replaces_its_own_spelling(client, catalog, do_import):
    do_import("ID,Title,Brand\n1,Old,Acme\n", catalog)
    change = pb.ProductInput(title="New")
    client.UpdateProduct(pb.UpdateProductRequest(catalog_id=catalog, product_id="1", product=change))
    assert stored(client, catalog, "1") == '{"ID":"1","title":"New","Brand":"Acme"}'


def test_an_update_that_changes_nothing_writes_nothing(client, catalog, lamp):
    request = pb.UpdateProductRequest(catalog_id=catalog, product_id="L-1", product=pb.ProductInput(title="Lamp"))
    assert client.UpdateProduct(request).item == lamp


def test_a_title_cannot_be_removed(client, catalog, lamp, refused):
    request = pb.UpdateProductRequest(catalog_id=catalog, product_id="L-1", product=pb.ProductInput(title=" "))
    assert refused(lambda: client.UpdateProduct(request)) == (*INVALID, ["title"])


def test_a_deleted_product_is_gone(client, catalog, lamp, refused):
    client.DeleteProduct(pb.DeleteProductRequest(catalog_id=catalog, product_id="L-1"))
    assert refused(lambda: client.GetItem(pb.GetItemRequest(catalog_id=catalog, product_id="L-1"))) == MISSING
    assert (
        refused(lambda: client.DeleteProduct(pb.DeleteProductRequest(catalog_id=catalog, product_id="L-1"))) == MISSING
    )
    request = pb.UpdateProductRequest(catalog_id=catalog, product_id="L-1", product=pb.ProductInput(title="x"))
    assert refused(lambda: client.UpdateProduct(request)) == MISSING
    catalog_now = client.GetCatalog(catalog_service_pb2.GetCatalogRequest(catalog_id=catalog)).catalog
    assert catalog_now.product_count == 0


def test_variants_go_with_their_product(client, catalog, do_import):
    """Of all levels, and in a circle; those of another product, or of no product that is there, stay."""
    do_import("id,name,item_group_id\np,1,\na,2,p\nb,3,p\nab,4,a\nq,5,\nc,6,q\nd,7,nobody\nx,8,y\ny,9,x\n", catalog)
    for product_id, left in (("p", ["c", "d", "q", "x", "y"]), ("x", ["c", "d", "q"]), ("c", ["d", "q"])):
        client.DeleteProduct(pb.DeleteProductRequest(catalog_id=catalog, product_id=product_id))
        assert [row[0] for row in client.read(catalog_id=catalog)] == left
        told = client.GetCatalog(catalog_service_pb2.GetCatalogRequest(catalog_id=catalog)).catalog
        assert told.product_count == len(left)


def test_variants_in_another_catalog_stay(client, catalog, do_import):
    other = client.CreateCatalog(catalog_service_pb2.CreateCatalogRequest(name="other")).catalog.id
    for one in (catalog, other):
        do_import("id,name,item_group_id\np,1,\na,2,p\n", one)
    client.DeleteProduct(pb.DeleteProductRequest(catalog_id=catalog, product_id="p"))
    assert client.read(catalog_id=catalog) == []
    assert [row[0] for row in client.read(catalog_id=other)] == ["a", "p"]


def test_sequences_are_never_reused(client, catalog, lamp):
    client.DeleteProduct(pb.DeleteProductRequest(catalog_id=catalog, product_id="L-1"))
    client.CreateProduct(pb.CreateProductRequest(catalog_id=catalog, title="x", price="1", sku="L-1"))
    assert [row[1] for row in client.read(catalog_id=catalog)] == [2]


def test_items_are_read_in_id_order(client, catalog, do_import):
    do_import("id,name\nb,1\na,2\né,3\nB,4\n", catalog)
    assert [row[0] for row in client.read(catalog_id=catalog)] == ["B", "a", "b", "é"]
    assert [row[0] for row in client.read(catalog_id=catalog, max_items=3)] == ["B", "a", "b"]
    middle = run_pb2.IdRange(after_id="B", through_id="b")
    assert [row[0] for row in client.read(catalog_id=catalog, range=middle)] == ["a", "b"]
    some = run_pb2.IdList(ids=["é", "zzz", "B", "é"])
    assert [row[0] for row in client.read(catalog_id=catalog, list=some)] == ["B", "é"]


def test_keys_come_without_documents(client, catalog, do_import):
    do_import("id,name,item_group_id\nb,1,g\na,2,\n", catalog)
    (answer,) = client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog, keys_only=True))
    assert (list(answer.ids), list(answer.parent_ids), list(answer.documents)) == (["a", "b"], ["", "g"], [])
    assert [len(fingerprint) for fingerprint in answer.fingerprints] == [32, 32]


def test_fingerprints_come_alone(client, catalog, do_import):
    do_import("id,name,item_group_id\nb,1,g\na,2,\n", catalog)
    (keys,) = client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog, keys_only=True))
    (alone,) = client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog, keys_only=True, fingerprints_only=True))
    assert alone == pb.ReadItemsResponse(ids=keys.ids, fingerprints=keys.fingerprints)


def test_whole_items_are_not_read_as_fingerprints_only(client, catalog, lamp):
    (whole,) = client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog))
    assert [*client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog, fingerprints_only=True))] == [whole]


def test_many_small_items_go_into_messages_of_some_thousand(client, catalog, service_database):
    ids = [f"{number:05d}" for number in range(5_001)]
    same = {"catalog_id": catalog, "workspace_id": "ws_a", "item_type": "product", "context": "", "source": "csv"}
    same |= {"parent_id": None, "fingerprint": "f", "created_at": 1, "updated_at": 1, "document": "{}"}
    same |= {"changed_at": 0, "patched": None, "feed": "", "ingestion_id": None}
    rows = [same | {"product_id": one, "item_id": one, "sequence": place} for place, one in enumerate(ids)]
    with service_database.write() as connection:
        add_items(connection, [tuple(row[name] for name in ITEM_COLUMNS) for row in rows])
    for keys_only, sizes in ((False, [2_000, 2_000, 1_001]), (True, [5_000, 1])):
        answers = list(client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog, keys_only=keys_only)))
        assert [len(answer.ids) for answer in answers] == sizes
        assert [one for answer in answers for one in answer.ids] == ids
        assert [len(answer.fingerprints) for answer in answers] == sizes
        assert [len(answer.documents) for answer in answers] == [0 if keys_only else size for size in sizes]


@pytest.mark.parametrize("keys_only", [False, True])
def test_times_come_when_asked_for(client, catalog, lamp, keys_only):
    change = pb.UpdateProductRequest(catalog_id=catalog, product_id="L-1", product=pb.ProductInput(price="21"))
    item = client.UpdateProduct(change).item
    request = pb.ReadItemsRequest(catalog_id=catalog, keys_only=keys_only, with_times=True)
    (answer,) = client.ReadItems(request)
    assert (list(answer.created_at), list(answer.updated_at)) == ([lamp.created_at], [item.updated_at])
    assert len(answer.documents) == (not keys_only)


def test_bulk_reads_are_without_times(client, catalog, lamp):
    (answer,) = client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog))
    assert (len(answer.ids), len(answer.created_at), len(answer.updated_at)) == (1, 0, 0)


def test_large_documents_go_into_small_messages(client, catalog, do_import):
    do_import("id,name\n" + "".join(f"{n},{'x' * 500_000}\n" for n in range(5)), catalog)
    sizes = [len(answer.ids) for answer in client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog))]
    assert sizes == [2, 2, 1]


def test_an_empty_catalog_gives_an_empty_stream(client, catalog):
    assert list(client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog))) == []


def test_too_many_ids_are_refused(client, catalog, refused):
    ids = run_pb2.IdList(ids=["x"] * 10_001)
    assert refused(lambda: client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog, list=ids)))[:2] == INVALID
    assert refused(lambda: client.ReadItems(pb.ReadItemsRequest(catalog_id=catalog, max_items=-1))) == (
        *INVALID,
        ["maxItems"],
    )
