"""Silver and Gold over HTTP: collected, handed over to a job, or streamed."""

from __future__ import annotations

import socket
import threading
import time

import grpc
import httpx
import orjson
import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2, score_pb2
from assay.silver.v1 import silver_service_pb2
from assay.workspace.v1 import job_pb2, job_service_pb2
from google.protobuf import struct_pb2

from tests.gateway.support import INTERNAL_TOKEN, TOKEN, Refusal, new_id

SILVER = "/api/workspace/ws_demo/catalogs/cat_1/batch/silver"
GOLD = "/api/workspace/ws_demo/catalogs/cat_1/batch/gold"
SUCCESS, ERROR = run_pb2.RESULT_STATUS_SUCCESS, run_pb2.RESULT_STATUS_ERROR
NDJSON = {"accept": "application/x-ndjson"}
JOB = new_id()

SILVER_RESULTS = [
    silver_service_pb2.NormalizeResult(product_id="prod_abc", status=SUCCESS, fields_normalized=4, urls_validated=3),
    silver_service_pb2.NormalizeResult(
        product_id="prod_def", status=SUCCESS, fields_normalized=2, duplicate_of="prod_xyz", urls_validated=1
    ),
    silver_service_pb2.NormalizeResult(product_id="prod_ghi", status=ERROR, error="Brand not found: 'AcmeCorp'"),
]
# The example of batch-silver-api.txt.
SILVER_DOCUMENTED = {
    "results": [
        {
            "productId": "prod_abc",
            "status": "success",
            "fieldsNormalized": 4,
            "duplicateOf": None,
            "urlsValidated": 3,
        },
        {
            "productId": "prod_def",
            "status": "success",
            "fieldsNormalized": 2,
            "duplicateOf": "prod_xyz",
            "urlsValidated": 1,
        },
        {"productId": "prod_ghi", "status": "error", "error": "Brand not found: 'AcmeCorp'"},
    ],
    "processed": 3,
    "duration_ms": 1240,
}
ENVELOPE = {
    "jobId": JOB,
    "backgroundJobId": JOB,
    "queue": "catalog",
    "jobName": "pipeline_run",
    "status": "queued",
    "notify_email": False,
}


def silver_event(**event):
    return silver_service_pb2.NormalizeResponse(**event)


def silver_started(total=3):
    return silver_event(started=run_pb2.RunStarted(job_id=JOB, total=total))


def silver_run(total=3):
    def normalize(_request, _context):
        yield silver_started(total)
        yield silver_event(progress=run_pb2.RunProgress(processed=1, total=total))
        yield silver_event(results=silver_service_pb2.NormalizeResults(results=SILVER_RESULTS[:2]))
        yield silver_event(results=silver_service_pb2.NormalizeResults(results=SILVER_RESULTS[2:]))
        yield silver_event(summary=silver_service_pb2.NormalizeSummary(processed=3, duration_ms=1240))

    return normalize


def broken_run(_request, _context):
    yield silver_started()
    yield silver_event(results=silver_service_pb2.NormalizeResults(results=SILVER_RESULTS[:1]))
    raise Refusal(grpc.StatusCode.ABORTED, "JOB_INTERRUPTED", "Stopped.")


def cut_run(_request, _context):
    yield silver_started()


def gold_run(_request, _context):
    result = gold_service_pb2.ScoreResult
    yield gold_service_pb2.ScoreResponse(started=run_pb2.RunStarted(job_id=JOB, total=3))
    yield gold_service_pb2.ScoreResponse(
        results=gold_service_pb2.ScoreResults(
            results=[
                result(
                    product_id="prod_abc",
                    status=SUCCESS,
                    score=82,
                    gaps=["secondaryImages", "gtin"],
                    missing_fields=["gtin"],
                ),
                result(
                    product_id="prod_def",
                    status=SUCCESS,
                    score=41,
                    gaps=["description", "gtin", "brand", "images"],
                    missing_fields=["description", "gtin"],
                ),
                result(
                    product_id="prod_zzz",
                    status=ERROR,
                    error="Product not in Silver stage — run Silver first",
                ),
            ]
        )
    )
    summary = score_pb2.CatalogSummary(
        avg_score=61.5,
        score_distribution=score_pb2.ScoreDistribution(excellent=12, good=34, warning=28, poor=8),
        top_gaps=["gtin", "description", "secondaryImages"],
    )
    yield gold_service_pb2.ScoreResponse(summary=gold_service_pb2.ScoreSummary(catalog_summary=summary))


