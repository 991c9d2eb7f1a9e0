"""Batches and their ingestion into catalogs, over gRPC and on both databases."""

import grpc
import pytest
from assay.ingest.v1 import batch_import_service_pb2 as pb
from assay.ingest.v1 import item_service_pb2

from tests.ingest.itemsapi.conftest import gone, item

RUNNING, SUCCESS, FAILURE = pb.INGESTION_STATUS_RUNNING, pb.INGESTION_STATUS_SUCCESS, pb.INGESTION_STATUS_FAILURE


def summary(told):
    return {category: (errors.count, list(errors.sample_ids)) for category, errors in told.items()}


def test_a_default_batch_becomes_the_catalog(shop):
    version = shop.catalog()
    results = shop.put(version, item("id1", title="Lamp", price=9.5), item("id2", "variant", parent="id1", size=2))
    assert [(result.id.id, result.id.type, result.code) for result in results] == [
        ("id1", "product", 0),
        ("id2", "variant", 0),
    ]
    ended = shop.ingest(version, promote_catalog_on_completion=True)
    assert (ended.status, ended.upserted_item_count, ended.item_error_count) == (SUCCESS, 2, 0)
    assert not ended.HasField("deleted_item_count")
    assert float(ended.duration) >= 0
    assert ended.configuration == pb.IngestionConfiguration(
        catalog_version=str(version), promote_catalog_on_completion=True
    )
    assert shop.items(version) == {"id1": {"title": "Lamp", "price": 9.5}, "variant:id2": {"size": 2}}
    listed = shop.listed(version)
    assert (listed.item_count, listed.state) == (2, 3)
    answer = shop.client.ReadItems(item_service_pb2.ReadItemsRequest(catalog_id=listed.catalog_id))
    assert [list(part.parent_ids) for part in answer] == [["", "id1"]]


def test_every_error_of_an_item_is_counted_and_the_others_are_taken(shop):
    version = shop.catalog()
    shop.put(
        version,
        item("good", title="Lamp", colour="red"),
        item("bad", price="cheap"),
        item("worse", price=True),
        item("other", "shoe", title="x"),
        item("child", "variant", parent="nobody"),
        item("alone", "variant"),
        item("orphan", "variant", parent="bad"),
    )
    shop.patch(version, item("missing", title="x"))
    ended = shop.ingest(version)
    assert (ended.status, ended.upserted_item_count, ended.item_error_count) == (SUCCESS, 1, 7)
    assert summary(ended.item_errors_summary) == {
        "ITEM_ATTRIBUTE_REQUIRED": (2, ["bad", "worse"]),
        "ITEM_ATTRIBUTE_TYPE": (2, ["bad", "worse"]),
        "ITEM_TYPE_UNKNOWN": (1, ["shoe:other"]),
        "ITEM_NOT_FOUND": (1, ["missing"]),
        "ITEM_PARENT_REQUIRED": (1, ["variant:alone"]),
        "ITEM_PARENT_NOT_FOUND": (2, ["variant:child", "variant:orphan"]),
    }
    assert summary(ended.item_warnings_summary) == {"ITEM_ATTRIBUTE_UNKNOWN": (1, ["good"])}
    assert list(shop.items(version)) == ["good"]


@pytest.mark.parametrize(
    ("thresholds", "status"),
    [
        ({"min_item_count": 3}, SUCCESS),
        ({"min_item_count": 4}, FAILURE),
        ({"min_success_rate_percent": 75}, SUCCESS),
        ({"min_success_rate_percent": 75.1}, FAILURE),
    ],
)
def test_what_reaches_a_threshold_passes(shop, thresholds, status):
    version = shop.catalog()
    shop.put(version, *(item(str(number), title="x") for number in range(3)), item("bad"))
    ended = shop.ingest(version, promote_catalog_on_completion=True, **thresholds)
    assert (ended.status, ended.item_error_count, bool(ended.status_reason)) == (status, 1, status == FAILURE)
    assert len(shop.items(version)) == (3 if status == SUCCESS else 0)
    assert (shop.listed(version).state == 3) is (status == SUCCESS)
    assert ended.HasField("duration")
    assert ended.HasField("upserted_item_count") is (status == SUCCESS)


@pytest.mark.parametrize(("least", "status"), [(0, SUCCESS), (1, FAILURE)])
def test_an_empty_batch_passes_without_thresholds_only(shop, least, status):
    version = shop.catalog()
    assert shop.ingest(version, min_success_rate_percent=least).status == status


def test_a_batch_of_deletions_alone_has_nothing_invalid(shop):
    version = shop.catalog()
    shop.put(version, item("a", title="x"))
    shop.ingest(version)
    batch = shop.batch()
    shop.delete(batch, gone("a"), gone("nobody"))
    ended = shop.ingest(version, batch_import_id=batch, min_success_rate_percent=100)
    assert (ended.status, shop.items(version)) == (SUCCESS, {})


