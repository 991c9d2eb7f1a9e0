"""Single items that are changed at once, over gRPC and on both databases."""

import json
import uuid

import grpc
import pytest
from assay.ingest.v1 import catalog_version_service_pb2 as versions
from assay.ingest.v1 import item_service_pb2
from assay.ingest.v1 import streaming_item_service_pb2 as pb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.items_errors import ItemRateExceeded, number_of
from services.ingest.itemsapi.operations import Kind, checked
from services.ingest.servicers.streamed import WINDOW_SECONDS, StreamingItemServicer
from services.ingest.store import StreamStore
from services.ingest.store.streamed import Sent
from services.ingest.tables import content_changes, item_deletions
from tests.ingest.itemsapi.conftest import gone, item
from tests.ingest.itemsapi.test_contents import Ingesting, titles


class Stream:
    """Streams to one catalog."""

    def __init__(self, shop, version):
        self.shop = shop
        self.version = version

    def put(self, *items, **more):
        return self._send(self.shop.client.UpsertStreamedItems, pb.UpsertStreamedItemsRequest, items, **more)

    def patch(self, *items, **more):
        return self._send(self.shop.client.PatchStreamedItems, pb.PatchStreamedItemsRequest, items, **more)

    def delete(self, *items):
        return self._send(self.shop.client.DeleteStreamedItems, pb.DeleteStreamedItemsRequest, items)

    def _send(self, method, request, items, **more):
        kind = pb.StreamedItemDeletion if "Delete" in request.__name__ else pb.StreamedItem
        told = [kind(catalog_version=self.version, **_fields(one)) for one in items]
        return list(self.shop.call(method, request, items=told, **more).receipts)


def _fields(one):
    return {field.name: value for field, value in one.ListFields()}


def codes(receipts):
    return [receipt.code for receipt in receipts]


@pytest.fixture
def version(shop):
    return shop.catalog()


@pytest.fixture
def stream(shop, version):
    return Stream(shop, version)


def test_items_are_inserted_replaced_changed_and_deleted(shop, version, stream):
    receipts = stream.put(item("a", title="x", price=1), item("b", title="y"))
    assert [(receipt.item_id, receipt.HasField("code"), receipt.message) for receipt in receipts] == [
        ("a", False, ""),
        ("b", False, ""),
    ]
    assert len({uuid.UUID(receipt.receipt_id) for receipt in receipts}) == 2
    assert shop.items(version) == {"a": {"title": "x", "price": 1}, "b": {"title": "y"}}
    stream.put(item("a", title="z"))
    stream.patch(item("b", price=2))
    assert shop.items(version) == {"a": {"title": "z"}, "b": {"title": "y", "price": 2}}
    stream.delete(gone("a"), gone("nobody"))
    assert (shop.items(version), shop.listed(version).item_count) == ({"b": {"title": "y", "price": 2}}, 1)


def test_what_is_wrong_with_an_item_keeps_no_other_out(shop, version, stream):
    receipts = stream.put(
        item("good", title="x"),
        item("a b", title="x"),
        item("c", price="cheap"),
        item("d", "shoe"),
        item("e", "variant"),
        item("f", "variant", parent="nobody"),
    )
    expected = ["", "ITEM_ID", "ITEM_ATTRIBUTE_TYPE", "ITEM_TYPE_UNKNOWN", "ITEM_PARENT_REQUIRED"]
    expected.append("ITEM_PARENT_NOT_FOUND")
    assert codes(receipts) == [(name and number_of(name)) or 0 for name in expected]
    assert "price" in receipts[2].message
    assert "title" in receipts[2].message
    assert list(shop.items(version)) == ["good"]
    assert codes(stream.patch(item("nobody", price=1), item("good", price=True))) == [
        number_of("ITEM_NOT_FOUND"),
        number_of("ITEM_ATTRIBUTE_TYPE"),
    ]


def test_patches_need_not_have_what_is_required(shop, version, stream):
    stream.put(item("a", title="x"))
    assert codes(stream.patch(item("a", price=3))) == [0]
    assert shop.items(version) == {"a": {"title": "x", "price": 3}}


