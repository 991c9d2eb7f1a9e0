"""The events of a job: in order, complete or recognisably not, and readable on from any of them."""

from __future__ import annotations

import threading

import grpc
import httpx
import orjson
import pytest
from assay.common.v1 import page_pb2
from assay.gold.v1 import gold_service_pb2
from assay.workspace.v1 import job_pb2, job_service_pb2
from google.protobuf import struct_pb2

from tests.gateway.support import TOKEN, Refusal

EVENTS = "/api/workspace/ws_demo/jobs/j-1/events"
NDJSON = {"accept": "application/x-ndjson"}
NO_MORE = {"COMPLETED": "summary", "FAILED": "error", "CANCELLED": "error"}


class FakeJob:
    """A Gold job: a record, and results of which as many are there as the test says."""

    def __init__(self, fakes):
        self.status, self.kind = "ACTIVE", "gold"
        self.results = []
        self.error = job_pb2.JobError(code="JOB_CANCELLED", message="Stopped.")
        self.asked = threading.Event()
        fakes.methods["GetJob"] = self.get
        fakes.methods["ListScoreResults"] = self.list

    def get(self, *_):
        result = struct_pb2.Struct()
        result.update({"processed": len(self.results)})
        job = job_pb2.Job(id="j-1", kind=self.kind, status=f"JOB_STATUS_{self.status}")
        job.progress.processed, job.progress.total = len(self.results), 3000
        if self.status == "COMPLETED":
            job.result.CopyFrom(result)
        elif NO_MORE.get(self.status) == "error":
            job.error.CopyFrom(self.error)
        return job_service_pb2.GetJobResponse(job=job)

    def list(self, request, _context):
        """A cursor is the number of results before it, as `c7`."""
        self.asked.set()
        if request.page_token and not request.page_token.startswith("c"):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR", fields={"cursor": "no"})
        start = int(request.page_token[1:] or 0) if request.page_token else 0
        found = self.results[start : start + request.page_size]
        end = start + len(found)
        more = request.while_active or len(self.results) > end
        return gold_service_pb2.ListScoreResultsResponse(
            results=[gold_service_pb2.ScoreResult(product_id=name, error="e") for name in found],
            pagination=page_pb2.Pagination(limit=request.page_size, cursor=f"c{end}" if more else None, has_more=more),
        )


@pytest.fixture
def job(fakes):
    return FakeJob(fakes)


def names(count, start=0):
    return [f"p{number:04}" for number in range(start, count)]


def lines_of(text):
    return [orjson.loads(line) for line in text.splitlines() if line]


def told(events):
    return [event["result"]["productId"] for event in events if "result" in event]


def test_every_event_is_there_in_order_with_an_id(client, job):
    job.status, job.results = "COMPLETED", names(2)
    answer = client.get(EVENTS)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.split("\n\n") == [
        "retry: 1000",
        'id: .0\nevent: progress\ndata: {"jobId":"j-1","processed":2,"total":3000,"status":"completed"}',
        'id: .1\nevent: result\ndata: {"productId":"p0000","error":"e"}',
        'id: .2\nevent: result\ndata: {"productId":"p0001","error":"e"}',
        'id: end\nevent: summary\ndata: {"processed":2}',
        "",
    ]


def test_json_lines_say_the_same(client, job):
    job.status, job.results = "COMPLETED", names(1)
    events = lines_of(client.get(EVENTS, headers=NDJSON).text)
    assert [list(event) for event in events] == [["id", "progress"], ["id", "result"], ["id", "summary"]]


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_a_job_that_did_not_complete_ends_with_its_error(client, job, status):
    job.status, job.results = status, names(1)
    *_, result, last = lines_of(client.get(EVENTS, headers=NDJSON).text)
    assert "result" in result
    assert last == {"id": "end", "error": {"code": "JOB_CANCELLED", "message": "Stopped."}}


def test_results_come_while_the_job_works_and_progress_again_and_again(client, job):
    job.results = names(3)
    with client.stream("GET", EVENTS, headers=NDJSON) as answer:
        lines = (orjson.loads(line) for line in answer.iter_lines() if line)
        assert next(lines)["progress"] == {"jobId": "j-1", "processed": 3, "total": 3000, "status": "active"}
        assert told([next(lines) for _ in range(3)]) == names(3)
        assert next(lines)["progress"]["processed"] == 3
        job.results = names(5)
        assert told([next(line for line in lines if "result" in line) for _ in range(2)]) == names(5, 3)
        job.status = "COMPLETED"
        assert list(lines)[-1]["summary"] == {"processed": 5}


@pytest.mark.parametrize("stop", [1, 2, 3, 999, 1000, 1001, 1002, 1003, 2000, 2001, 2500, 2503])
def test_whoever_comes_back_goes_on_behind_the_last_event(client, job, stop):
    """Over the ends of pages, and when there was less the first time than the second."""
    job.results = names(min(2500, stop + 1))
    before = []
    with client.stream("GET", EVENTS, headers=NDJSON) as answer:
        for line in answer.iter_lines():
            if not line:
                continue
            before.append(orjson.loads(line))
            if len(before) == stop:
                break
    job.status, job.results = "COMPLETED", names(2500)
    after = lines_of(client.get(EVENTS, headers={**NDJSON, "last-event-id": before[-1]["id"]}).text)
    assert told(before) + told(after) == names(2500)
    assert "summary" in after[-1]