def test_a_failed_ingestion_leaves_the_catalog_as_it_was(shop):
    version = shop.catalog()
    shop.put(version, item("a", title="old"))
    shop.ingest(version)
    batch = shop.batch()
    shop.put(batch, item("a", title="new"), item("b"))
    shop.delete(batch, gone("a"))
    shop.put(batch, item("c", title="x"))
    assert shop.ingest(version, batch_import_id=batch, min_success_rate_percent=100).status == FAILURE
    assert shop.items(version) == {"a": {"title": "old"}}
    assert shop.ingest(version, batch_import_id=batch).status == SUCCESS
    assert shop.items(version) == {"c": {"title": "x"}}


def test_a_batch_may_be_ingested_again_and_into_another_catalog(shop):
    first, second = shop.catalog(), shop.catalog()
    shop.put(first, item("a", title="x"))
    for version in (first, first, second):
        ended = shop.ingest(version, batch_import_id=str(first))
        assert (ended.status, ended.upserted_item_count) == (SUCCESS, 1)
    assert shop.items(first) == shop.items(second) == {"a": {"title": "x"}}
    assert shop.listed(first).item_count == 1


def test_missing_items_of_the_same_source_are_removed(shop, do_import):
    version = shop.catalog()
    shop.put(version, item("mine", title="x"), item("kept", title="x"), item("child", "variant", parent="mine"))
    shop.ingest(version, source="erp")
    do_import("id,title\nimported,y\n", shop.listed(version).catalog_id)
    batch = shop.batch()
    shop.put(batch, item("kept", title="z"), item("invalid"))
    ended = shop.ingest(version, batch_import_id=batch, source="erp", delete_missing_items=True)
    assert (ended.upserted_item_count, ended.deleted_item_count) == (1, 2)
    assert sorted(shop.items(version)) == ["imported", "kept"]
    ended = shop.ingest(version, batch_import_id=shop.batch(), delete_missing_items=True)
    assert (ended.deleted_item_count, sorted(shop.items(version))) == (1, ["kept"])
    assert shop.listed(version).item_count == 1


def test_what_an_import_brought_is_replaced_by_an_ingestion(shop, do_import):
    version = shop.catalog()
    do_import("id,title\na,old\nb,old\n", shop.listed(version).catalog_id)
    shop.put(version, item("a", title="new"))
    ended = shop.ingest(version, delete_missing_items=True)
    assert (ended.upserted_item_count, ended.deleted_item_count, shop.items(version)) == (1, 1, {"a": {"title": "new"}})


def test_patches_change_what_the_catalog_has(shop):
    version = shop.catalog()
    shop.put(version, item("a", title="x", price=1.5, big=12345678901234567890123))
    shop.ingest(version)
    batch = shop.batch()
    shop.patch(batch, item("a", price=2.5))
    shop.ingest(version, batch_import_id=batch)
    assert shop.items(version) == {"a": {"title": "x", "price": 2.5, "big": 12345678901234567890123}}


def test_a_deleted_product_takes_its_variants_along(shop):
    version = shop.catalog()
    shop.put(version, item("a", title="x"), item("b", title="x"), item("v", "variant", parent="a"))
    shop.ingest(version)
    batch = shop.batch()
    shop.delete(batch, gone("a"))
    shop.ingest(version, batch_import_id=batch)
    assert list(shop.items(version)) == ["b"]


def test_a_deletion_holds_against_what_is_older(shop):
    version = shop.catalog()
    shop.put(version, item("a", at="10:00", title="x"))
    shop.ingest(version)
    later, late = shop.batch(), shop.batch()
    shop.delete(later, gone("a", at="12:00"))
    shop.ingest(version, batch_import_id=later)
    shop.put(late, item("a", at="11:00", title="late"))
    shop.ingest(version, batch_import_id=late)
    assert shop.items(version) == {}
    shop.put(late, item("a", at="13:00", title="new"))
    shop.ingest(version, batch_import_id=late)
    assert shop.items(version) == {"a": {"title": "new"}}


def test_parents_are_looked_for_in_the_same_context_first(shop):
    version = shop.catalog()
    shop.put(
        version,
        item("p", title="x"),
        item("q", title="x", context="uk"),
        item("1", "variant", parent="p", context="uk"),
        item("2", "variant", parent="q", context="uk"),
        item("3", "variant", parent="q"),
    )
    ended = shop.ingest(version)
    assert summary(ended.item_errors_summary) == {"ITEM_PARENT_NOT_FOUND": (1, ["variant:3"])}
    answer = shop.client.ReadItems(item_service_pb2.ReadItemsRequest(catalog_id=shop.listed(version).catalog_id))
    parents = {pair for part in answer for pair in zip(part.ids, part.parent_ids, strict=True)}
    assert parents >= {("variant:1@uk", "p"), ("variant:2@uk", "product:q@uk")}


def test_a_catalog_without_schemas_takes_every_item_as_it_is(shop):
    version = shop.catalog(())
    shop.put(version, item("a", "anything", any=[1, {"b": None}]))
    assert shop.ingest(version).status == SUCCESS
    assert shop.items(version) == {"anything:a": {"any": [1, {"b": None}]}}


