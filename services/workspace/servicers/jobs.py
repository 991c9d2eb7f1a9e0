"""JobService."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from functools import partial

import grpc
from assay.workspace.v1 import job_pb2, job_service_pb2_grpc
from assay.workspace.v1 import job_service_pb2 as pb
from google.protobuf import json_format

from services.runtime.errors import JobCancelled, ValidationError
from services.runtime.paging import page_limit
from services.workspace.servicers.watching import records
from services.workspace.stores.jobs import Ending, JobFilter, JobStore, NewJob, slot_of
from services.workspace.validation import Checks, position_of
from services.workspace.wire import job_message, page_of, result_text, status_text

ORDER = ("created_at", "id")
WORD = re.compile(r"[a-z][a-z0-9_]*")
WORD_LIMIT_CHARS = 64
REASON = re.compile(r"[A-Z][A-Z0-9_]*")
REASON_LIMIT_CHARS = 63
TEXT_LIMIT_CHARS = 1000
RESULT_LIMIT_BYTES = 256 * 1024
ENDINGS = (job_pb2.JOB_STATUS_COMPLETED, job_pb2.JOB_STATUS_FAILED, job_pb2.JOB_STATUS_CANCELLED)


class JobServicer(job_service_pb2_grpc.JobServiceServicer):
    """See the contract, assay/workspace/v1/job_service.proto."""

    def __init__(self, jobs: JobStore, stopping: threading.Event) -> None:
        """`stopping`: set when the service is to stop; whoever watches is told to come back."""
        self._jobs = jobs
        self._stopping = stopping

    def GetJob(self, request: pb.GetJobRequest, _context: grpc.ServicerContext) -> pb.GetJobResponse:
        """One job."""
        return pb.GetJobResponse(job=job_message(self._jobs.get(request.workspace_id, request.job_id)))

    def WatchJob(self, request: pb.WatchJobRequest, context: grpc.ServicerContext) -> Iterator[pb.WatchJobResponse]:
        """One job's record, as often as it changes, until the job has ended."""
        read = partial(self._jobs.get, request.workspace_id, request.job_id)
        for job in records(read, context, self._stopping):
            yield pb.WatchJobResponse(job=job)

    def ListJobs(self, request: pb.ListJobsRequest, _context: grpc.ServicerContext) -> pb.ListJobsResponse:
        """Jobs, newest first."""
        status = status_text(request.status)
        checks = Checks()
        checks.that(status is not None, "status", "status is not known.")
        if request.kind:
            checks.pattern("kind", request.kind, WORD, WORD_LIMIT_CHARS)
        _check_text(checks, "catalog_id", request.catalog_id)
        checks.done()
        limit = page_limit(request.page_size)
        wanted = JobFilter(request.kind, status or "", request.catalog_id)
        filters = ("jobs", request.workspace_id, wanted.kind, wanted.status, wanted.catalog_id)
        after = position_of(request.page_token, (int, str), *filters)
        found = self._jobs.page(request.workspace_id, wanted, after, limit + 1)
        rows, pagination = page_of(found, limit, ORDER, *filters)
        return pb.ListJobsResponse(jobs=[job_message(row) for row in rows], pagination=pagination)

    def CancelJob(self, request: pb.CancelJobRequest, _context: grpc.ServicerContext) -> pb.CancelJobResponse:
        """Asks a job to stop."""
        return pb.CancelJobResponse(job=job_message(self._jobs.cancel(request.workspace_id, request.job_id)))

    def StartJob(self, request: pb.StartJobRequest, _context: grpc.ServicerContext) -> pb.StartJobResponse:
        """Opens a record and takes its lock."""
        checks = Checks()
        checks.pattern("kind", request.kind, WORD, WORD_LIMIT_CHARS)
        checks.pattern("queue", request.queue, WORD, WORD_LIMIT_CHARS)
        checks.pattern("jobName", request.job_name, WORD, WORD_LIMIT_CHARS)
        _check_owner(checks, request.owner)
        for field, value in (("jobId", request.job_id), ("triggeredBy", request.triggered_by)):
            checks.that(not value or _is_uuid(value), field, f"{field} must be a UUID in lower case.")
        for field, value in (("catalogId", request.catalog_id), ("lockKey", request.lock_key)):
            _check_text(checks, field, value)
        checks.done()
        started = self._jobs.start(
            NewJob(
                workspace_id=request.workspace_id,
                kind=request.kind,
                queue=request.queue,
                job_name=request.job_name,
                owner=request.owner,
                catalog_id=request.catalog_id,
                lock_key=request.lock_key,
                notify_email=request.notify_email,
                id=request.job_id,
                triggered_by=request.triggered_by,
            )
        )
        return pb.StartJobResponse(
            job=job_message(started.row), registry_version=started.registry_version, settings=started.settings
        )

    def ReportJob(self, request: pb.ReportJobRequest, _context: grpc.ServicerContext) -> pb.ReportJobResponse:
        """Renews the lease."""
        checks = Checks()
        _check_progress(checks, request.processed, request.total)
        checks.done()
        cancel = self._jobs.report(
            request.workspace_id,
            request.job_id,
            request.owner,
            request.processed,
            request.total,
            waiting=request.waiting,
            handing_over=request.handing_over,
        )
        return pb.ReportJobResponse(cancel_requested=cancel)

    def FinishJob(self, request: pb.FinishJobRequest, _context: grpc.ServicerContext) -> pb.FinishJobResponse:
        """Ends a job."""
        row = self._jobs.finish(request.workspace_id, request.job_id, request.owner, _ending(request))
        return pb.FinishJobResponse(job=job_message(row))

    def TakeOverJob(self, request: pb.TakeOverJobRequest, _context: grpc.ServicerContext) -> pb.TakeOverJobResponse:
        """Changes the owner of a job that was left behind."""
        checks = Checks()
        _check_owner(checks, request.owner)
        checks.done()
        row = self._jobs.take_over(request.workspace_id, request.job_id, request.owner)
        return pb.TakeOverJobResponse(job=job_message(row))

    def FailInterruptedJobs(
        self, request: pb.FailInterruptedJobsRequest, _context: grpc.ServicerContext
    ) -> pb.FailInterruptedJobsResponse:
        """Fails what an earlier life of this slot left behind."""
        checks = Checks()
        _check_owner(checks, request.owner)
        checks.done()
        return pb.FailInterruptedJobsResponse(job_ids=self._jobs.fail_other_lives(request.owner, request.kept_job_ids))


