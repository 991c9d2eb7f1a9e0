import threading

import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.silver.v1 import product_pb2
from assay.silver.v1 import silver_service_pb2 as pb

SUCCESS, ERROR = run_pb2.RESULT_STATUS_SUCCESS, run_pb2.RESULT_STATUS_ERROR
LAMP = {"title": "  Walnut lamp ", "brand": "ACME", "price": "19,90 €", "image_link": "https://a.de/1.jpg"}


def test_events_of_a_small_run(normalize, catalog, world, job_result):
    catalog_id = catalog({"a": LAMP, "b": {"title": "Chair"}})
    started, results, summary = events = normalize(catalog_id)

    assert [event.sequence for event in (started, results, summary)] == [1, 2, 3]
    assert started.started.total == 2
    assert world.jobs[started.started.job_id].lock_key == catalog_id
    first, second = results.results.results
    assert (first.product_id, first.status, first.fields_normalized, first.urls_validated) == ("a", SUCCESS, 4, 1)
    assert not first.HasField("duplicate_of")
    assert not first.HasField("error")
    assert (second.product_id, second.fields_normalized, second.urls_validated) == ("b", 0, 0)
    assert summary.summary.processed == 2
    assert job_result(events) == {
        "processed": 2,
        "succeeded": 2,
        "errors": 0,
        "fieldsNormalized": 4,
        "urlsValidated": 1,
        "duplicates": 0,
        "likelyDuplicates": 0,
        "changes": {"text.whitespace": 1, "money.currency_in_price": 2, "brand.link": 1},
        "issues": {},
        "issuesBySeverity": {"error": 0, "warning": 0, "info": 0},
        "productsWithIssues": 0,
        "brokenUrls": 0,
        "brokenImages": [],
    }


def test_a_mail_is_asked_for_with_the_record(normalize, catalog, world):
    catalog_id = catalog({"a": LAMP})
    for asked in (True, False):
        started, *_ = normalize(catalog_id, notify_email=asked)
        assert world.jobs[started.started.job_id].notify_email is asked


def test_selection_keeps_its_order_and_takes_each_product_once(fared, catalog):
    catalog_id = catalog({name: {"title": name} for name in "abcdef"})
    assert list(fared(catalog_id, "e", "b", "e", "a")) == ["e", "b", "a"]


def test_unknown_product_is_an_error_of_its_own(fared, catalog):
    result = fared(catalog({"a": LAMP}), "zz", "a")
    assert (result["zz"].status, result["zz"].error) == (ERROR, "Product not found")
    assert not result["zz"].HasField("fields_normalized")
    assert result["a"].status == SUCCESS


def test_a_large_run_has_every_result_in_id_order(normalize, catalog):
    catalog_id = catalog({f"p{index:02}": {"title": f"Product {index}"} for index in range(25)})
    events = normalize(catalog_id)
    results = [result.product_id for event in events for result in event.results.results]
    assert results == sorted(results)
    assert len(results) == 25
    assert events[0].started.total == 25
    assert events[-1].summary.processed == 25
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


def test_an_empty_catalog(normalize, catalog):
    events = normalize(catalog({}))
    assert (events[0].started.total, events[-1].summary.processed) == (0, 0)


def test_unknown_brand(fared, catalog, product):
    catalog_id = catalog({"a": {"title": "A", "brand": "AcmeCorp"}})
    result = fared(catalog_id)["a"]
    assert (result.status, result.error) == (ERROR, "Brand not found: 'AcmeCorp'")
    assert not result.HasField("urls_validated")
    shown = product(catalog_id, "a")
    assert shown.pipeline_stage == product_pb2.PIPELINE_STAGE_BRONZE
    assert shown.silver_error == "Brand not found: 'AcmeCorp'"


