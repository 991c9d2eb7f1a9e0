import json
import threading

import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2 as pb
from assay.workspace.v1 import job_pb2
from google.protobuf.json_format import MessageToDict

NOTHING = {}


def ids_of(results):
    return [result.product_id for result in results]


def kinds_of(events):
    return [event.WhichOneof("event") for event in events]


def test_documented_example_comes_back_as_documented(catalog, score_some, results_of):
    cat = catalog({"prod_abc": {"gtin": None, "secondaryImages": None}})

    (result,) = results_of(score_some(cat, "prod_abc"))

    assert result == pb.ScoreResult(
        product_id="prod_abc",
        status=run_pb2.RESULT_STATUS_SUCCESS,
        score=82,
        gaps=["secondaryImages", "gtin"],
        missing_fields=["gtin"],
    )


def test_a_mail_is_asked_for_with_the_record(catalog, call, world):
    cat = catalog({"a": NOTHING})
    for asked in (True, False):
        request = pb.ScoreRequest(workspace_id="ws_a", catalog_id=cat, scope=run_pb2.SCOPE_ALL, notify_email=asked)
        started, *_ = call("Score", request)
        assert world.jobs[started.started.job_id].notify_email is asked


def test_selection_keeps_its_order_and_takes_repeated_ids_once(catalog, score_some, results_of):
    cat = catalog({"a": NOTHING, "b": NOTHING, "c": NOTHING})

    assert ids_of(results_of(score_some(cat, "c", "a", "c", "b", "a"))) == ["c", "a", "b"]


def test_product_that_is_not_there_is_an_error_of_its_own(catalog, score_some, results_of):
    cat = catalog({"a": NOTHING})

    missing, good = results_of(score_some(cat, "nope", "a"))

    assert missing == pb.ScoreResult(product_id="nope", status=run_pb2.RESULT_STATUS_ERROR, error="Product not found")
    assert good.score == 100


def test_product_not_in_silver_gets_the_documented_error(catalog, score_some, results_of):
    cat = catalog({"raw": None})

    (result,) = results_of(score_some(cat, "raw"))

    assert result.error == "Product not in Silver stage — run Silver first"
    assert not result.HasField("score")


def test_images_that_silver_found_broken_count_for_nothing(catalog, score_some, results_of):
    broken, fine = ({"reason": reason, "width": None, "height": 800} for reason in ("status", ""))
    images = {
        "gone": {"primary": broken, "secondary": [fine, None]},
        "fine": {"primary": fine, "secondary": [broken]},
        "unknown": {"primary": None, "secondary": [broken]},
    }
    cat = catalog({name: {"images": json.dumps(known)} for name, known in images.items()} | {"unchecked": NOTHING})

    results = results_of(score_some(cat, "gone", "fine", "unknown", "unchecked"))

    assert [result.score for result in results] == [90, 98, 98, 100]
    assert (list(results[0].gaps), list(results[0].missing_fields)) == (["images"], [])


def test_all_comes_in_the_order_of_ids(catalog, score_all, results_of):
    cat = catalog({"b": NOTHING, "Z": NOTHING, "é": NOTHING})

    assert ids_of(results_of(score_all(cat))) == ["Z", "b", "é"]


def test_stream_starts_with_started_and_ends_with_the_summary(catalog, score_all):
    events = score_all(catalog({"a": NOTHING, "b": NOTHING}))

    assert kinds_of(events) == ["started", "results", "summary"]
    assert [event.sequence for event in events] == [1, 2, 3]
    assert events[0].started.total == 2


def test_run_of_many_partitions_loses_nothing(catalog, score_all, results_of, summary_of):
    ids = [f"p{number:03}" for number in range(50)]
    cat = catalog(dict.fromkeys(ids, NOTHING))

    events = score_all(cat)

    assert ids_of(results_of(events)) == ids
    assert summary_of(events).score_distribution.excellent == 50
    assert kinds_of(events)[0] == "started"
    assert kinds_of(events)[-1] == "summary"


def test_large_selection_keeps_its_order_over_partitions(catalog, score_some, results_of):
    ids = [f"p{number}" for number in range(20)]
    cat = catalog(dict.fromkeys(ids, NOTHING))

    assert ids_of(results_of(score_some(cat, *reversed(ids)))) == list(reversed(ids))


def test_long_run_tells_its_progress(catalog, world, score_all):
    held = threading.Event()
    world.before_read = lambda: held.wait(1.5)
    cat = catalog({f"p{number}": NOTHING for number in range(9)})

    events = score_all(cat)

    assert kinds_of(events)[:2] == ["started", "progress"]
    assert events[1].progress.total == 9


def test_summary_counts_the_catalog_but_averages_the_call(catalog, score_all, score_some, summary_of):
    no_gtin = {"gtin": None}
    cat = catalog({"a": NOTHING, "b": no_gtin, "c": no_gtin | {"secondaryImages": None}, "d": None})
    score_all(cat)

    summary = summary_of(score_some(cat, "a", "c", "d"))

    assert MessageToDict(summary, preserving_proto_field_name=True) == {
        "avg_score": 91.0,
        "score_distribution": {"excellent": 2, "good": 1},
        "top_gaps": ["gtin", "secondaryImages"],
        "gap_details": [
            {"field": "gtin", "products": 2, "gain": 5.333},
            {"field": "secondaryImages", "products": 1, "gain": 3.333},
        ],
    }