def test_parents_may_be_in_the_same_request_or_without_context(shop, version, stream):
    receipts = stream.put(
        item("1", "variant", parent="p"), item("p", title="x"), item("2", "variant", parent="p", context="uk")
    )
    assert codes(receipts) == [0, 0, 0]
    answer = shop.client.ReadItems(item_service_pb2.ReadItemsRequest(catalog_id=shop.listed(version).catalog_id))
    parents = {name: parent for part in answer for name, parent in zip(part.ids, part.parent_ids, strict=True)}
    assert parents == {"p": "", "variant:1": "p", "variant:2@uk": "p"}
    receipts = stream.put(item("q", price=1), item("3", "variant", parent="q"))
    assert codes(receipts) == [number_of("ITEM_ATTRIBUTE_REQUIRED"), number_of("ITEM_PARENT_NOT_FOUND")]
    stream.delete(gone("p"))
    assert (shop.items(version), shop.listed(version).item_count) == ({}, 0)


def test_without_a_version_the_active_catalog_is_meant(shop, version, stream):
    plain = Stream(shop, None)
    assert codes(plain.put(item("a", title="x"))) == [number_of("CATALOG_NOT_ACTIVE")]
    assert codes(Stream(shop, 99).put(item("a", title="x"))) == [number_of("CATALOG_NOT_FOUND")]
    shop.call(shop.client.ActivateCatalogVersion, versions.ActivateCatalogVersionRequest, version=version)
    assert codes(plain.put(item("a", title="x"))) == [0]
    assert list(shop.items(version)) == ["a"]


def test_fredhoppers_rules_want_a_category(shop, stream):
    assert codes(stream.put(item("a", title="x"), fhr_validation="True")) == [number_of("ITEM_CATEGORY")]
    assert codes(stream.put(item("a", title="x", categories=["c"]), fhr_validation="true")) == [0]
    assert codes(stream.patch(item("a", title="x"), fhr_validation="false")) == [0]


TIMED = st.lists(
    st.tuples(st.sampled_from(["put", "patch", "delete"]), st.sampled_from("ab"), st.integers(10, 19)),
    max_size=8,
    unique_by=lambda t: t[2],
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data(), TIMED)
def test_any_order_of_arrival_gives_the_same_items(shop, data, told):
    """Of items that were put before: others cannot be changed. Some come by a batch, the others one by one."""
    found = []
    for order in (told, data.draw(st.permutations(told))):
        version = shop.catalog()
        try:
            found.append(arrived(shop, version, order, data.draw(st.lists(st.booleans(), min_size=8, max_size=8))))
        finally:
            shop.remove(version)
    assert found[0] == found[1]


def arrived(shop, version, order, in_batch):
    """The items after operations in this order, of which some are ingested at the end."""
    stream = Stream(shop, version)
    stream.put(*(item(name, title="first", at="10:00") for name in "ab"))
    for (kind, name, minute), waits in zip(order, in_batch, strict=False):
        at = f"10:{minute}"
        changed = {"price": minute} if kind == "patch" and minute % 2 else {"title": at}
        sent = gone(name, at=at) if kind == "delete" else item(name, at=at, **changed)
        if waits:
            getattr(shop, kind)(version, sent)
        else:
            assert codes(getattr(stream, kind)(sent)) == [0]
    shop.ingest(version)
    return shop.items(version)


def test_two_changes_that_come_in_the_wrong_order_both_count(shop, version, stream):
    stream.put(item("a", title="x", at="09:00"))
    stream.patch(item("a", price=2, at="11:00"))
    stream.patch(item("a", price=1, title="y", at="10:00"))
    assert shop.items(version) == {"a": {"title": "y", "price": 2}}
    stream.put(item("a", title="z", at="10:30"))
    assert shop.items(version) == {"a": {"title": "z", "price": 2}}


def test_a_change_that_comes_late_into_a_batch_that_was_ingested(shop, version):
    shop.put(version, item("a", title="x", at="09:00"))
    shop.patch(version, item("a", price=2, at="11:00"))
    shop.ingest(version)
    shop.patch(version, item("a", price=1, title="y", at="10:00"))
    shop.ingest(version)
    assert shop.items(version) == {"a": {"title": "y", "price": 2}}


def test_an_item_that_was_put_between_its_deletion_and_a_change(shop, version, stream):
    """The change waits for the item, in the catalog and in a batch."""
    for name in "ab":
        stream.put(item(name, title="x", at="09:00"))
        stream.delete(gone(name, at="10:00"))
        assert codes(stream.patch(item(name, price=2, at="11:00"))) == [0]
    assert shop.items(version) == {}
    stream.put(item("a", title="y", at="10:30"))
    shop.put(version, item("b", title="y", at="10:30"))
    shop.ingest(version)
    assert shop.items(version) == {name: {"title": "y", "price": 2} for name in "ab"}


