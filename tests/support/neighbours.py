"""The workspace service as a neighbour: job records and tokens over a small world in memory.

A world has `jobs`, `ends` and `locked` (of job records) and `tokens` (token → workspace, scopes); it may have
`settings` (workspace → its PipelineSettings).
"""

from dataclasses import dataclass
from typing import Any

import grpc
from assay.workspace.v1 import (
    auth_service_pb2,
    auth_service_pb2_grpc,
    job_pb2,
    job_service_pb2,
    job_service_pb2_grpc,
)
from grpc_status import rpc_status

from services.runtime.errors import DomainError, Unauthorized
from services.runtime.interceptors.errors import build_status


class CatalogNotFound(DomainError):
    code = grpc.StatusCode.NOT_FOUND
    reason = "CATALOG_NOT_FOUND"


class JobAlreadyRunning(DomainError):
    code = grpc.StatusCode.ABORTED
    reason = "JOB_ALREADY_RUNNING"


def fail(context, error: DomainError):
    context.abort_with_status(rpc_status.to_status(build_status(error)))


@dataclass
class Jobs(job_service_pb2_grpc.JobServiceServicer):
    world: Any

    def StartJob(self, request, context):
        if request.lock_key in self.world.locked:
            fail(context, JobAlreadyRunning("A job is running.", metadata={"job_id": "other"}))
        self.world.jobs[request.job_id] = request
        settings = getattr(self.world, "settings", {}).get(request.workspace_id)
        return job_service_pb2.StartJobResponse(job=job_pb2.Job(id=request.job_id), settings=settings)

    def ReportJob(self, request, context):
        return job_service_pb2.ReportJobResponse(
            cancel_requested=request.job_id in getattr(self.world, "cancelled", ())
        )

    def FinishJob(self, request, context):
        self.world.ends[request.job_id] = request
        return job_service_pb2.FinishJobResponse()

    def FailInterruptedJobs(self, request, context):
        return job_service_pb2.FailInterruptedJobsResponse()


@dataclass
class Auth(auth_service_pb2_grpc.AuthServiceServicer):
    world: Any

    def Authenticate(self, request, context):
        if request.token not in self.world.tokens:
            fail(context, Unauthorized("Invalid or expired token."))
        workspace, scopes = self.world.tokens[request.token]
        return auth_service_pb2.AuthenticateResponse(subject=request.token, workspace_ids=[workspace], scopes=scopes)
