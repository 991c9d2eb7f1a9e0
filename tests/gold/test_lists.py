"""Lists of scores by every filter and order, groups, history, what is stale."""

import itertools

import pytest
from assay.gold.v1 import gold_service_pb2 as pb
from assay.gold.v1 import score_pb2
from assay.workspace.v1 import settings_pb2

STAGES = ("identity", "taxonomy", "content", "media", "pricing", "attributes", "seo")
DEFAULTS = dict(zip(STAGES, (20, 15, 25, 20, 10, 5, 5), strict=True))
HEAVY_IDENTITY = settings_pb2.PipelineSettings(
    gold_weights=settings_pb2.GoldWeights(**DEFAULTS | {"identity": 25, "taxonomy": 10})
)
LAMPS, FLOOR = "Home & Garden > Lighting", "Home & Garden > Lighting > Floor Lamps"
PRODUCTS = {
    "a": {},
    "b": {"gtin": None},
    "c": {
        "gtin": None,
        "secondaryImages": None,
        "brand": "Globex",
        "title": "Globex Walnut Floor Lamp with Warm Light",
    },
    "d": {"title": None, "description": None, "categoryPath": "Toys > Blocks"},
    "e": {"brand": None, "brandId": None, "categoryPath": LAMPS},
    "f": {"primaryImageUrl": None, "gtin": None, "categoryPath": None},
}


@pytest.fixture
def scored(catalog, score_all):
    catalog_id = catalog(PRODUCTS)
    score_all(catalog_id)
    return catalog_id


@pytest.fixture
def listed(call):
    """All scores of a list, read in pages of two."""

    def read(catalog_id, **asked):
        token, scores = "", []
        while True:
            request = pb.ListScoresRequest(
                workspace_id="ws_a", catalog_id=catalog_id, page_size=2, page_token=token, **asked
            )
            answer = call("ListScores", request)
            scores += answer.scores
            token = answer.pagination.cursor
            if not answer.pagination.has_more:
                return scores

    return read


@pytest.fixture
def runs(score_all, score_some):
    """Runs over a whole catalog and over some of its products."""
    return score_all, score_some


def ids(scores):
    return [score.product_id for score in scores]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "abcdef"),
        ({"gap": "gtin"}, "bcf"),
        ({"gap": "images"}, "f"),
        ({"stage": "media"}, "cf"),
        ({"stage": "content"}, "d"),
        ({"brand": "Globex"}, "c"),
        ({"brand": "globex"}, ""),
        ({"category": LAMPS}, "abce"),
        ({"category": FLOOR}, "abc"),
        ({"category": "Home"}, ""),
        ({"category": "Toys", "gap": "title"}, "d"),
        ({"stale": False}, "abcdef"),
        ({"stale": True}, ""),
        ({"brand": "Lumina", "gap": "gtin", "category": FLOOR}, "b"),
    ],
)
def test_filters(listed, scored, asked, found):
    assert ids(listed(scored, **asked)) == list(found)


def test_orders(listed, scored):
    by_id = {score.product_id: score for score in listed(scored)}
    points = {one: score.score for one, score in by_id.items()}
    rising = ids(listed(scored, sort=pb.SCORE_SORT_SCORE))
    falling = ids(listed(scored, sort=pb.SCORE_SORT_SCORE_DESC))
    winning = ids(listed(scored, sort=pb.SCORE_SORT_POINTS))
    assert rising == sorted(points, key=lambda one: (points[one], one))
    assert falling == sorted(points, key=lambda one: (-points[one], one))
    assert winning == sorted(points, key=lambda one: (-by_id[one].points_to_win, one))
    assert ids(listed(scored, sort=pb.SCORE_SORT_ID)) == sorted(points)


def test_points_of_a_gap_or_a_stage_count_where_it_is_asked_for(listed, scored):
    assert ids(listed(scored, sort=pb.SCORE_SORT_POINTS, stage="media")) == ["c", "f"]
    of_taxonomy = listed(scored, sort=pb.SCORE_SORT_POINTS, gap="categoryPath")
    assert ids(of_taxonomy) == ["f", "d", "e"]


@pytest.mark.parametrize("sort", range(5))
def test_pages_of_equal_scores_lose_nothing(catalog, score_all, listed, sort):
    names = [f"p{number:02}" for number in range(11)]
    catalog_id = catalog({name: {} for name in names})
    score_all(catalog_id)
    assert ids(listed(catalog_id, sort=sort)) == names


