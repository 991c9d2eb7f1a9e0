"""One route for the results of every kind of job."""

from __future__ import annotations

import grpc
import pytest
from assay.common.v1 import page_pb2, run_pb2
from assay.gold.v1 import gold_service_pb2
from assay.ingest.v1 import import_service_pb2
from assay.silver.v1 import silver_service_pb2
from assay.workspace.v1 import job_pb2, job_service_pb2

from tests.gateway.support import Refusal

RESULTS = "/api/workspace/ws_demo/jobs/j-1/results"
PAGE = page_pb2.Pagination(limit=2, cursor="c2", has_more=True)


@pytest.fixture
def job_of(fakes):
    def make(kind, status=job_pb2.JOB_STATUS_COMPLETED):
        job = job_pb2.Job(id="j-1", kind=kind, status=status)
        fakes.methods["GetJob"] = lambda *_: job_service_pb2.GetJobResponse(job=job)

    return make


def test_an_import_answers_its_bad_rows(client, fakes, job_of):
    job_of("import")
    row = import_service_pb2.ImportRowError(line=3, column="price", reason="RAGGED_ROW", message="m", severity="error")
    fakes.methods["ListImportErrors"] = lambda *_: import_service_pb2.ListImportErrorsResponse(
        errors=[row], pagination=PAGE
    )
    answer = client.get(f"{RESULTS}?limit=2&cursor=c1").json()
    assert answer == {
        "data": [{"line": 3, "column": "price", "reason": "RAGGED_ROW", "message": "m", "severity": "error"}],
        "pagination": {"limit": 2, "cursor": "c2", "has_more": True},
    }
    request = fakes.last("ListImportErrors")
    assert (request.workspace_id, request.job_id, request.page_size, request.page_token) == ("ws_demo", "j-1", 2, "c1")


def test_a_silver_run_answers_its_results(client, fakes, job_of):
    job_of("silver")
    result = silver_service_pb2.NormalizeResult(product_id="p", status=run_pb2.RESULT_STATUS_SUCCESS)
    fakes.methods["ListNormalizeResults"] = lambda *_: silver_service_pb2.ListNormalizeResultsResponse(results=[result])
    assert client.get(RESULTS).json()["data"] == [{"productId": "p", "status": "success", "duplicateOf": None}]


def test_a_gold_run_answers_its_results(client, fakes, job_of):
    job_of("gold")
    result = gold_service_pb2.ScoreResult(product_id="p", status=run_pb2.RESULT_STATUS_ERROR, error="e")
    fakes.methods["ListScoreResults"] = lambda *_: gold_service_pb2.ListScoreResultsResponse(results=[result])
    assert client.get(RESULTS).json()["data"] == [{"productId": "p", "status": "error", "error": "e"}]


def test_another_kind_has_no_results(client, job_of):
    job_of("cleaning")
    assert client.get(RESULTS).status_code == 404


def test_an_unknown_job_is_404(client, fakes):
    def unknown(*_):
        raise Refusal(grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")

    fakes.methods["GetJob"] = unknown
    assert client.get(RESULTS).json()["error"]["code"] == "JOB_NOT_FOUND"


def test_unknown_parameters_are_named(client, job_of):
    job_of("gold")
    answer = client.get(f"{RESULTS}?limit=ten&page=1")
    assert {detail["field"] for detail in answer.json()["error"]["details"]} == {"limit", "page"}


@pytest.mark.parametrize(
    ("status", "active"),
    [("QUEUED", True), ("ACTIVE", True), ("COMPLETED", False), ("FAILED", False), ("CANCELLED", False)],
)
def test_of_a_job_at_work_only_what_is_final_is_asked_for(client, fakes, job_of, status, active):
    job_of("gold", job_pb2.JobStatus.Value(f"JOB_STATUS_{status}"))
    fakes.methods["ListScoreResults"] = lambda *_: gold_service_pb2.ListScoreResultsResponse()
    assert client.get(RESULTS).status_code == 200
    assert fakes.last("ListScoreResults").while_active is active


def test_whether_a_job_is_at_work_is_not_for_the_client_to_say(client, job_of):
    job_of("gold")
    answer = client.get(f"{RESULTS}?while_active=true&whileActive=true")
    assert {detail["field"] for detail in answer.json()["error"]["details"]} == {"while_active", "whileActive"}


def test_a_job_that_ended_before_it_began_has_no_results(client, fakes, job_of):
    def unknown(*_):
        raise Refusal(grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")

    job_of("silver", job_pb2.JOB_STATUS_CANCELLED)
    fakes.methods["ListNormalizeResults"] = unknown
    assert client.get(f"{RESULTS}?limit=7").json() == {"data": [], "pagination": {"limit": 7, "has_more": False}}