def test_behind_the_last_event_is_nothing(client, job):
    job.status = "COMPLETED"
    answer = client.get(EVENTS, headers={"last-event-id": "end"})
    assert (answer.status_code, answer.text) == (204, "")


@pytest.mark.parametrize(
    "event_id", ["x", ".", "c1.1001", "c1.99999", "forged.1", "a b.1", "." * 500, "1.-1", ".3", "c1.2"]
)
def test_an_id_of_nothing_is_named(client, job, event_id):
    job.status, job.results = "COMPLETED", names(2)
    answer = client.get(EVENTS, headers={"last-event-id": event_id})
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "last-event-id")


@pytest.mark.parametrize("event_id", [".1", "c1.0"])
def test_an_id_of_a_result_is_none_of_a_job_without_results(client, job, event_id):
    job.kind, job.status = "cleaning", "COMPLETED"
    assert client.get(EVENTS, headers={"last-event-id": event_id}).status_code == 400


def test_memory_holds_a_page_at_a_time(client, job, fakes):
    job.status, job.results = "COMPLETED", names(2500)
    assert told(lines_of(client.get(EVENTS, headers=NDJSON).text)) == names(2500)
    assert [fakes.last("ListScoreResults").page_size, fakes.count("ListScoreResults")] == [1000, 3]


def test_a_job_without_results_has_progress_and_an_end(client, job):
    job.kind, job.status = "cleaning", "COMPLETED"
    events = lines_of(client.get(EVENTS, headers=NDJSON).text)
    assert [list(event)[1] for event in events] == ["progress", "summary"]


def test_what_breaks_never_looks_complete(client, job, fakes):
    job.results = names(2)

    def gone(*_):
        raise Refusal(grpc.StatusCode.UNAUTHENTICATED, "UNAUTHORIZED", "Revoked.")

    seen = []
    with client.stream("GET", EVENTS, headers=NDJSON) as answer, pytest.raises(httpx.RemoteProtocolError):
        for line in answer.iter_lines():
            seen += lines_of(line)
            if len(seen) == 3:
                fakes.methods["GetJob"] = gone
    assert told(seen) == names(2)
    assert not {"summary", "error"} & {name for event in seen for name in event}


def test_a_deadline_is_not_the_end_of_the_job(client, job):
    headers = {**NDJSON, "x-timeout-seconds": "0.5"}
    with client.stream("GET", EVENTS, headers=headers) as answer, pytest.raises(httpx.RemoteProtocolError):
        list(answer.iter_lines())


def test_a_service_that_is_away_for_a_moment_is_waited_for(client, job, fakes):
    failures = iter(range(2))

    def away(request, context):
        if next(failures, None) is not None:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "UPSTREAM_UNAVAILABLE")
        return job.list(request, context)

    job.status, job.results = "COMPLETED", names(2)
    fakes.methods["ListScoreResults"] = away
    assert told(lines_of(client.get(EVENTS, headers=NDJSON).text)) == names(2)


def test_whoever_leaves_leaves_nothing_behind(gateway, job, fakes):
    headers = {**NDJSON, "authorization": f"Bearer {TOKEN}"}
    with httpx.stream("GET", f"{gateway.url}{EVENTS}", headers=headers) as answer:
        next(answer.iter_lines())
    asked = -1
    for _ in range(100):
        if asked == fakes.count("GetJob"):
            break
        asked = fakes.count("GetJob")
        threading.Event().wait(1)  # longer than the longest pause between two looks
    assert asked == fakes.count("GetJob")
    assert fakes.count("CancelJob") == 0


def test_an_unknown_job_is_404_and_what_is_asked_wrongly_is_named(client, fakes, job):
    assert client.get(f"{EVENTS}?page=1").json()["error"]["details"][0]["field"] == "page"
    assert client.get(EVENTS, headers={"accept": "application/json"}).status_code == 406

    def unknown(*_):
        raise Refusal(grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")

    fakes.methods["GetJob"] = unknown
    assert client.get(EVENTS).json()["error"]["code"] == "JOB_NOT_FOUND"


def test_a_head_has_no_events(client, job):
    assert client.head(EVENTS).headers["content-type"].startswith("text/event-stream")


def test_a_key_without_the_scope_and_one_of_another_workspace_are_refused(client, job):
    assert client.get(EVENTS, headers={"authorization": "Bearer sk_live_reader"}).status_code == 403
    assert client.get(EVENTS.replace("ws_demo", "ws_other")).status_code == 403


def test_progress_alone_is_told_to_whoever_asks_for_it(client, job):
    job.status, job.results = "COMPLETED", names(1500)

    lines = lines_of(client.get(f"{EVENTS}?results=false", headers=NDJSON).text)

    assert told(lines) == []
    assert ("progress" in lines[0], "summary" in lines[-1]) == (True, True)
    assert told(lines_of(client.get(f"{EVENTS}?results=true", headers=NDJSON).text)) == names(1500)


@pytest.mark.parametrize("query", ["results=no", "results=", "results=true&results=false", "results=false&page=1"])
def test_what_is_asked_wrongly_of_results_is_named(client, job, query):
    answer = client.get(f"{EVENTS}?{query}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["details"][0]["field"] in {"results", "page"}