def test_brands_like_the_unknown_one_are_suggested(fared, catalog, world, call, normalize):
    world.brands["ws_a"]["AcmeCo Tools"] = "brand_tools"
    catalog_id = catalog({"a": {"brand": "AcmeCorp"}, "b": {"brand": "Qwertz"}, "c": {"brand": "Acme, Inc."}})
    events = normalize(catalog_id)
    results = {result.product_id: result for event in events for result in event.results.results}
    assert results["a"].error == "Brand not found: 'AcmeCorp'"
    assert list(results["a"].suggestions) == ["Acme"]
    assert (list(results["b"].suggestions), results["b"].status) == ([], ERROR)
    assert (list(results["c"].suggestions), results["c"].status) == ([], SUCCESS)
    listed = call(
        "ListNormalizeResults",
        pb.ListNormalizeResultsRequest(workspace_id="ws_a", job_id=events[0].started.job_id, page_size=1),
    )
    assert list(listed.results[0].suggestions) == ["Acme"]


def test_unknown_brand_is_registered_when_asked(fared, catalog, product, world):
    catalog_id = catalog({f"p{index}": {"title": "A", "brand": f"New {index % 2}"} for index in range(9)})
    results = fared(catalog_id, unknown_brands=pb.UNKNOWN_BRANDS_REGISTER)
    assert {result.status for result in results.values()} == {SUCCESS}
    assert set(world.brands["ws_a"]) == {"Acme", "Globex", "New 0", "New 1"}
    assert product(catalog_id, "p1").brand_id == "brand_New 1"


def test_a_registry_that_changed_between_runs_is_seen(fared, catalog, world):
    catalog_id = catalog({"a": {"title": "A", "brand": "Newcomer"}})
    assert fared(catalog_id)["a"].error == "Brand not found: 'Newcomer'"
    world.brands["ws_a"]["Newcomer"] = "brand_newcomer"
    assert not fared(catalog_id)["a"].HasField("error")


def test_a_brand_name_too_long_to_register_is_an_error(fared, catalog):
    result = fared(catalog({"a": {"brand": "x" * 300}}), unknown_brands=pb.UNKNOWN_BRANDS_REGISTER)["a"]
    assert result.error == f"Brand not found: '{'x' * 300}'"


def test_product_in_error_keeps_its_former_record(fared, catalog, product, items_of, read):
    catalog_id = catalog({"a": {"title": "Lamp", "brand": "Acme"}})
    fared(catalog_id)
    before = read(catalog_id)["a"]
    items_of(catalog_id).put("a", {"title": "Lamp 2", "brand": "Nobody"})

    assert fared(catalog_id)["a"].status == ERROR
    assert product(catalog_id, "a").pipeline_stage == product_pb2.PIPELINE_STAGE_BRONZE
    items_of(catalog_id).put("a", {"title": "Lamp", "brand": "Acme"})
    assert read(catalog_id)["a"] == before
    shown = product(catalog_id, "a")
    assert (shown.title, shown.pipeline_stage) == ("Lamp", product_pb2.PIPELINE_STAGE_SILVER)


def test_a_later_success_takes_the_error_away(fared, catalog, product, world):
    catalog_id = catalog({"a": {"title": "Lamp", "brand": "Late"}})
    fared(catalog_id)
    world.brands["ws_a"]["Late"] = "brand_late"
    assert fared(catalog_id, "a")["a"].status == SUCCESS
    assert not product(catalog_id, "a").HasField("silver_error")


def test_image_checks_off(fared, catalog):
    catalog_id = catalog({"a": LAMP})
    assert fared(catalog_id, image_checks=pb.IMAGE_CHECKS_OFF)["a"].urls_validated == 0


def test_whole_run_drops_rows_of_vanished_items(normalize, catalog, items_of, app):
    catalog_id = catalog({name: {"title": name, "gtin": "4006381333931"} for name in "abcdef"})
    normalize(catalog_id)
    del items_of(catalog_id).items["a"]
    events = normalize(catalog_id)
    results = {result.product_id: result.duplicate_of for event in events for result in event.results.results}
    assert results == {"b": "", "c": "b", "d": "b", "e": "b", "f": "b"}