def test_empty_catalog_has_an_empty_summary(catalog, score_all, summary_of):
    events = score_all(catalog({}))

    assert kinds_of(events) == ["started", "summary"]
    assert not summary_of(events).HasField("avg_score")
    assert (
        summary_of(events)
        == pb.ScoreSummary(catalog_summary={"score_distribution": {}, "top_gaps": []}).catalog_summary
    )


def test_whole_run_drops_scores_of_vanished_products(catalog, world, call, score_all, summary_of):
    cat = catalog({f"p{number}": NOTHING for number in range(10)})
    score_all(cat)
    for gone in ("p0", "p5", "p9"):
        del world.catalogs["ws_a", cat][gone]

    summary = summary_of(score_all(cat))

    assert summary.score_distribution.excellent == 7


def test_whole_run_of_an_emptied_catalog_drops_every_score(catalog, world, score_all, summary_of):
    cat = catalog({"a": NOTHING})
    score_all(cat)
    world.catalogs["ws_a", cat].clear()

    assert summary_of(score_all(cat)).score_distribution.excellent == 0


def test_score_of_a_product_back_in_bronze_is_kept(catalog, world, score_all, summary_of):
    cat = catalog({"a": NOTHING})
    score_all(cat)
    world.catalogs["ws_a", cat]["a"] = None

    summary = summary_of(score_all(cat))

    assert summary.score_distribution.excellent == 1
    assert not summary.HasField("avg_score")


def test_scoring_again_replaces_the_score(catalog, world, score_all, summary_of):
    cat = catalog({"a": {"gtin": None}})
    score_all(cat)
    world.catalogs["ws_a", cat]["a"]["gtin"] = "4006381333931"

    summary = summary_of(score_all(cat))

    assert (summary.avg_score, list(summary.top_gaps)) == (100.0, [])


def test_job_record_is_opened_with_the_lock_and_ended_with_the_summary(catalog, world, score_all):
    cat = catalog({"a": NOTHING, "raw": None})

    job_id = score_all(cat)[0].started.job_id

    opened, ended = world.jobs[job_id], world.ends[job_id]
    assert (opened.kind, opened.queue, opened.job_name, opened.lock_key) == ("gold", "catalog", "pipeline_run", cat)
    assert ended.status == job_pb2.JOB_STATUS_COMPLETED
    assert MessageToDict(ended.result) == {
        "processed": 2,
        "succeeded": 1,
        "errors": 1,
        "catalogSummary": {
            "avgScore": 100,
            "scoreDistribution": {"excellent": 1, "good": 0, "warning": 0, "poor": 0},
            "topGaps": [],
            "gapDetails": [],
        },
    }


def test_locked_catalog_is_refused(catalog, world, refused):
    cat = catalog({"a": NOTHING})
    world.locked.add(cat)

    request = pb.ScoreRequest(workspace_id="ws_a", catalog_id=cat, scope=run_pb2.SCOPE_ALL)

    assert refused("Score", request) == ("ABORTED", "JOB_ALREADY_RUNNING", [])


def test_unknown_catalog_is_told_before_any_lock(world, refused):
    world.locked.add("cat_none")
    request = pb.ScoreRequest(workspace_id="ws_a", catalog_id="cat_none", scope=run_pb2.SCOPE_ALL)

    assert refused("Score", request) == ("NOT_FOUND", "CATALOG_NOT_FOUND", [])


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({}, ["scope"]),
        ({"scope": 7}, ["scope"]),
        ({"scope": run_pb2.SCOPE_SELECTION}, ["productIds"]),
        ({"scope": run_pb2.SCOPE_SELECTION, "product_ids": ["a"] * 10_001}, ["productIds"]),
    ],
)
def test_bad_request_names_the_field(catalog, refused, fields, at_fault):
    request = pb.ScoreRequest(workspace_id="ws_a", catalog_id=catalog({}), **fields)

    assert refused("Score", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", at_fault)


def test_product_ids_are_ignored_with_scope_all(catalog, call, results_of):
    cat = catalog({"a": NOTHING})
    request = pb.ScoreRequest(workspace_id="ws_a", catalog_id=cat, scope=run_pb2.SCOPE_ALL, product_ids=["zzz"])

    assert ids_of(results_of(call("Score", request))) == ["a"]


def test_neighbour_that_breaks_fails_the_call_and_the_job(catalog, world, refused):
    def breaks():
        raise RuntimeError("secret of Silver")

    cat = catalog({"a": NOTHING})
    world.before_read = breaks
    request = pb.ScoreRequest(workspace_id="ws_a", catalog_id=cat, scope=run_pb2.SCOPE_ALL)

    assert refused("Score", request)[:2] == ("INTERNAL", "INTERNAL")
    (end,) = [world.ends[job_id] for job_id, job in world.jobs.items() if job.catalog_id == cat]
    assert end.status == job_pb2.JOB_STATUS_FAILED
    assert "secret" not in end.error.message


def test_client_that_leaves_does_not_stop_a_large_run(catalog, world, grpc_stub):
    leave = threading.Event()
    world.before_read = lambda: leave.wait(5)
    cat = catalog({f"p{number}": NOTHING for number in range(9)})
    request = pb.ScoreRequest(workspace_id="ws_a", catalog_id=cat, scope=run_pb2.SCOPE_ALL)
    stream = grpc_stub.Score(request, metadata=(("authorization", "Bearer token-a"),))
    job_id = next(stream).started.job_id

    stream.cancel()
    leave.set()

    ended = threading.Event()
    for _ in range(100):
        if job_id in world.ends:
            break
        ended.wait(0.05)
    assert world.ends[job_id].status == job_pb2.JOB_STATUS_COMPLETED
    with pytest.raises(grpc.RpcError):
        next(stream)
