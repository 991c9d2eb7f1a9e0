"""`assay scores` and `assay summary`."""

import json

import pytest

CATALOG = "/api/workspace/ws_demo/catalogs/cat_1"
END = {"limit": 50, "has_more": False}
GAP = {
    "field": "gtin",
    "points": 8.0,
    "kind": "missing",
    "why": "absent",
    "reason": "gtin.missing",
    "advice": "Add the GTIN.",
    "stage": "identity",
}
SCORE = {"productId": "A-1", "score": 92, "band": "excellent", "gaps": [GAP], "stale": True, "pointsToWin": 8.0}
BANDS = {"excellent": 2, "good": 1, "warning": 0, "poor": 0}
DETAILS = [{"field": "gtin", "products": 2, "gain": 5.333}, {"field": "title", "products": 1, "gain": 0.1}]
SUMMARY = {
    "catalogSummary": {
        "avgScore": 90.0,
        "scoreDistribution": BANDS,
        "topGaps": ["gtin", "title"],
        "gapDetails": DETAILS,
    },
    "scored": 1234,
    "stale": 3,
    "catalogAvgScore": 88.5,
    "channels": [
        {
            "channel": "google",
            "ready": 2,
            "rules": [
                {"rule": "google.title.missing", "severity": "error", "products": 7},
                {"rule": "google.title.shouting", "severity": "warning", "products": 9},
            ],
        }
    ],
}
GROUP = {"name": "", "products": 5, "avgScore": 71.0, "scoreDistribution": BANDS, "gapDetails": DETAILS, "feedReady": 4}
RECORD = {
    "createdAt": "2026-11-01T08:30:00Z",
    "scored": 10,
    "catalogSummary": SUMMARY["catalogSummary"],
    "catalogAvgScore": None,
    "feedReady": 2,
}


@pytest.fixture
def stack(server, monkeypatch):
    monkeypatch.setenv("ASSAY_URL", server.url)
    monkeypatch.setenv("ASSAY_API_KEY", "sk_live_x")
    server.on("GET", CATALOG, server.answer(body={"id": "cat_1", "name": "spring"}))
    server.on("GET", f"{CATALOG}/scores", server.answer(body={"data": [SCORE] * 3, "pagination": END}))
    server.on("GET", f"{CATALOG}/summary", server.answer(body=SUMMARY))
    server.on("GET", f"{CATALOG}/summary/groups", server.answer(body={"data": [GROUP], "pagination": END}))
    server.on("GET", f"{CATALOG}/summary/history", server.answer(body={"data": [RECORD], "pagination": END}))
    return server


def test_filters_and_order_are_passed_on(assay, stack):
    words = ["--band", "good", "--gap", "gtin", "--stage", "identity", "--brand", "Acme", "--category", "A > B"]
    more = ["--no-stale", "--not-ready-for", "google", "--sort", "score"]
    assert assay("scores", "-c", "cat_1", *words, *more, "--json")[0] == 0
    (seen,) = stack.requests("GET", f"{CATALOG}/scores")
    assert {name: value for name, value in seen.query.items() if name != "limit"} == {
        "band": "good",
        "gap": "gtin",
        "stage": "identity",
        "brand": "Acme",
        "category": "A > B",
        "stale": "false",
        "not_ready_for": "google",
        "sort": "score",
    }


def test_scores_say_what_to_do(assay, stack):
    code, out, _ = assay("scores", "-c", "cat_1", "--limit", "2")
    assert code == 0
    assert out.count("A-1") == 2
    for told in ("92", "8.0", "Add the GTIN.", "scored under other settings"):
        assert told in out


def test_no_scores_are_said_to_be_none(assay, stack):
    stack.on("GET", f"{CATALOG}/scores", stack.answer(body={"data": [], "pagination": END}))
    assert "no product" in assay("scores", "-c", "cat_1")[1]


def test_the_summary(assay, stack):
    code, out, _ = assay("summary", "-c", "cat_1")
    assert code == 0
    for told in ("1,234 products", "88.5", "3 under other settings", "+5.33", "google.title.missing"):
        assert told in out
    assert "google.title.shouting" not in out


def test_groups_and_history(assay, stack):
    assert "(none)" in assay("summary", "-c", "cat_1", "--by", "brand")[1]
    assay("summary", "-c", "cat_1", "--by", "category", "--depth", "3")
    assert [seen.query["by"] for seen in stack.requests("GET", f"{CATALOG}/summary/groups")] == ["brand", "category"]
    assert stack.requests("GET", f"{CATALOG}/summary/groups")[1].query["depth"] == "3"
    assert "2026-11-01 08:30" in assay("summary", "-c", "cat_1", "--history")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["scores"], [SCORE] * 3),
        (["summary"], SUMMARY),
        (["summary", "--by", "brand"], [GROUP]),
        (["summary", "--history"], [RECORD]),
    ],
)
def test_machines_get_json(assay, stack, words, told):
    code, out, _ = assay(*words, "-c", "cat_1", "--json")
    assert (code, json.loads(out)) == (0, told)


@pytest.mark.parametrize("words", [["--band", "bad"], ["--sort", "price"], ["--ready-for", "bing"], ["--limit", "0"]])
def test_wrong_words_are_wrong_usage(assay, stack, words):
    assert assay("scores", "-c", "cat_1", *words)[0] == 2
