"""Runs that change nothing."""

import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2 as pb
from assay.workspace.v1 import settings_pb2

PREVIEW = settings_pb2.PipelineSettings(preview_mode=True)


@pytest.fixture
def scored(catalog, score_all):
    catalog_id = catalog({"a": {"gtin": None}, "b": {}})
    score_all(catalog_id)
    return catalog_id


def everything(call, catalog_id):
    scores = call("ListScores", pb.ListScoresRequest(workspace_id="ws_a", catalog_id=catalog_id)).scores
    summary = call("GetCatalogSummary", pb.GetCatalogSummaryRequest(workspace_id="ws_a", catalog_id=catalog_id))
    history = call("ListSummaryHistory", pb.ListSummaryHistoryRequest(workspace_id="ws_a", catalog_id=catalog_id))
    return [str(one) for one in (*scores, summary, history)]


def run(call, catalog_id, *ids, **more):
    scope = run_pb2.SCOPE_SELECTION if ids else run_pb2.SCOPE_ALL
    request = pb.ScoreRequest(workspace_id="ws_a", catalog_id=catalog_id, scope=scope, product_ids=ids, **more)
    return call("Score", request)


@pytest.fixture
def told(results_of, summary_of):
    """Results and summary of a run, from its events."""
    return lambda events: (results_of(events), summary_of(events))


@pytest.mark.parametrize(
    "how", [("in the request",), ("in the request", "a"), ("in the settings",), ("in the settings", "a")]
)
def test_a_preview_tells_what_would_be_and_changes_nothing(call, world, scored, told, how):
    asked, *ids = how
    before = everything(call, scored)
    world.catalogs["ws_a", scored]["a"]["gtin"] = "4006381333931"
    if asked == "in the settings":
        world.settings["ws_a"] = PREVIEW
    events = run(call, scored, *ids, **({"preview_mode": True} if asked == "in the request" else {}))
    results, summary = told(events)
    assert [result.score for result in results] == ([100] if ids else [100, 100])
    assert summary.score_distribution.excellent == 2
    assert list(summary.top_gaps) == []
    job_id = events[0].started.job_id
    kept = call("ListScoreResults", pb.ListScoreResultsRequest(workspace_id="ws_a", job_id=job_id))
    assert list(kept.results) == results
    world.settings.clear()
    assert everything(call, scored) == before


def test_a_request_goes_before_the_settings(call, world, scored):
    before = everything(call, scored)
    world.settings["ws_a"] = PREVIEW
    world.catalogs["ws_a", scored]["a"]["gtin"] = "4006381333931"
    run(call, scored, preview_mode=False)
    world.settings.clear()
    assert everything(call, scored) != before


def test_a_preview_of_a_catalog_that_was_never_scored(call, catalog, refused, summary_of):
    catalog_id = catalog({f"p{number}": {} for number in range(9)})
    assert summary_of(run(call, catalog_id, preview_mode=True)).score_distribution.excellent == 9
    request = pb.GetCatalogSummaryRequest(workspace_id="ws_a", catalog_id=catalog_id)
    assert refused("GetCatalogSummary", request)[1] == "SUMMARY_NOT_FOUND"
