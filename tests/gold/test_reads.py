import pytest
from assay.gold.v1 import gold_service_pb2 as pb
from assay.gold.v1 import score_pb2

NOTHING = {}
ONE_OF_EACH_BAND = {
    "a-excellent": NOTHING,
    "b-good": {"gtin": None, "secondaryImages": None},
    "c-warning": {"title": None, "description": None, "primaryImageUrl": None, "secondaryImages": None},
    "d-poor": dict.fromkeys(("title", "description", "primaryImageUrl", "secondaryImages", "categoryPath"))
    | {"price": None, "gtin": None, "brand": None},
}


@pytest.fixture
def scored(catalog, score_all):
    """A catalog with one product in each band, scored; gives its id."""
    catalog_id = catalog(ONE_OF_EACH_BAND)
    score_all(catalog_id)
    return catalog_id


def test_score_comes_with_its_breakdown(call, scored):
    request = pb.GetScoreRequest(workspace_id="ws_a", catalog_id=scored, product_id="b-good")

    score = call("GetScore", request).score

    assert (score.score, score.band) == (82, score_pb2.BAND_GOOD)
    assert (score.stages.identity, score.stages.media, score.stages.seo) == (60.0, 50.0, 100.0)
    assert [(gap.field, gap.stage, gap.points, gap.kind) for gap in score.gaps] == [
        ("secondaryImages", "media", 10.0, "weak"),
        ("gtin", "identity", 8.0, "missing"),
    ]
    assert score.points_to_win == 18.0
    assert list(score.missing_fields) == ["gtin"]
    assert score.product_fingerprint == "0123456789abcdef" * 2
    assert score.scored_at.seconds > 0


def test_product_without_score_is_not_found(refused, scored):
    request = pb.GetScoreRequest(workspace_id="ws_a", catalog_id=scored, product_id="nope")

    assert refused("GetScore", request) == ("NOT_FOUND", "SCORE_NOT_FOUND", [])


def test_scores_are_listed_page_by_page_in_id_order(call, scored):
    first = call("ListScores", pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, page_size=3))
    request = pb.ListScoresRequest(
        workspace_id="ws_a", catalog_id=scored, page_size=3, page_token=first.pagination.cursor
    )
    second = call("ListScores", request)

    assert [score.product_id for score in (*first.scores, *second.scores)] == sorted(ONE_OF_EACH_BAND)
    assert (first.pagination.has_more, second.pagination.has_more) == (True, False)
    assert not second.pagination.HasField("cursor")


@pytest.mark.parametrize(
    ("band", "product_id"),
    [
        (score_pb2.BAND_EXCELLENT, "a-excellent"),
        (score_pb2.BAND_GOOD, "b-good"),
        (score_pb2.BAND_WARNING, "c-warning"),
        (score_pb2.BAND_POOR, "d-poor"),
    ],
)
def test_scores_of_one_band(call, scored, band, product_id):
    answer = call("ListScores", pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, band=band))

    assert [(score.product_id, score.band) for score in answer.scores] == [(product_id, band)]


def test_unknown_band_is_refused(refused, scored):
    request = pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, band=9)

    assert refused("ListScores", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", ["band"])


def test_cursor_of_another_band_is_refused(call, refused, scored):
    first = call("ListScores", pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, page_size=1))
    request = pb.ListScoresRequest(
        workspace_id="ws_a", catalog_id=scored, band=score_pb2.BAND_POOR, page_token=first.pagination.cursor
    )

    assert refused("ListScores", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", ["cursor"])


def test_named_scores_leave_out_what_has_none(call, scored):
    request = pb.BatchGetScoresRequest(
        workspace_id="ws_a", catalog_id=scored, product_ids=["d-poor", "nope", "b-good", "d-poor"]
    )

    assert [score.product_id for score in call("BatchGetScores", request).scores] == ["b-good", "d-poor"]


def test_too_many_named_scores_are_refused(refused, scored):
    request = pb.BatchGetScoresRequest(workspace_id="ws_a", catalog_id=scored, product_ids=["a"] * 1001)

    assert refused("BatchGetScores", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", ["productIds"])


def test_summary_of_the_last_run_can_be_read_again(call, catalog, score_all, summary_of):
    catalog_id = catalog(ONE_OF_EACH_BAND)
    score_all(catalog_id)
    events = score_all(catalog_id)

    answer = call("GetCatalogSummary", pb.GetCatalogSummaryRequest(workspace_id="ws_a", catalog_id=catalog_id))

    assert answer.catalog_summary == summary_of(events)
    assert (answer.scored, answer.job_id) == (4, events[0].started.job_id)


def test_summary_before_the_first_run_is_not_found(refused, catalog):
    request = pb.GetCatalogSummaryRequest(workspace_id="ws_a", catalog_id=catalog(NOTHING))

    assert refused("GetCatalogSummary", request) == ("NOT_FOUND", "SUMMARY_NOT_FOUND", [])


@pytest.mark.parametrize(
    "request_of", [pb.GetScoreRequest, pb.ListScoresRequest, pb.GetCatalogSummaryRequest], ids=lambda of: of.__name__
)
def test_unknown_catalog_is_not_found(refused, request_of):
    method = request_of.__name__.removesuffix("Request")

    request = request_of(workspace_id="ws_a", catalog_id="cat_none")

    assert refused(method, request) == ("NOT_FOUND", "CATALOG_NOT_FOUND", [])


def test_results_of_a_run_are_read_page_by_page(call, catalog, score_some, results_of):
    catalog_id = catalog({f"p{number}": NOTHING for number in range(10)})
    events = score_some(catalog_id, *(f"p{number}" for number in (7, 3, 11, 5, 1, 9)))
    job_id, token, pages = events[0].started.job_id, "", []

    while not pages or pages[-1].pagination.has_more:
        request = pb.ListScoreResultsRequest(workspace_id="ws_a", job_id=job_id, page_size=2, page_token=token)
        pages.append(call("ListScoreResults", request))
        token = pages[-1].pagination.cursor

    assert [result for page in pages for result in page.results] == results_of(events)
    assert [len(page.results) for page in pages] == [2, 2, 2]


def test_results_of_an_unknown_job_are_not_found(refused):
    request = pb.ListScoreResultsRequest(workspace_id="ws_a", job_id="nope")

    assert refused("ListScoreResults", request) == ("NOT_FOUND", "JOB_NOT_FOUND", [])


def test_negative_page_size_is_refused(refused, scored):
    request = pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, page_size=-1)

    assert refused("ListScores", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", ["limit"])