def test_ready_and_not_ready_products_are_all_of_them(listed, scored):
    for channel in (score_pb2.CHANNEL_GOOGLE, score_pb2.CHANNEL_META, score_pb2.CHANNEL_OPENAI):
        ready, others = (ids(listed(scored, **{name: channel})) for name in ("ready_for", "not_ready_for"))
        assert "f" in others
        assert "d" in others
        assert sorted(ready + others) == sorted(PRODUCTS)
        by_id = {score.product_id: score for score in listed(scored)}
        readiness = {one: next(c for c in score.channels if c.channel == channel) for one, score in by_id.items()}
        assert {one for one, told in readiness.items() if told.ready} == set(ready)
        for told in readiness.values():
            errors = [rule for rule in told.broken_rules if rule.severity == score_pb2.RULE_SEVERITY_ERROR]
            assert told.ready == (not errors)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"gap": "colour"}, "gap"),
        ({"stage": "colour"}, "stage"),
        ({"brand": "x" * 256}, "brand"),
        ({"category": "x" * 1001}, "category"),
        ({"ready_for": 9}, "ready_for"),
        ({"not_ready_for": 9}, "not_ready_for"),
        ({"ready_for": 1, "not_ready_for": 1}, "not_ready_for"),
        ({"sort": 9}, "sort"),
        ({"page_token": "x"}, "cursor"),
        ({"page_size": -1}, "limit"),
    ],
)
def test_bad_requests_name_the_field(refused, scored, asked, field):
    request = pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, **asked)
    assert refused("ListScores", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", [field])


@pytest.mark.parametrize("other", [{"sort": pb.SCORE_SORT_SCORE}, {"gap": "gtin"}, {"stale": False}, {"ready_for": 1}])
def test_a_cursor_belongs_to_its_filters_and_order(call, refused, scored, other):
    first = call("ListScores", pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, page_size=1))
    request = pb.ListScoresRequest(workspace_id="ws_a", catalog_id=scored, page_token=first.pagination.cursor, **other)
    assert refused("ListScores", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", ["cursor"])


def test_a_list_follows_what_is_scored_meanwhile(catalog, world, score_all, score_some, listed):
    catalog_id = catalog({"a": {}, "b": {"gtin": None}, "c": None})
    score_all(catalog_id)
    assert ids(listed(catalog_id, gap="gtin")) == ["b"]
    world.catalogs["ws_a", catalog_id]["a"]["gtin"] = None
    world.catalogs["ws_a", catalog_id]["c"] = world.catalogs["ws_a", catalog_id]["a"]
    score_some(catalog_id, "a", "c")
    assert ids(listed(catalog_id, gap="gtin")) == ["a", "b", "c"]
    assert ids(listed(catalog_id)) == ["a", "b", "c"]


def test_scores_under_other_weights_are_stale_until_scored_again(catalog, world, call, runs, listed):
    score_all, score_some = runs
    catalog_id = catalog({"a": {"gtin": None}, "b": {}})
    summary = pb.GetCatalogSummaryRequest(workspace_id="ws_a", catalog_id=catalog_id)
    score_all(catalog_id)
    assert call("GetCatalogSummary", summary).stale == 0
    world.settings["ws_a"] = HEAVY_IDENTITY
    assert call("GetCatalogSummary", summary).stale == 2
    assert ids(listed(catalog_id, stale=True)) == ["a", "b"]
    assert [score.score for score in listed(catalog_id)] == [92, 100]
    score_some(catalog_id, "a")
    assert call("GetCatalogSummary", summary).stale == 1
    assert ids(listed(catalog_id, stale=False)) == ["a"]
    one = call("GetScore", pb.GetScoreRequest(workspace_id="ws_a", catalog_id=catalog_id, product_id="a")).score
    assert (one.score, one.stale, one.points_to_win) == (90, False, 10.0)
    world.settings.clear()
    assert call("GetCatalogSummary", summary).stale == 1


def test_what_filling_a_gap_would_gain(call, scored):
    answer = call("GetCatalogSummary", pb.GetCatalogSummaryRequest(workspace_id="ws_a", catalog_id=scored))
    details = {gap.field: gap for gap in answer.catalog_summary.gap_details}
    assert list(details) == list(answer.catalog_summary.top_gaps)
    assert (details["gtin"].products, details["gtin"].gain) == (3, 4.0)
    assert (details["secondaryImages"].products, details["secondaryImages"].gain) == (1, 1.667)
    assert answer.catalog_avg_score == answer.catalog_summary.avg_score
    google = answer.channels[0]
    assert google.channel == score_pb2.CHANNEL_GOOGLE
    assert 0 < google.ready < 6
    assert any(rule.products for rule in google.rules)


def groups(call, catalog_id, by, page_size=2, **more):
    token, found = "", []
    for _ in itertools.count():
        request = pb.ListGroupSummariesRequest(
            workspace_id="ws_a", catalog_id=catalog_id, by=by, page_size=page_size, page_token=token, **more
        )
        answer = call("ListGroupSummaries", request)
        found += answer.groups
        token = answer.pagination.cursor
        if not answer.pagination.has_more:
            return found
    raise AssertionError


def test_groups_by_brand(call, scored):
    found = groups(call, scored, pb.GROUP_BY_BRAND)
    assert [(group.name, group.products) for group in found] == [("Lumina", 4), ("", 1), ("Globex", 1)]
    globex = found[2]
    assert globex.avg_score == 82.0
    assert [(gap.field, gap.products, gap.gain) for gap in globex.gap_details] == [
        ("secondaryImages", 1, 10.0),
        ("gtin", 1, 8.0),
    ]
    assert globex.score_distribution == score_pb2.ScoreDistribution(good=1)
    assert sum(group.products for group in found) == 6


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        (0, [("Home & Garden", 4), ("", 1), ("Toys", 1)]),
        (2, [(LAMPS, 4), ("", 1), ("Toys > Blocks", 1)]),
        (3, [(FLOOR, 3), ("", 1), (LAMPS, 1), ("Toys > Blocks", 1)]),
    ],
)
def test_groups_by_category(call, scored, depth, names):
    found = groups(call, scored, pb.GROUP_BY_CATEGORY, depth=depth)
    assert [(group.name, group.products) for group in found] == names


