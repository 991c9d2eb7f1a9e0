"""Batches: what is refused, what expires, and what is swept."""

import threading

import grpc
import pytest
import sqlalchemy as sa
from assay.ingest.v1 import batch_import_service_pb2 as pb
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.ingest.following import IngestionExplained
from services.ingest.items_errors import number_of
from services.ingest.store import BatchStore
from services.ingest.tables import batch_operations, batches
from services.runtime.jobs import Outcome
from tests.ingest.itemsapi.conftest import gone, item
from tests.ingest.itemsapi.test_contents import Ingesting
from tests.runtime.test_recovery import until

HOUR = 60 * 60 * 1_000_000
DAY = 24 * HOUR
INVALID, MISSING = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
FAILED, ABORTED = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED


@pytest.fixture
def expire(service_database):
    """Makes batches as old as they may get, and older than they are left alone for."""

    def run(batch, days=7, hours=1):
        with service_database.write() as connection:
            one = sa.update(batches).where(batches.c.id == str(batch))
            age = days * DAY + hours * HOUR
            connection.execute(one.values(created_at=batches.c.created_at - age))

    return run


def operations(database):
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(batch_operations)).scalar_one()


def test_batches_are_listed_until_they_expire(shop, expire):
    first, second = shop.batch(), shop.batch()
    listed = shop.call(shop.client.ListBatchImports, pb.ListBatchImportsRequest).batch_imports
    assert [one.id for one in listed] == [first, second]
    assert listed[0].created_at.seconds > 1_700_000_000
    expire(first)
    listed = shop.call(shop.client.ListBatchImports, pb.ListBatchImportsRequest).batch_imports
    assert [one.id for one in listed] == [second]


def test_a_batch_that_has_expired_can_neither_be_filled_nor_ingested_and_is_swept(
    shop, expire, refused, service_database
):
    version = shop.catalog()
    shop.put(version, item("a", title="x"))
    store = BatchStore(service_database, kept_days=7)
    store.sweep()
    before = operations(service_database)
    expire(version)
    for call in (
        lambda: shop.put(version, item("b")),
        lambda: shop.patch(version, item("b")),
        lambda: shop.delete(version, gone("b")),
        lambda: shop.start(version),
    ):
        assert refused(call)[:2] == (FAILED, "BATCH_EXPIRED")
    store.sweep()
    assert operations(service_database) == before - 1
    assert refused(lambda: shop.start(version))[:2] == (FAILED, "BATCH_EXPIRED")  # it is told all the same
    expire(version, 90)
    store.sweep()
    assert refused(lambda: shop.start(version))[:2] == (MISSING, "BATCH_NOT_FOUND")


def test_a_batch_that_has_just_expired_is_left_alone_for_an_hour(shop, expire, service_database):
    """Whoever found it in time may be about to ingest it, and is to find all of it."""
    version = shop.catalog()
    shop.put(version, item("a", title="x"))
    store = BatchStore(service_database, kept_days=7)
    store.sweep()
    before = operations(service_database)
    expire(version, hours=0)
    store.sweep()
    assert operations(service_database) == before
    expire(version, days=0)
    store.sweep()
    assert operations(service_database) == before - 1


def test_a_stream_that_outlives_its_batch_is_told_so(shop, expire, refused, service_database):
    batch = shop.batch()
    before = operations(service_database)

    def messages():
        start = pb.ItemStreamStart(workspace_id="ws_a", environment=shop.environment, batch_id=batch)
        yield pb.StreamItemsRequest(start=start)
        yield pb.StreamItemsRequest(put=pb.PutItems(items=[item("a", title="x")]))
        first_is_kept.wait(30)
        expire(batch)
        yield pb.StreamItemsRequest(put=pb.PutItems(items=[item("b", title="x")]))

    first_is_kept = threading.Event()
    answers = shop.client.StreamItems(messages())
    assert next(answers).results[0].code == 0
    first_is_kept.set()
    assert refused(lambda: answers)[:2] == (FAILED, "BATCH_EXPIRED")
    assert operations(service_database) == before + 1


def test_a_batch_that_is_being_ingested_is_not_swept(shop, expire, service_database):
    version = shop.catalog()
    shop.put(version, item("a", title="x"))
    ingesting = Ingesting(shop, service_database, version, version)
    expire(version)
    BatchStore(service_database, kept_days=7).sweep()
    ingesting.build()
    ingesting.runner.complete(ingesting.job)
    assert list(shop.items(version)) == ["a"]