def test_what_is_streamed_holds_against_a_batch_that_is_older(shop, version, stream):
    shop.put(version, item("a", title="batch", at="10:00"), item("b", title="batch", at="10:00"))
    stream.put(item("a", title="streamed", at="11:00"), item("b", title="streamed", at="09:00"))
    stream.delete(gone("c", at="11:00"))
    shop.put(version, item("c", title="batch", at="10:00"))
    assert shop.ingest(version).item_error_count == 0
    assert titles(shop, version) == {"a": "streamed", "b": "batch"}


def test_what_is_streamed_while_a_content_is_built_is_in_it(shop, service_database):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(*(item(name, title="old", at="09:00") for name in "abcd"))
    shop.put(batch, *(item(name, title="batch", at="10:00") for name in "abd"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    stream.put(item("a", title="later", at="11:00"), item("b", title="earlier", at="09:30"), item("e", title="new"))
    stream.patch(item("c", price=5))
    stream.delete(gone("d", at="11:00"))
    ingesting.runner.complete(ingesting.job)
    assert titles(shop, version) == {"a": "later", "b": "batch", "c": "old", "e": "new"}
    assert shop.items(version)["c"] == {"title": "old", "price": 5}
    shop.put(batch, item("d", title="again", at="10:30"))
    shop.ingest(version, batch_import_id=batch)
    assert "d" not in shop.items(version)
    left = ingesting.left(content_changes, item_deletions)
    assert left[0] == []


def test_streamed_items_are_products_with_numbers_of_their_own(shop, version, stream):
    stream.put(item("b", title="x"), item("a", title="x"))
    stream.put(item("b", title="y"))
    rows = shop.client.read(catalog_id=shop.listed(version).catalog_id)
    assert [(name, number) for name, number, _ in rows] == [("a", 2), ("b", 1)]
    got = shop.client.GetItem(
        item_service_pb2.GetItemRequest(product_id="b", catalog_id=shop.listed(version).catalog_id)
    ).item
    assert (got.source_type, dict(got.document)) == ("stream", {"title": "y"})


def test_limits(shop, stream, refused):
    many = [item("a", title="x")] * 1_001
    assert refused(lambda: stream.put(*many))[:2] == (grpc.StatusCode.OUT_OF_RANGE, "TOO_MANY_ITEMS")
    assert refused(lambda: stream.put(item("a"), fhr_validation="maybe"))[1:] == ("VALIDATION_ERROR", ["fhrValidation"])
    empty = pb.UpsertStreamedItemsRequest()
    assert refused(lambda: shop.client.UpsertStreamedItems(empty))[1] == "TENANT_ENVIRONMENT_REQUIRED"


def test_who_makes_more_calls_than_a_tenant_may_is_refused():
    """And nobody who keeps to it, though some of his calls come late and then together."""
    servicer = StreamingItemServicer(None, None, calls_per_second=2)
    request = pb.UpsertStreamedItemsRequest(workspace_id="ws_a", environment="live")
    for _ in range(2 * (WINDOW_SECONDS + 1)):
        servicer.UpsertStreamedItems(request, None)
    with pytest.raises(ItemRateExceeded) as caught:
        servicer.UpsertStreamedItems(request, None)
    assert (caught.value.code, caught.value.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMIT_EXCEEDED")
    other = pb.UpsertStreamedItemsRequest(workspace_id="ws_a", environment="test")
    servicer.UpsertStreamedItems(other, None)


def test_attributes_are_kept_as_they_were_sent(shop):
    version = shop.catalog(())
    sent = item("a")
    sent.attributes = '{"big":123456789012345678901234567890,"price":1.10}'
    Stream(shop, version).put(sent)
    Stream(shop, version).patch(item("a", more=[1]))
    ((_, _, document),) = shop.client.read(catalog_id=shop.listed(version).catalog_id)
    assert document == '{"big":123456789012345678901234567890,"price":1.10,"more":[1]}'
    assert json.loads(document)["more"] == [1]


def test_changes_that_make_an_item_too_large_are_refused(shop):
    version = shop.catalog(())
    stream = Stream(shop, version)
    stream.put(item("a", x=1))
    assert codes(stream.patch(item("a", p="x" * 600_000))) == [0]
    assert codes(stream.patch(item("a", q="x" * 600_000))) == [number_of("ITEM_TOO_LARGE")]
    assert list(shop.items(version)["a"]) == ["x", "p"]


def test_what_hangs_on_a_refused_variant_is_refused(shop):
    version = shop.catalog(())
    stream = Stream(shop, version)
    stream.put(item("p", at="09:00"))
    stream.delete(gone("p", at="10:00"))
    receipts = stream.put(item("p", at="09:30"), item("v", parent="p"), item("w", parent="v"), item("x"))
    assert codes(receipts) == [0, *[number_of("ITEM_PARENT_NOT_FOUND")] * 2, 0]
    assert list(shop.items(version)) == ["x"]


def test_a_variant_that_went_with_its_product_went_at_that_time(shop):
    """And not when others went by the same request."""
    version = shop.catalog(())
    stream = Stream(shop, version)
    stream.put(item("p", at="09:00"), item("q", at="09:00"), item("v", parent="p", at="09:00"))
    stream.put(item("w", parent="v", at="09:00"))
    stream.delete(gone("p", at="10:00"), gone("q", at="23:00"))
    assert shop.items(version) == {}
    stream.put(item("p", at="11:00"))
    assert codes(stream.put(item("v", parent="p", at="09:30"))) == [0]
    assert list(shop.items(version)) == ["p"]
    assert codes(stream.put(item("v", parent="p", at="10:30"), item("w", parent="v", at="10:30"))) == [0, 0]
    assert list(shop.items(version)) == ["p", "v", "w"]


def test_no_item_is_its_own_parent(shop):
    version = shop.catalog(())
    assert codes(Stream(shop, version).put(item("p", parent="p"))) == [number_of("ITEM_PARENT_ID")]
    shop.put(version, item("p", parent="p"))
    assert list(shop.ingest(version).item_errors_summary) == ["ITEM_PARENT_ID"]


def test_many_changes_in_one_request(shop, monkeypatch):
    monkeypatch.setattr("services.ingest.store.streamed.CHANGED_TOGETHER", 3)
    version = shop.catalog(())
    stream = Stream(shop, version)
    stream.put(*(item(f"i{number}", x=1) for number in range(0, 10, 2)))
    receipts = stream.patch(*(item(f"i{number}", y=number) for number in range(10)))
    assert codes(receipts) == [0, number_of("ITEM_NOT_FOUND")] * 5
    assert shop.items(version) == {f"i{number}": {"x": 1, "y": number} for number in range(0, 10, 2)}


@pytest.mark.parametrize("how", ["ingested", "streamed"])
def test_variants_that_went_with_their_product_stay_away_until_they_are_put_later(shop, how):
    version, batch = shop.catalog(()), shop.batch()
    shop.put(version, item("p", at="09:00"), item("v", parent="p", at="09:00"))
    shop.ingest(version)
    if how == "streamed":
        Stream(shop, version).delete(gone("p", at="10:00"))
    else:
        shop.delete(batch, gone("p", at="10:00"))
        shop.ingest(version, batch_import_id=batch)
    assert shop.items(version) == {}
    again = shop.batch()
    shop.put(again, item("p", at="11:00"), item("v", parent="p", at="09:30"))
    shop.ingest(version, batch_import_id=again)
    assert list(shop.items(version)) == ["p"]
    shop.put(again, item("v", parent="p", at="10:30"))
    shop.ingest(version, batch_import_id=again)
    assert list(shop.items(version)) == ["p", "v"]


def test_who_makes_an_item_too_large_is_refused_alone(shop, service_database):
    """Though others changed it at the same time."""
    version = shop.catalog(())
    store, now = StreamStore(service_database), 1_800_000_000_000_000
    put = checked(item("a", big="x" * 600_000), Kind.PUT, now)
    good, bad = (checked(item("a", **more), Kind.PATCH, now + 1) for more in ({"y": 1}, {"more": "x" * 600_000}))
    catalog = shop.listed(version).catalog_id
    assert store.apply("ws_a", catalog, [Sent(0, put)]) == {}
    faults = store.apply("ws_a", catalog, [Sent(0, good), Sent(1, bad)])
    assert {place: fault.category for place, fault in faults.items()} == {1: "ITEM_TOO_LARGE"}
    assert list(shop.items(version)["a"]) == ["big", "y"]