def lines_of(answer):
    return [orjson.loads(line) for line in answer.text.splitlines()]


def eventually(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        threading.Event().wait(0.01)
    return condition()


def test_silver_answers_the_documented_example(client, fakes):
    fakes.methods["Normalize"] = silver_run()
    body = {"productIds": ["prod_abc", "prod_def", "prod_ghi"], "scope": "selection"}
    answer = client.post(SILVER, json=body)
    assert (answer.status_code, answer.json()) == (200, SILVER_DOCUMENTED)
    assert list(answer.json()["results"][0]) == list(SILVER_DOCUMENTED["results"][0])
    request = fakes.last("Normalize")
    assert (request.workspace_id, request.catalog_id, request.scope) == ("ws_demo", "cat_1", run_pb2.SCOPE_SELECTION)
    assert list(request.product_ids) == body["productIds"]


def test_gold_answers_the_documented_example(client, fakes):
    fakes.methods["Score"] = gold_run
    answer = client.post(GOLD, json={"scope": "all"})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "results": [
                {
                    "productId": "prod_abc",
                    "status": "success",
                    "score": 82,
                    "gaps": ["secondaryImages", "gtin"],
                    "missingFields": ["gtin"],
                },
                {
                    "productId": "prod_def",
                    "status": "success",
                    "score": 41,
                    "gaps": ["description", "gtin", "brand", "images"],
                    "missingFields": ["description", "gtin"],
                },
                {
                    "productId": "prod_zzz",
                    "status": "error",
                    "error": "Product not in Silver stage — run Silver first",
                },
            ],
            "catalogSummary": {
                "avgScore": 61.5,
                "scoreDistribution": {"excellent": 12, "good": 34, "warning": 28, "poor": 8},
                "topGaps": ["gtin", "description", "secondaryImages"],
            },
        },
    )


def test_a_score_without_gaps_still_has_its_lists(client, fakes):
    def perfect(_request, _context):
        result = gold_service_pb2.ScoreResult(product_id="p", status=SUCCESS, score=100)
        yield gold_service_pb2.ScoreResponse(started=run_pb2.RunStarted(job_id=JOB, total=1))
        yield gold_service_pb2.ScoreResponse(results=gold_service_pb2.ScoreResults(results=[result]))
        yield gold_service_pb2.ScoreResponse(
            summary=gold_service_pb2.ScoreSummary(catalog_summary=score_pb2.CatalogSummary())
        )

    fakes.methods["Score"] = perfect
    answer = client.post(GOLD, json={"scope": "all"}).json()
    assert answer["results"] == [{"productId": "p", "status": "success", "score": 100, "gaps": [], "missingFields": []}]
    assert answer["catalogSummary"] == {"avgScore": None, "topGaps": []}


def test_an_empty_run_answers_empty_results(client, fakes):
    def empty(_request, _context):
        yield silver_started(0)
        yield silver_event(summary=silver_service_pb2.NormalizeSummary())

    fakes.methods["Normalize"] = empty
    assert client.post(SILVER, json={"scope": "all"}).json() == {"results": [], "processed": 0, "duration_ms": 0}


