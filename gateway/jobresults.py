"""A job's record, and pages of what it says about single products or rows.

The job's kind says who has them: import (rows with problems), silver and gold (one result per product). The record is
read before the page: of a job that is still at work only what no later result can come before is asked for, so that
whoever goes on from page to page misses none (see `while_active` in the contracts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.workspace.v1 import job_pb2, job_service_pb2

from gateway import contracts
from gateway.context import Context
from gateway.errors import ApiError
from gateway.jsonio.fields import message_class
from gateway.requests import ApiRequest

GET_JOB = contracts.rpc("workspace.v1.JobService.GetJob")
RESULTS_OF = {
    "import": contracts.rpc("ingest.v1.ImportService.ListImportErrors"),
    "silver": contracts.rpc("silver.v1.SilverService.ListNormalizeResults"),
    "gold": contracts.rpc("gold.v1.GoldService.ListScoreResults"),
}
ACTIVE = (job_pb2.JOB_STATUS_QUEUED, job_pb2.JOB_STATUS_ACTIVE)
WHILE_ACTIVE = "while_active"
DEFAULT_PAGE = 50
LARGEST_PAGE = 1000


class JobReader:
    """Reads one job of a workspace on behalf of a request (with `token` instead of the caller's when given)."""

    def __init__(self, context: Context, request: ApiRequest, job_id: str, token: str | None = None) -> None:
        self._context = context
        self._request = request
        self._names = {"workspace_id": request.parameters["workspace_id"], "job_id": job_id}
        self._token = token

    async def job(self) -> Any:
        """The record as it is now."""
        message = job_service_pb2.GetJobRequest(**self._names)
        return (await self._context.unary(GET_JOB, message, self._request, token=self._token)).job

    async def page(self, job: Any, values: Mapping[str, Any]) -> Any:
        """The reply of the service that has the results, for `values` of its request (`page_size`, `page_token`).

        `job` is the record as it was read just before.
        """
        rpc = RESULTS_OF[job.kind]
        message = message_class(rpc.descriptor.input_type)(**values, **self._names, while_active=is_active(job))
        try:
            return await self._context.unary(rpc, message, self._request, token=self._token)
        except ApiError as error:
            if error.code != "JOB_NOT_FOUND":
                raise
        # There is a record: the job ended before its service began to work.
        reply = message_class(rpc.descriptor.output_type)()
        reply.pagination.limit = min(values.get("page_size") or DEFAULT_PAGE, LARGEST_PAGE)
        return reply


def is_active(job: Any) -> bool:
    """Whether the job has not ended."""
    return job.status in ACTIVE


def entries_of(reply: Any) -> Any:
    """The results in a page, whatever their kind."""
    return getattr(reply, reply.DESCRIPTOR.fields[0].name)