def test_large_batches_are_swept_some_at_a_time(shop, service_database, monkeypatch):
    monkeypatch.setattr("services.ingest.store.batches.REMOVED_AT_ONCE", 3)
    store = BatchStore(service_database, kept_days=7)
    store.sweep()
    version = shop.catalog()
    shop.put(version, *(item(f"{number}", title="x") for number in range(10)), item("1", title="y"))
    before = operations(service_database)
    shop.remove(version)
    store.sweep(lambda: False)
    assert operations(service_database) == before - 3
    store.sweep()
    assert operations(service_database) == before - 11


def test_items_are_answered_one_by_one_and_the_good_ones_kept(shop):
    version = shop.catalog()
    bad_time = item("b", title="x")
    bad_time.timestamp = "2024-09-05T10:50:42"
    results = shop.put(
        version, item("", title="x"), item("a", title="x", context="uk"), bad_time, pb.ItemContent(id="c", type="t")
    )
    told = [(result.id.id, result.id.context, result.code) for result in results]
    codes = [number_of(name) for name in ("ITEM_ID", "ITEM_TIMESTAMP", "ITEM_ATTRIBUTES")]
    assert told == [("", "", codes[0]), ("a", "uk", 0), ("b", "", codes[1]), ("c", "", codes[2])]
    assert results[0].message.startswith("ITEM_ID: id must have")
    assert not results[1].HasField("message")
    assert shop.ingest(version).upserted_item_count == 1


def test_of_one_item_twice_in_a_request_the_second_counts(shop):
    version = shop.catalog()
    shop.put(version, item("a", title="first"), item("a", title="second"))
    ended = shop.ingest(version)
    assert (ended.upserted_item_count, shop.items(version)) == (1, {"a": {"title": "second"}})


def test_too_many_items_in_one_request_are_not_taken(shop, refused):
    version = shop.catalog()
    many = [pb.ItemContent(id="a", type="product", attributes="{}")] * 10_001
    assert refused(lambda: shop.put(version, *many))[:2] == (grpc.StatusCode.OUT_OF_RANGE, "TOO_MANY_ITEMS")
    assert shop.ingest(version).item_error_count == 0


@pytest.mark.parametrize(
    ("environment", "batch_id", "expected"),
    [
        ("", "x", (INVALID, "TENANT_ENVIRONMENT_REQUIRED", [])),
        ("a b", "x", (INVALID, "ENVIRONMENT_INVALID", ["environment"])),
        ("live", "", (INVALID, "VALIDATION_ERROR", ["batch_id"])),
        ("live", "x", (MISSING, "BATCH_NOT_FOUND", [])),
    ],
)
def test_where_items_go_has_to_be_there(client, refused, environment, batch_id, expected):
    for call, request in (
        (client.AddItems, pb.AddItemsRequest),
        (client.PatchItems, pb.PatchItemsRequest),
        (client.DeleteItems, pb.DeleteItemsRequest),
    ):
        assert refused(lambda: call(request(environment=environment, batch_id=batch_id))) == expected  # noqa: B023
    start = pb.ItemStreamStart(workspace_id="ws_a", environment=environment, batch_id=batch_id)
    assert refused(lambda: client.StreamItems(iter([pb.StreamItemsRequest(start=start)]))) == expected


def test_a_stream_begins_with_where_it_goes_and_says_so_once(shop, refused):
    start = pb.StreamItemsRequest(
        start=pb.ItemStreamStart(workspace_id="ws_a", environment=shop.environment, batch_id=shop.batch())
    )
    for messages in ([start, start], [start, pb.StreamItemsRequest()]):
        assert refused(lambda: shop.client.StreamItems(iter(messages))) == (  # noqa: B023
            INVALID,
            "VALIDATION_ERROR",
            ["start"],
        )


@pytest.mark.parametrize(
    ("configuration", "fields"),
    [
        ({"catalog_version": ""}, ["catalogVersion"]),
        ({"min_item_count": -1}, ["minItemCount"]),
        ({"min_success_rate_percent": 100.5}, ["minSuccessRatePercent"]),
        ({"min_success_rate_percent": float("nan")}, ["minSuccessRatePercent"]),
        ({"source": "x" * 256, "min_item_count": -1}, ["minItemCount", "source"]),
    ],
)
def test_configurations_that_are_refused(shop, refused, configuration, fields):
    told = pb.IngestionConfiguration(**{"catalog_version": "1"} | configuration)
    request = pb.CreateIngestionRequest(environment=shop.environment, configuration=told)
    assert refused(lambda: shop.client.CreateIngestion(request)) == (INVALID, "VALIDATION_ERROR", fields)