@pytest.mark.parametrize(
    ("run", "status", "code"), [(broken_run, 409, "JOB_INTERRUPTED"), (cut_run, 502, "STREAM_CUT")]
)
def test_a_run_that_breaks_is_an_error_and_no_half_answer(client, fakes, run, status, code):
    fakes.methods["Normalize"] = run
    answer = client.post(SILVER, json={"scope": "all"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_above_the_inline_limit_the_job_is_answered(client, fakes):
    fakes.methods["Normalize"] = silver_run(total=6)
    answer = client.post(SILVER, json={"scope": "all"})
    assert (answer.status_code, answer.json()) == (202, ENVELOPE)
    assert answer.headers["location"] == f"/api/workspace/ws_demo/jobs/{JOB}"


ACCEPTS = {"answered": "application/json", "lines": "application/x-ndjson", "events": "text/event-stream"}


@pytest.mark.parametrize("accept", ACCEPTS.values(), ids=ACCEPTS)
@pytest.mark.parametrize("asked", [True, False, None])
@pytest.mark.parametrize(("path", "method", "run"), [(SILVER, "Normalize", silver_run()), (GOLD, "Score", gold_run)])
def test_a_mail_may_be_asked_for_however_the_run_is_watched(client, fakes, *, path, method, run, asked, accept):
    fakes.methods[method] = run
    fakes.methods["GetJob"] = lambda *_: job_service_pb2.GetJobResponse(
        job=job_pb2.Job(id=JOB, kind="gold", status=job_pb2.JOB_STATUS_FAILED)
    )
    fakes.methods["ListScoreResults"] = lambda *_: gold_service_pb2.ListScoreResultsResponse()
    body = {"scope": "all"} | ({} if asked is None else {"notify_email": asked})
    assert client.post(path, json=body, headers={"accept": accept}).status_code == 200
    assert fakes.last(method).notify_email is bool(asked)


def test_the_envelope_says_whether_a_mail_was_asked_for(client, fakes):
    fakes.methods["Normalize"] = silver_run()
    body = {"scope": "all", "notify_email": True}
    answer = client.post(SILVER, json=body, headers={"prefer": "respond-async"})
    assert (answer.status_code, answer.json()) == (202, ENVELOPE | {"notify_email": True})


@pytest.mark.parametrize("member", [{"notify_email": "yes"}, {"notifyEmail": True}])
def test_a_mail_is_asked_for_as_the_documents_spell_it(client, member):
    answer = client.post(SILVER, json={"scope": "all"} | member)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["error"]["details"]] == list(member)


def test_a_client_may_ask_for_the_job(client, fakes):
    fakes.methods["Normalize"] = silver_run()
    answer = client.post(SILVER, json={"scope": "all"}, headers={"prefer": "handling=strict, respond-async; wait=1"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "respond-async")


def test_a_run_inside_its_rpc_is_not_cancelled_by_answering_202(client, fakes):
    go_on, done = threading.Event(), threading.Event()

    def inline(_request, context):
        yield silver_started()
        go_on.wait(5)
        if context.is_active():
            done.set()
        yield silver_event(results=silver_service_pb2.NormalizeResults(results=SILVER_RESULTS))
        yield silver_event(summary=silver_service_pb2.NormalizeSummary(processed=3))

    fakes.methods["Normalize"] = inline
    assert client.post(SILVER, json={"scope": "all"}, headers={"prefer": "respond-async"}).status_code == 202
    go_on.set()
    assert done.wait(5)


def test_a_run_of_its_own_is_left_alone_after_answering_202(client, fakes):
    left = threading.Event()

    def scheduled(_request, context):
        context.add_callback(left.set)
        yield silver_started(1_000_000)
        while context.is_active():
            yield silver_event(progress=run_pb2.RunProgress(processed=1, total=1_000_000))
            left.wait(0.05)

    fakes.methods["Normalize"] = scheduled
    assert client.post(SILVER, json={"scope": "all"}).status_code == 202
    assert left.wait(5)


def test_ndjson_has_one_event_per_line_and_the_summary_last(client, fakes):
    fakes.methods["Normalize"] = silver_run(total=1_000_000)
    answer = client.post(SILVER, json={"scope": "all"}, headers=NDJSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert lines_of(answer) == [
        {"started": {"jobId": JOB, "total": 1_000_000}},
        {"progress": {"processed": 1, "total": 1_000_000}},
        {"results": SILVER_DOCUMENTED["results"][:2]},
        {"results": SILVER_DOCUMENTED["results"][2:]},
        {"summary": {"processed": 3, "duration_ms": 1240}},
    ]


def test_events_come_while_the_run_works(client, fakes):
    seen = threading.Event()

    def slow(_request, _context):
        yield silver_started()
        assert seen.wait(10)
        yield silver_event(summary=silver_service_pb2.NormalizeSummary(processed=3))

    fakes.methods["Normalize"] = slow
    with client.stream("POST", SILVER, json={"scope": "all"}, headers=NDJSON) as answer:
        lines = answer.iter_lines()
        assert "started" in next(lines)
        seen.set()
        assert "summary" in next(lines)


@pytest.mark.parametrize(("run", "code"), [(broken_run, "JOB_INTERRUPTED"), (cut_run, "STREAM_CUT")])
def test_a_broken_stream_ends_with_an_error_line(client, fakes, run, code):
    fakes.methods["Normalize"] = run
    answer = client.post(SILVER, json={"scope": "all"}, headers=NDJSON)
    *_, last = lines_of(answer)
    assert last["error"]["code"] == code
    assert last["error"]["request_id"] == answer.headers["x-request-id"]


def test_a_run_that_is_refused_is_an_error_answer_even_for_streams(client, fakes):
    def refused(*_):
        raise Refusal(grpc.StatusCode.ABORTED, "JOB_ALREADY_RUNNING", metadata={"job_id": JOB})

    fakes.methods["Normalize"] = refused
    answer = client.post(SILVER, json={"scope": "all"}, headers=NDJSON)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/json")


def test_server_sent_events_tell_the_job_first_and_then_what_it_does(client, fakes):
    fakes.methods["Score"] = gold_run
    summary = struct_pb2.Struct()
    summary.update({"processed": 1, "catalogSummary": {"avgScore": 61.5}})
    job = job_pb2.Job(id=JOB, kind="gold", status=job_pb2.JOB_STATUS_COMPLETED, result=summary)
    fakes.methods["GetJob"] = lambda *_: job_service_pb2.GetJobResponse(job=job)
    result = gold_service_pb2.ScoreResult(product_id="p", status=ERROR, error="e")
    fakes.methods["ListScoreResults"] = lambda *_: gold_service_pb2.ListScoreResultsResponse(results=[result])
    answer = client.post(GOLD, json={"scope": "all"}, headers={"accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    head, *events = [
        dict(line.split(": ", 1) for line in block.split("\n")) for block in answer.text.split("\n\n")[:-1]
    ]
    assert head == {"retry": "1000"}
    assert [(event["event"], orjson.loads(event["data"])) for event in events] == [
        ("started", {"jobId": JOB, "total": 3}),
        ("progress", {"jobId": JOB, "processed": 0, "total": 0, "status": "completed"}),
        ("result", {"productId": "p", "status": "error", "error": "e"}),
        ("summary", {"processed": 1, "catalogSummary": {"avgScore": 61.5}}),
    ]
    assert all(event["id"] for event in events)
    # Whoever may start runs sees them, also without the scope to read jobs.
    assert fakes.metadata("GetJob")["authorization"] == f"Bearer {INTERNAL_TOKEN}"


def test_a_client_that_leaves_a_stream_does_not_stop_an_inline_run(gateway, fakes):
    go_on, done = threading.Event(), threading.Event()

    def inline(_request, context):
        yield silver_started()
        go_on.wait(5)
        if context.is_active():
            done.set()
        yield silver_event(summary=silver_service_pb2.NormalizeSummary(processed=3))

    fakes.methods["Normalize"] = inline
    with httpx.stream(
        "POST",
        f"{gateway.url}{SILVER}",
        json={"scope": "all"},
        headers={**NDJSON, "authorization": f"Bearer {TOKEN}"},
    ) as answer:
        assert "started" in next(answer.iter_lines())
    threading.Event().wait(0.2)
    go_on.set()
    assert done.wait(5)


def test_a_client_that_does_not_read_holds_the_stream_back(gateway, fakes):
    sent, left = [], threading.Event()
    batch = silver_event(results=silver_service_pb2.NormalizeResults(results=SILVER_RESULTS[:1] * 2000))

    def endless(_request, context):
        context.add_callback(left.set)
        yield silver_started(10_000_000)
        while context.is_active() and len(sent) < 500:
            sent.append(1)
            yield batch

    fakes.methods["Normalize"] = endless
    body = b'{"scope":"all"}'
    with socket.create_connection(gateway.address) as connection:
        head = (
            f"POST {SILVER} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\naccept: application/x-ndjson\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        assert eventually(lambda: len(sent) > 5)
        before = 0
        while (
            before < len(sent) < 500
        ):  # until buffers on the way are full, however long a busy machine takes to fill them
            before = len(sent)
            threading.Event().wait(1)
        assert len(sent) < 300
    assert left.wait(5)
