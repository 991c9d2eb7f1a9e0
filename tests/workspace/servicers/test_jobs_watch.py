"""Watching a job, through a real server."""

import threading
import time

import grpc
import pytest
from assay.workspace.v1 import job_pb2
from assay.workspace.v1.job_service_pb2 import ListJobsRequest, WatchJobRequest

from tests.workspace.servicers.test_jobs import Jobs, failed

ACTIVE, COMPLETED, QUEUED = job_pb2.JOB_STATUS_ACTIVE, job_pb2.JOB_STATUS_COMPLETED, job_pb2.JOB_STATUS_QUEUED
FAILED, CANCELLED = job_pb2.JOB_STATUS_FAILED, job_pb2.JOB_STATUS_CANCELLED


@pytest.fixture
def jobs(stubs, internal, tenant):
    return Jobs(stubs, internal, tenant)


@pytest.fixture
def watch(stubs, tenant):
    """The stream of a job's records; what is left of it is ended."""
    streams = []

    def start(job_id, of=tenant, timeout=30):
        request = WatchJobRequest(workspace_id=of.id, job_id=job_id)
        streams.append(stubs.jobs.WatchJob(request, metadata=of.auth, timeout=timeout))
        return streams[-1]

    yield start
    for stream in streams:
        stream.cancel()


def test_a_job_is_seen_at_once_when_it_changes_and_when_it_has_ended(jobs, watch):
    job = jobs.start()
    stream = watch(job.id)
    assert next(stream).job == job
    jobs.report(job.id, 3, 10)
    changed = next(seen.job for seen in stream if seen.job != job)
    assert (changed.status, changed.progress.processed) == (ACTIVE, 3)
    done = jobs.finish(job.id, processed=10, total=10)
    *_, last = stream
    assert last.job == done


def test_a_job_that_does_not_change_is_told_again_and_again(jobs, watch):
    job = jobs.start()
    stream = watch(job.id)
    started = time.monotonic()
    assert [next(stream).job for _ in range(3)] == [job] * 3
    assert time.monotonic() - started >= 2  # no more often than it has to be


@pytest.mark.parametrize("ending", [{}, failed(), {"status": CANCELLED}])
def test_an_ended_job_is_one_record(jobs, watch, ending):
    job = jobs.start()
    done = jobs.finish(job.id, **ending)
    assert [seen.job for seen in watch(job.id)] == [done]


def test_many_watch_the_same_job(jobs, watch):
    job = jobs.start()
    streams = [watch(job.id) for _ in range(8)]
    assert [next(stream).job for stream in streams] == [job] * 8
    jobs.finish(job.id)
    for stream in streams:
        *_, last = stream
        assert last.job.status == COMPLETED


def test_a_watcher_that_leaves_changes_nothing(jobs, watch):
    job = jobs.start()
    stream = watch(job.id)
    next(stream)
    stream.cancel()
    assert jobs.get(job.id) == job


def test_a_watcher_holds_up_no_writer(jobs, watch):
    job = jobs.start()
    stream = watch(job.id)
    next(stream)
    done = threading.Event()

    def write():
        for number in range(50):
            jobs.report(job.id, number, 50)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert done.wait(20)
    writer.join()
    assert next(seen.job for seen in stream if seen.job.progress.processed == 49).status == ACTIVE


def test_a_watch_ends_with_its_deadline(jobs, watch):
    stream = watch(jobs.start().id, timeout=1)
    with pytest.raises(grpc.RpcError) as caught:
        list(stream)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_unknown_and_foreign_jobs_are_not_found(jobs, watch, other, failure):
    job = jobs.start()
    assert failure(lambda: list(watch("none"))).reason == "JOB_NOT_FOUND"
    told = failure(lambda: list(watch(job.id, of=other)))
    assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")


def test_another_tenants_token_does_not_watch(jobs, stubs, tenant, other, failure):
    request = WatchJobRequest(workspace_id=tenant.id, job_id=jobs.start().id)
    told = failure(lambda: list(stubs.jobs.WatchJob(request, metadata=other.auth, timeout=30)))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"kind": "Bad Kind!"}, "kind"), ({"status": 77}, "status"), ({"catalog_id": "x" * 1001}, "catalog_id")],
)
def test_a_filter_that_is_no_filter_is_named(stubs, tenant, failure, fields, named):
    request = ListJobsRequest(workspace_id=tenant.id, **fields)
    told = failure(lambda: stubs.jobs.ListJobs(request, metadata=tenant.auth))
    assert (told.reason, told.fields) == ("VALIDATION_ERROR", [named])


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["c", "b", "a"]),
        ({"kind": "gold"}, ["c", "b"]),
        ({"kind": "cleaning"}, []),
        ({"status": QUEUED}, ["c", "a"]),
        ({"status": FAILED}, ["b"]),
        ({"catalog_id": "cat_1"}, ["b", "a"]),
        ({"catalog_id": "cat_1", "kind": "gold", "status": FAILED}, ["b"]),
    ],
)
def test_filters_let_through_what_fits_all_of_them(jobs, clock, fields, found):
    made = {}
    for name, kind, catalog_id in (("a", "silver", "cat_1"), ("b", "gold", "cat_1"), ("c", "gold", "cat_2")):
        made[jobs.start(kind=kind, catalog_id=catalog_id).id] = name
        clock.advance(1)
    jobs.finish(next(job_id for job_id, name in made.items() if name == "b"), **failed())
    assert [made[job.id] for job in jobs.list(**fields).jobs] == found