@pytest.mark.parametrize("version", ["99", "one", "-1", "9" * 30, "9" * 5_000, "١"])
def test_versions_that_no_catalog_has(shop, refused, version):
    assert refused(lambda: shop.start(version))[:2] == (MISSING, "CATALOG_NOT_FOUND")


def test_a_catalog_without_default_batch_needs_one_to_be_named(shop, refused):
    version = shop.catalog(with_batch=False)
    assert refused(lambda: shop.start(version))[:2] == (MISSING, "BATCH_NOT_FOUND")
    assert refused(lambda: shop.start(version, batch_import_id="x"))[:2] == (MISSING, "BATCH_NOT_FOUND")


def told_of(error):
    """The code, reason and metadata of an error."""
    info = error_details_pb2.ErrorInfo()
    next(iter(rpc_status.from_call(error).details)).Unpack(info)
    return error.code(), info.reason, dict(info.metadata)


def test_while_an_ingestion_runs_neither_it_nor_its_catalog_can_go_nor_another_begin(shop, refused, service_database):
    version = shop.catalog()
    ingesting = Ingesting(shop, service_database, version, version)
    ingesting.build()
    running = ingesting.job.id
    told = shop.get(running)
    assert (told.status, told.HasField("duration")) == (pb.INGESTION_STATUS_RUNNING, False)
    delete = lambda: shop.call(shop.client.DeleteIngestion, pb.DeleteIngestionRequest, id=running)  # noqa: E731
    assert refused(delete)[:2] == (ABORTED, "INGESTION_RUNNING")
    for call in (lambda: shop.start(version), lambda: shop.remove(version)):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert told_of(caught.value) == (ABORTED, "JOB_ALREADY_RUNNING", {"job_id": running})
    ingesting.runner.complete(ingesting.job)
    delete()


def test_a_job_that_cannot_be_opened_leaves_no_ingestion(shop, refused, workspace):
    version = shop.catalog()
    workspace.refuse_jobs = True
    try:
        assert refused(lambda: shop.start(version))[0] is ABORTED
    finally:
        workspace.refuse_jobs = False
    request = pb.ListIngestionsRequest(environments=[shop.environment])
    assert list(shop.client.ListIngestions(request).ingestions) == []


def test_an_ingestion_that_fails_says_why(shop, monkeypatch):
    version = shop.catalog()
    shop.put(version, item("a", title="x"))
    monkeypatch.setattr("services.ingest.ingestion_job.ranges_between", lambda ends: 1 / 0)
    ended = shop.ingest(version)
    assert ended.status == pb.INGESTION_STATUS_ERROR
    until(lambda: "quote job id" in shop.get(ended.id).status_reason)  # which is known when its job has ended
    assert (ended.HasField("duration"), ended.HasField("item_error_count")) == (False, False)
    assert shop.items(version) == {}


@pytest.mark.parametrize(
    ("status", "told"), [("cancelled", "The ingestion was cancelled; nothing was applied."), ("failed", "Why.")]
)
def test_why_an_ingestion_ended_is_known_with_its_job(shop, service_database, status, told):
    version = shop.catalog()
    ingesting = Ingesting(shop, service_database, version, version)
    ingesting.build()
    ingesting.runner.discard(ingesting.job)
    explained = IngestionExplained(ingesting.ingestions, lambda *_: None)
    assert explained(ingesting.job, Outcome(status, message="Why.")) is None
    assert shop.get(ingesting.job.id).status_reason == told


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"lookback_duration": -1}, (INVALID, "VALIDATION_ERROR", ["lookback_duration"])),
        ({"status": 99}, (INVALID, "VALIDATION_ERROR", ["status"])),
        ({"environments": ["good", "b@d"]}, (INVALID, "ENVIRONMENT_INVALID", ["environment"])),
        ({"environments": [""]}, (INVALID, "ENVIRONMENT_INVALID", ["environment"])),
    ],
)
def test_lists_of_ingestions_that_are_refused(client, refused, filters, expected):
    assert refused(lambda: client.ListIngestions(pb.ListIngestionsRequest(**filters))) == expected