def _ending(request: pb.FinishJobRequest) -> Ending:
    checks = Checks()
    checks.that(request.status in ENDINGS, "status", "status must be completed, failed or cancelled.")
    _check_progress(checks, request.processed, request.total)
    failed = request.status == job_pb2.JOB_STATUS_FAILED
    code = request.error.code
    if failed or code:
        checks.pattern("error.code", code, REASON, REASON_LIMIT_CHARS)
    checks.that(
        request.result.ByteSize() <= RESULT_LIMIT_BYTES,
        "result",
        f"result must have at most {RESULT_LIMIT_BYTES:,} bytes.",
    )
    checks.done()
    status = status_text(request.status) or ""
    if request.status == job_pb2.JOB_STATUS_COMPLETED:
        try:
            result = result_text(request.result)
        except (json_format.Error, ValueError):
            raise ValidationError.of("result", "result must hold numbers that JSON can write.") from None
        return Ending(status, request.processed, request.total, result=result)
    # A long text is cut rather than refused: a job whose end is not recorded would hold its lock.
    message = request.error.message[:TEXT_LIMIT_CHARS]
    return Ending(
        status, request.processed, request.total, error_code=code or JobCancelled.reason, error_message=message
    )


def _check_progress(checks: Checks, processed: int, total: int) -> None:
    checks.that(processed >= 0, "processed", "processed must not be negative.")
    checks.that(total >= 0, "total", "total must not be negative.")


def _check_text(checks: Checks, field: str, value: str) -> None:
    checks.that(len(value) <= TEXT_LIMIT_CHARS, field, f"{field} must have at most {TEXT_LIMIT_CHARS} characters.")


def _check_owner(checks: Checks, owner: str) -> None:
    holds = len(owner) <= TEXT_LIMIT_CHARS and bool(slot_of(owner)) and not owner.endswith("#")
    checks.that(holds, "owner", "owner must be slot#life.")


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
