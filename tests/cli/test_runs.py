import pytest

from cli.errors import RunFailed, ServerRefused
from cli.rest import Api
from cli.runs import GOLD, SILVER, Ended, GoldTally, SilverTally, body_of, run

BASE = "/api/workspace/ws_x"
SILVER_PATH = f"{BASE}/catalogs/cat_1/batch/silver"
GOLD_PATH = f"{BASE}/catalogs/cat_1/batch/gold"
FIRST = {"productId": "a", "status": "success", "fieldsNormalized": 4, "duplicateOf": None, "urlsValidated": 3}
SECOND = {"productId": "b", "status": "success", "fieldsNormalized": 0, "duplicateOf": "a", "urlsValidated": 1}
THIRD = {"productId": "c", "status": "error", "error": "Brand not found: 'AcmeCorp'"}
STARTED = {"started": {"jobId": "j1", "total": 3}}
JOB = {"id": "j1", "status": "completed", "progress": {"processed": 3, "total": 3}, "result": {"processed": 3}}


class Watcher:
    def __init__(self):
        self.updates = []

    def update(self, done, total):
        self.updates.append((done, total))

    def done(self, text):
        raise AssertionError("the command says when it is done, not the run")


@pytest.fixture
def api(server):
    with Api(server.url, "sk_live_x", "ws_x") as api:
        yield api


def silver_counts(tally):
    return tally.succeeded, tally.failed, tally.fields_normalized, tally.changed, tally.duplicates, tally.urls_validated


def test_a_run_is_watched_to_its_summary(server, api):
    lines = [
        STARTED,
        {"progress": {"processed": 1, "total": 3}},
        {"results": [FIRST, SECOND]},
        {"results": [THIRD]},
        {"summary": {"processed": 3, "duration_ms": 12}},
    ]
    server.on("POST", SILVER_PATH, server.answer(lines=lines))
    server.on("GET", f"{BASE}/jobs/j1", server.answer(body=JOB))
    watcher, batches = Watcher(), []

    ended = run(api, SILVER, "cat_1", body_of([]), tracker=watcher, on_results=batches.append)

    assert silver_counts(ended.tally) == (2, 1, 4, 1, 1, 4)
    assert ended.summary == {"processed": 3, "duration_ms": 12}
    assert ended.job == JOB
    assert watcher.updates == [(1, 3), (3, 3)]
    assert batches == [[FIRST, SECOND], [THIRD]]
    assert ended.tally.as_json()["errors"] == [{"message": "Brand not found: 'AcmeCorp'", "count": 1}]


@pytest.mark.parametrize("broken", ["connection", "no summary", "told"])
def test_a_cut_stream_is_made_up_for_from_the_job(server, api, broken):
    end = {
        "connection": [server.BREAK],
        "no summary": [],
        "told": [{"error": {"code": "STREAM_CUT", "message": "cut"}}],
    }[broken]
    server.on("POST", SILVER_PATH, server.answer(lines=[STARTED, {"results": [FIRST]}, *end]))
    server.on("GET", f"{BASE}/jobs/j1", server.answer(body=JOB | {"status": "active"}), server.answer(body=JOB))
    page = {"data": [FIRST, SECOND, THIRD], "pagination": {"has_more": False}}
    server.on("GET", f"{BASE}/jobs/j1/results", server.answer(body=page))
    seen = []

    ended = run(api, SILVER, "cat_1", body_of([]), tracker=Watcher(), on_results=seen.extend)

    assert silver_counts(ended.tally) == (2, 1, 4, 1, 1, 4)
    assert seen == [FIRST, SECOND, THIRD]
    assert ended.summary == {"processed": 3}


def test_a_cut_stream_of_a_failed_job_is_a_failure(server, api):
    error = {"code": "JOB_INTERRUPTED", "message": "the service was stopped"}
    server.on("POST", SILVER_PATH, server.answer(lines=[STARTED, server.BREAK]))
    server.on("GET", f"{BASE}/jobs/j1", server.answer(body=JOB | {"status": "failed", "error": error}))

    with pytest.raises(RunFailed, match="JOB_INTERRUPTED"):
        run(api, SILVER, "cat_1", body_of([]), tracker=Watcher())


def test_the_runs_own_failure_is_passed_on(server, api):
    lines = [STARTED, {"error": {"code": "UPSTREAM_UNAVAILABLE", "message": "ingest went away"}}]
    server.on("POST", SILVER_PATH, server.answer(lines=lines))

    with pytest.raises(ServerRefused, match="UPSTREAM_UNAVAILABLE"):
        run(api, SILVER, "cat_1", body_of([]), tracker=Watcher())


def test_a_refused_run_is_a_refusal(server, api):
    body = {"error": {"code": "JOB_ALREADY_RUNNING", "message": "busy"}}
    server.on("POST", GOLD_PATH, server.answer(409, body))

    with pytest.raises(ServerRefused, match="JOB_ALREADY_RUNNING"):
        run(api, GOLD, "cat_1", body_of([]), tracker=Watcher())


def test_only_the_worst_products_are_kept():
    tally = GoldTally()
    for start in range(0, 5000, 1000):
        tally.add(
            [
                {
                    "productId": f"p{n:04}",
                    "status": "success",
                    "score": 100 - n % 97,
                    "gaps": ["gtin"],
                    "missingFields": [],
                }
                for n in range(start, start + 1000)
            ]
        )
    tally.add([{"productId": "x", "status": "error", "error": "Product not in Silver stage"}])

    assert [(result["score"], result["productId"]) for result in tally.worst] == [
        (4, f"p{n:04}") for n in (96, 193, 290, 387, 484)
    ]
    assert tally.gaps == {"gtin": 5000}
    assert (tally.succeeded, tally.failed) == (5000, 1)


def test_an_image_that_is_a_gap_but_not_missing_is_unusable():
    tally = GoldTally()
    for missing in (["images"], [], []):
        result = {"productId": "a", "status": "success", "score": 50, "gaps": ["images", "gtin"]}
        tally.add([result | {"missingFields": missing}])

    assert (tally.missing["images"], tally.images_unusable) == (1, 2)
    assert (tally.as_json()["imagesMissing"], tally.as_json()["imagesUnusable"]) == (1, 2)


def test_an_empty_run_counts_nothing():
    assert SilverTally().as_json() == {
        "processed": 0,
        "succeeded": 0,
        "failed": 0,
        "errors": [],
        "fieldsNormalized": 0,
        "productsChanged": 0,
        "duplicates": 0,
        "urlsValidated": 0,
    }


def test_the_request_names_products_or_all():
    assert body_of([], unknownBrands="register", duplicates=None) == {"scope": "all", "unknownBrands": "register"}
    assert body_of(["a", "b"]) == {"scope": "selection", "productIds": ["a", "b"]}


def test_what_the_job_found_is_part_of_the_json():
    job = {"id": "j", "result": {"processed": 3, "changes": {"text.whitespace": 2}, "brokenUrls": 0}}
    told = Ended(job, SilverTally(), {"processed": 3}).as_json()
    assert (told["changes"], told["brokenUrls"], told["processed"]) == ({"text.whitespace": 2}, 0, 3)