def test_many_items_in_one_stream_are_answered_one_by_one(shop):
    version = shop.catalog()

    def messages():
        start = pb.ItemStreamStart(workspace_id="ws_a", environment=shop.environment, batch_id=str(version))
        yield pb.StreamItemsRequest(start=start)
        for place in range(5):
            some = [item(f"{place}-{number}", title="x") for number in range(1_000)]
            yield pb.StreamItemsRequest(put=pb.PutItems(items=[*some, item("no no", title="x")]))
        yield pb.StreamItemsRequest(patch=pb.PatchedItems(items=[item("0-0", title="y")]))
        yield pb.StreamItemsRequest(delete=pb.DeletedItems(items=[gone("0-1")]))

    answers = [[result.code for result in answer.results] for answer in shop.client.StreamItems(messages())]
    assert answers == [[0] * 1_000 + [600]] * 5 + [[0], [0]]
    ended = shop.ingest(version)
    assert (ended.upserted_item_count, len(shop.items(version))) == (4_999, 4_999)
    assert shop.items(version)["0-0"] == {"title": "y"}


def test_an_ingestion_that_has_ended_is_forgotten_with_its_batch(shop, refused):
    version = shop.catalog()
    shop.put(version, item("a", title="x"))
    ingestion = shop.ingest(version).id
    shop.call(shop.client.DeleteIngestion, pb.DeleteIngestionRequest, id=ingestion)
    assert refused(lambda: shop.get(ingestion))[:2] == (grpc.StatusCode.NOT_FOUND, "INGESTION_NOT_FOUND")
    assert refused(lambda: shop.put(version, item("b")))[:2] == (grpc.StatusCode.NOT_FOUND, "BATCH_NOT_FOUND")
    assert list(shop.items(version)) == ["a"]


def test_ingestions_are_listed_by_environment_status_and_age(shop):
    version = shop.catalog()
    good, bad = shop.ingest(version).id, shop.ingest(version, min_item_count=1).id

    def listed(**filters):
        request = pb.ListIngestionsRequest(environments=[shop.environment], **filters)
        return [one.id for one in shop.client.ListIngestions(request).ingestions]

    assert listed() == [bad, good]
    assert listed(status=SUCCESS) == [good]
    assert listed(status=RUNNING) == []
    assert listed(lookback_duration=60_000) == listed(lookback_duration=2**63 - 1) == [bad, good]
    assert listed(lookback_duration=0) == []
    everywhere = shop.client.ListIngestions(pb.ListIngestionsRequest())
    assert {good, bad} <= {one.id for one in everywhere.ingestions}


def test_changes_that_make_an_item_too_large_are_none_of_it(shop):
    """Each of them is small enough."""
    version = shop.catalog(())
    shop.put(version, item("a", x=1), item("b", x=1))
    for name in "pq":
        shop.patch(version, item("a", **{name: "x" * 600_000}), item("b", **{name: "y"}))
    ended = shop.ingest(version)
    assert shop.items(version) == {"b": {"x": 1, "p": "y", "q": "y"}}
    assert {name: error.count for name, error in ended.item_errors_summary.items()} == {"ITEM_TOO_LARGE": 1}


def test_times_before_1970_are_times(shop):
    version = shop.catalog(())
    old = item("a", x=1)
    old.timestamp = "1969-12-31T23:59:59Z"
    shop.put(version, old)
    assert shop.ingest(version).upserted_item_count == 1
    assert shop.items(version) == {"a": {"x": 1}}


def test_of_an_invalid_item_it_is_told_that_its_parent_is_missing_too(shop):
    """A parent that is neither in the catalog nor in the batch; one that is not valid is known."""
    version = shop.catalog()
    shop.put(version, item("known", title="x"), item("bad", price="y"))
    shop.put(version, *(item(name, "variant", parent=name, size="x") for name in ("known", "bad", "nobody")))
    shop.put(version, item("z", "variant", parent="nobody"), item("u", "none", parent="nobody"))
    told = summary(shop.ingest(version).item_errors_summary)
    assert told == {
        "ITEM_ATTRIBUTE_REQUIRED": (1, ["bad"]),
        "ITEM_ATTRIBUTE_TYPE": (4, ["bad", "variant:bad", "variant:known", "variant:nobody"]),
        "ITEM_TYPE_UNKNOWN": (1, ["none:u"]),
        "ITEM_PARENT_NOT_FOUND": (3, ["none:u", "variant:nobody", "variant:z"]),
    }


def test_a_product_whose_group_is_only_a_name_can_be_changed(shop, do_import):
    """It came by import; the change says nothing of a parent."""
    version = shop.catalog(())
    do_import("id,title,item_group_id\nA1,x,grp\nA2,x,grp\n", shop.listed(version).catalog_id)
    shop.patch(version, item("A1", color="red"), item("A2", color="red", parent="nobody"))
    ended = shop.ingest(version)
    assert summary(ended.item_errors_summary) == {"ITEM_PARENT_NOT_FOUND": (1, ["A2"])}
    assert [one.get("color") for one in shop.items(version).values()] == ["red", None]
