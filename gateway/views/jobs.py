"""GET /api/workspace/{workspaceId}/jobs/{jobId}/results: what a job says about single products or rows.

The job's kind says who has them: import (rows with problems), silver and gold (one result per product).
"""

from __future__ import annotations

from assay.workspace.v1 import job_service_pb2
from starlette.responses import Response

from gateway import contracts
from gateway.context import Context
from gateway.errors import ApiError, validation_error
from gateway.jsonio import Violation, as_json, decoder_of
from gateway.requests import JSON, ApiRequest
from gateway.routes import Route
from gateway.transcode import json_response

TEMPLATE = "/api/workspace/{workspace_id}/jobs/{job_id}/results"
GET_JOB = contracts.rpc("workspace.v1.JobService.GetJob")
RESULTS_OF = {
    "import": contracts.rpc("ingest.v1.ImportService.ListImportErrors"),
    "silver": contracts.rpc("silver.v1.SilverService.ListNormalizeResults"),
    "gold": contracts.rpc("gold.v1.GoldService.ListScoreResults"),
}


def job_result_routes(context: Context) -> list[Route]:
    """The results route."""

    async def handle(request: ApiRequest) -> Response:
        request.accepted([JSON])
        names = dict(request.parameters)
        reply = await context.unary(GET_JOB, job_service_pb2.GetJobRequest(**names), request)
        rpc = RESULTS_OF.get(reply.job.kind)
        if rpc is None:
            raise ApiError(404, "NOT_FOUND", f"Jobs of kind {reply.job.kind} have no results.")
        decoder = decoder_of(rpc.descriptor.input_type)
        violations: list[Violation] = []
        values = decoder.decode_query(request.query(), violations, without=names)
        if violations:
            raise validation_error(violations)
        return json_response(as_json(await context.unary(rpc, decoder.build({**values, **names}), request)))

    return [Route("GET", TEMPLATE, handle, GET_JOB.scope)]
