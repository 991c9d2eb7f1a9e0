"""The public job record, kept by the workspace service; and who we are as its owner."""

from __future__ import annotations

import fcntl
import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import grpc
from assay.workspace.v1 import job_pb2, job_service_pb2, job_service_pb2_grpc
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from services.runtime.context import current_call, without_deadline
from services.runtime.files import made_once
from services.runtime.jobs.model import Job, JobSpec, Outcome
from services.runtime.neighbours import is_away

SLOTS = 256
ANSWER_SECONDS = 10.0
"""How long an answer is waited for where it is asked again anyway: a record keeper that hangs holds up nobody."""
OPEN = (job_pb2.JOB_STATUS_QUEUED, job_pb2.JOB_STATUS_ACTIVE)
STATUS = {
    "completed": job_pb2.JOB_STATUS_COMPLETED,
    "failed": job_pb2.JOB_STATUS_FAILED,
    "cancelled": job_pb2.JOB_STATUS_CANCELLED,
}


@dataclass(frozen=True)
class Owner:
    """`slot#life`. The slot is held by a file lock that dies with the process, so a restarted one takes it again."""

    name: str
    lock: IO[str]

    def release(self) -> None:
        """Gives the slot back."""
        self.lock.close()


def claim_owner(folder: Path, service: str) -> Owner:
    """Takes the lowest free slot of this service in this folder.

    The folder has a name of its own, made once: processes with other folders may be on machines of the same name.
    """
    place = f"{socket.gethostname()}.{made_once(folder / 'id', lambda: uuid.uuid4().hex[:8])}"
    for slot in range(SLOTS):
        lock = (folder / f"{service}-{slot}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return Owner(f"{service}@{place}/{slot}#{os.getpid()}-{uuid.uuid4().hex[:8]}", lock)
    raise RuntimeError(f"more than {SLOTS} processes of {service} on one machine")


class JobLedger:
    """Calls JobService as the owner of this process's jobs.

    A job is opened and ended whatever the deadline of the call that asked for it: a record that is opened unheard, or
    an end that is not told, would hold its lock until the lease runs out.
    """

    def __init__(self, channel: grpc.Channel, owner: Owner) -> None:
        self._stub = job_service_pb2_grpc.JobServiceStub(channel)
        self.owner = owner

    @without_deadline()
    def start(self, spec: JobSpec, job_id: str = "") -> Job:
        """Opens the record. ABORTED (JOB_ALREADY_RUNNING) passes through as the RPC's error."""
        call = current_call()
        is_ours = call is not None and call.principal is not None and call.principal.internal
        answer = self._stub.StartJob(
            job_service_pb2.StartJobRequest(
                workspace_id=spec.workspace_id,
                kind=spec.kind,
                queue=spec.queue,
                job_name=spec.job_name,
                catalog_id=spec.target,
                lock_key=spec.lock_key,
                owner=self.owner.name,
                notify_email=spec.notify_email,
                job_id=job_id or str(uuid.uuid4()),
                triggered_by=call.triggered_by if call is not None and is_ours else "",
            )
        )
        return Job(
            answer.job.id,
            spec.kind,
            spec.workspace_id,
            spec.target,
            spec.params,
            registry_version=answer.registry_version,
            settings=answer.settings,
        )

    def report(
        self, job: Job, processed: int, total: int, *, waiting: bool = False, handing_over: bool = False
    ) -> bool:
        """Renews the lease and tells progress, or leaves the job to whoever takes it; True when it should stop."""
        answer = self._stub.ReportJob(
            job_service_pb2.ReportJobRequest(
                workspace_id=job.workspace_id,
                job_id=job.id,
                owner=self.owner.name,
                processed=processed,
                total=total,
                waiting=waiting,
                handing_over=handing_over,
            ),
            timeout=ANSWER_SECONDS,
        )
        return bool(answer.cancel_requested)

    def take_over(self, job: Job) -> job_pb2.Job:
        """Makes this process the owner of a job that was left behind; the record as it is then, ended or not.

        FAILED_PRECONDITION (JOB_NOT_ACTIVE) while its owner is alive, NOT_FOUND when the record is gone.
        """
        answer: job_service_pb2.TakeOverJobResponse = self._stub.TakeOverJob(
            job_service_pb2.TakeOverJobRequest(workspace_id=job.workspace_id, job_id=job.id, owner=self.owner.name),
            timeout=ANSWER_SECONDS,
        )
        return answer.job

    def get(self, job: Job) -> job_pb2.Job:
        """The record as it is."""
        request = job_service_pb2.GetJobRequest(workspace_id=job.workspace_id, job_id=job.id)
        answer: job_service_pb2.GetJobResponse = self._stub.GetJob(request)
        return answer.job

    @retry(
        retry=retry_if_exception(lambda error: is_away(error) or _is_late(error)),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        stop=stop_after_delay(30),
        reraise=True,
    )
    @without_deadline()
    def finish(self, job: Job, outcome: Outcome, processed: int, total: int) -> None:
        """Ends the record; said again that changes nothing. Waits out a short absence of the workspace service."""
        result = Struct()
        result.update(outcome.result)
        request = job_service_pb2.FinishJobRequest(
            workspace_id=job.workspace_id,
            job_id=job.id,
            owner=self.owner.name,
            status=STATUS[outcome.status],
            processed=processed,
            total=total,
        )
        if outcome.status == "completed":
            request.result.CopyFrom(result)
        else:
            request.error.code = outcome.reason
            request.error.message = outcome.message
        self._stub.FinishJob(request, timeout=ANSWER_SECONDS)

    def fail_interrupted(self, kept: Sequence[str]) -> list[str]:
        """Fails what earlier lives of this slot left behind, but for the jobs `kept`; returns the ids."""
        answer = self._stub.FailInterruptedJobs(
            job_service_pb2.FailInterruptedJobsRequest(owner=self.owner.name, kept_job_ids=kept),
            wait_for_ready=True,
            timeout=ANSWER_SECONDS,
        )
        return list(answer.job_ids)


def is_taken(error: grpc.RpcError) -> bool:
    """Whether a record is somebody else's by now, or has ended, or is gone."""
    taken = (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND)
    return isinstance(error, grpc.Call) and error.code() in taken


def _is_late(error: BaseException) -> bool:
    return isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def settings_text(job: Job) -> bytes:
    """The job's settings, as they are kept; empty when there are none."""
    return b"" if job.settings is None else job.settings.SerializeToString()


def with_settings(job: Job, text: bytes) -> Job:
    """The job with settings that were kept."""
    return replace(job, settings=type(job_service_pb2.StartJobResponse().settings).FromString(text))


def outcome_of(record: job_pb2.Job) -> Outcome:
    """How an ended job ended."""
    if record.status == job_pb2.JOB_STATUS_COMPLETED:
        return Outcome("completed", _whole_numbers(json_format.MessageToDict(record.result)))
    status = "cancelled" if record.status == job_pb2.JOB_STATUS_CANCELLED else "failed"
    return Outcome(status, reason=record.error.code, message=record.error.message)


def _whole_numbers(value: Any) -> Any:
    """A result as it was told: on its way through the record every number became a float."""
    if isinstance(value, dict):
        return {key: _whole_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