def test_running_twice_gives_the_same(fared, catalog, read):
    catalog_id = catalog({f"p{index}": LAMP | {"sku": str(index)} for index in range(9)})
    once, records = fared(catalog_id), read(catalog_id)
    assert fared(catalog_id) == once
    assert read(catalog_id) == records


def test_price_convention_comes_from_the_catalog_where_a_selection_is_too_small(fared, catalog, product):
    prices = {"a": "1.234", "b": "19,99", "c": "5,00"}
    catalog_id = catalog({name: {"price": price} for name, price in prices.items()})
    fared(catalog_id, "a")
    assert product(catalog_id, "a").price == "1234"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, ["scope"]),
        ({"scope": 7}, ["scope"]),
        ({"scope": run_pb2.SCOPE_SELECTION}, ["productIds"]),
        ({"scope": run_pb2.SCOPE_SELECTION, "product_ids": [str(n) for n in range(10_001)]}, ["productIds"]),
        ({"scope": run_pb2.SCOPE_ALL, "unknown_brands": 9}, ["unknownBrands"]),
        (
            {"duplicates": 9, "image_checks": 9, "duplicate_strictness": -1},
            ["scope", "duplicates", "duplicateStrictness", "imageChecks"],
        ),
    ],
)
def test_faulty_requests(refused, catalog, changes, fields):
    request = pb.NormalizeRequest(workspace_id="ws_a", catalog_id=catalog({}), **changes)
    assert refused("Normalize", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", fields)


@pytest.mark.parametrize("product_id", ["a\0b", "\0", "x" * 256])
def test_what_can_be_no_id_is_refused_by_its_place(refused, catalog, product_id):
    request = pb.NormalizeRequest(
        workspace_id="ws_a", catalog_id=catalog({}), scope=run_pb2.SCOPE_SELECTION, product_ids=["a", product_id]
    )
    assert refused("Normalize", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", ["productIds[1]"])


def test_an_id_as_long_as_one_may_be_is_an_unknown_one(fared, catalog):
    assert fared(catalog({}), "ä" * 255)["ä" * 255].error == "Product not found"


def test_characters_that_no_database_keeps_fail_nothing(fared, catalog, product):
    """NUL is no part of a value that Silver knows; in attributes, as in JSON, it stays what it was."""
    texts = {name: f"A\0B {name}" for name in ("title", "brand", "mpn", "sku", "gtin", "category", "description")}
    odd = texts | {"image_link": "http://a.de/\0.png", "link": "a\0", "tags": ["a\0", "\0"], "we\0ird": "va\0lue"}
    catalog_id = catalog({"a": odd, "b": odd | {"brand": "Ac\0me"}, "c": {"title": "\0"}})
    results = fared(catalog_id, unknown_brands=pb.UNKNOWN_BRANDS_ERROR)
    assert results["a"].error == "Brand not found: 'AB brand'"
    assert {results["b"].status, results["c"].status} == {SUCCESS}
    shown = product(catalog_id, "b")
    assert (shown.title, shown.brand, shown.sku) == ("AB title", "Acme", "AB sku")
    assert dict(shown.attributes) == {"we\0ird": "va\0lue"}
    assert {change.before for change in shown.changes if change.field == "title"} == {"A\0B title"}


def test_ids_are_ignored_with_scope_all(call, catalog):
    request = pb.NormalizeRequest(
        workspace_id="ws_a", catalog_id=catalog({"a": {}}), scope=run_pb2.SCOPE_ALL, product_ids=["x"]
    )
    assert call("Normalize", request)[-1].summary.processed == 1


def test_unknown_catalog(refused):
    request = pb.NormalizeRequest(workspace_id="ws_a", catalog_id="cat_none", scope=run_pb2.SCOPE_ALL)
    assert refused("Normalize", request)[:2] == ("NOT_FOUND", "CATALOG_NOT_FOUND")


def test_second_run_on_a_catalog_is_refused(refused, catalog, world):
    catalog_id = catalog({"a": {}})
    world.locked.add(catalog_id)
    request = pb.NormalizeRequest(workspace_id="ws_a", catalog_id=catalog_id, scope=run_pb2.SCOPE_ALL)
    assert refused("Normalize", request)[:2] == ("ABORTED", "JOB_ALREADY_RUNNING")


def test_a_run_goes_on_when_its_caller_leaves(grpc_stub, catalog, world):
    catalog_id = catalog({f"p{index:02}": {"title": "T"} for index in range(20)})
    gate = threading.Event()
    world.before_read = lambda: gate.wait(10)
    request = pb.NormalizeRequest(workspace_id="ws_a", catalog_id=catalog_id, scope=run_pb2.SCOPE_ALL)
    stream = grpc_stub.Normalize(request, metadata=(("authorization", "Bearer token-a"),), timeout=20)
    job_id = next(stream).started.job_id
    stream.cancel()
    gate.set()
    for _ in range(200):
        if job_id in world.ends:
            break
        threading.Event().wait(0.05)
    assert world.ends[job_id].processed == 20


def test_a_neighbour_that_fails_fails_the_run(refused, catalog, world):
    catalog_id = catalog({"a": {}})

    def broken():
        raise RuntimeError("no text of this reaches a client")

    world.before_read = broken
    request = pb.NormalizeRequest(workspace_id="ws_a", catalog_id=catalog_id, scope=run_pb2.SCOPE_ALL)
    assert refused("Normalize", request)[0] == grpc.StatusCode.INTERNAL.name


def test_results_page_by_page(normalize, call, catalog, refused):
    catalog_id = catalog({f"p{index}": {"title": "T"} for index in range(7)})
    job_id = normalize(catalog_id)[0].started.job_id
    seen, token, more = [], "", True
    while more:
        page = call(
            "ListNormalizeResults",
            pb.ListNormalizeResultsRequest(workspace_id="ws_a", job_id=job_id, page_size=3, page_token=token),
        )
        seen += [result.product_id for result in page.results]
        token, more = page.pagination.cursor, page.pagination.has_more
    assert seen == [f"p{index}" for index in range(7)]
    wrong = pb.ListNormalizeResultsRequest(workspace_id="ws_a", job_id=job_id, page_token="x")
    assert refused("ListNormalizeResults", wrong)[1:] == ("VALIDATION_ERROR", ["cursor"])


@pytest.mark.parametrize("job_id", ["none", "", "x" * 5_000])
def test_results_of_an_unknown_job(refused, job_id):
    request = pb.ListNormalizeResultsRequest(workspace_id="ws_a", job_id=job_id)
    assert refused("ListNormalizeResults", request)[:2] == ("NOT_FOUND", "JOB_NOT_FOUND")


def test_results_of_a_job_at_work_are_told_when_nothing_of_them_can_change(call, catalog, normalize, refused):
    catalog_id = catalog({name: {"title": name, "gtin": "4006381333931"} for name in "ab"})
    job_id = normalize(catalog_id)[0].started.job_id
    asked = {"workspace_id": "ws_a", "job_id": job_id}
    page = call("ListNormalizeResults", pb.ListNormalizeResultsRequest(**asked, while_active=True))
    assert (list(page.results), page.pagination.has_more) == ([], True)
    rest = call("ListNormalizeResults", pb.ListNormalizeResultsRequest(**asked, page_token=page.pagination.cursor))
    assert [(result.product_id, result.duplicate_of) for result in rest.results] == [("a", ""), ("b", "a")]
    wrong = pb.ListNormalizeResultsRequest(**asked, page_token="x", while_active=True)
    assert refused("ListNormalizeResults", wrong)[1:] == ("VALIDATION_ERROR", ["cursor"])