@pytest.mark.parametrize(
    ("asked", "field"),
    [({}, "by"), ({"by": 9}, "by"), ({"by": 1, "depth": 11}, "depth"), ({"by": 1, "depth": -1}, "depth")],
)
def test_bad_groups_name_the_field(refused, scored, asked, field):
    request = pb.ListGroupSummariesRequest(workspace_id="ws_a", catalog_id=scored, **asked)
    assert refused("ListGroupSummaries", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", [field])


def test_groups_of_an_empty_catalog(call, catalog, score_all):
    catalog_id = catalog({})
    score_all(catalog_id)
    assert groups(call, catalog_id, pb.GROUP_BY_BRAND) == []


def test_each_run_leaves_a_summary(call, catalog, world, score_all, score_some):
    catalog_id = catalog({"a": {"gtin": None}, "b": {}})
    jobs = [score_all(catalog_id)[0].started.job_id]
    world.catalogs["ws_a", catalog_id]["a"]["gtin"] = "4006381333931"
    jobs.append(score_some(catalog_id, "a")[0].started.job_id)
    first = call(
        "ListSummaryHistory", pb.ListSummaryHistoryRequest(workspace_id="ws_a", catalog_id=catalog_id, page_size=1)
    )
    rest = call(
        "ListSummaryHistory",
        pb.ListSummaryHistoryRequest(
            workspace_id="ws_a", catalog_id=catalog_id, page_size=1, page_token=first.pagination.cursor
        ),
    )
    records = [*first.summaries, *rest.summaries]
    assert [record.job_id for record in records] == jobs[::-1]
    assert [record.catalog_avg_score for record in records] == [100.0, 96.0]
    assert [record.scored for record in records] == [2, 2]
    assert not rest.pagination.has_more


def test_every_gap_has_a_reason_of_the_registry_and_advice(call, listed, scored):
    reasons = {one.reason: one for one in call("ListReasons", pb.ListReasonsRequest(workspace_id="ws_a")).reasons}
    gaps = [gap for score in listed(scored) for gap in score.gaps]
    assert gaps
    for gap in gaps:
        known = reasons[gap.reason]
        assert (known.field, known.stage, known.kind) == (gap.field, gap.stage, gap.kind)
        assert gap.advice.endswith(".")
        assert "{" not in gap.advice
