"""What a job says beside its record: GET …/jobs/{jobId}/results in pages, GET …/jobs/{jobId}/events as it happens."""

from __future__ import annotations

from starlette.responses import Response

from gateway.context import Context
from gateway.errors import ApiError, validation_error
from gateway.events import END, LAST_EVENT_ID, EventsResponse, JobEvents, place_of
from gateway.frames import EVENT_STREAM, NDJSON
from gateway.jobresults import GET_JOB, RESULTS_OF, WHILE_ACTIVE, JobReader
from gateway.jsonio import Violation, as_json, decoder_of
from gateway.requests import JSON, ApiRequest
from gateway.routes import Route
from gateway.transcode import json_response

TEMPLATE = "/api/workspace/{workspace_id}/jobs/{job_id}/results"
RESULTS = "results"
EVENTS = "/api/workspace/{workspace_id}/jobs/{job_id}/events"


def job_routes(context: Context) -> list[Route]:
    """The routes of results and events."""

    async def results(request: ApiRequest) -> Response:
        request.accepted([JSON])
        reader = JobReader(context, request, request.parameters["job_id"])
        job = await reader.job()
        rpc = RESULTS_OF.get(job.kind)
        if rpc is None:
            raise ApiError(404, "NOT_FOUND", f"Jobs of kind {job.kind} have no results.")
        violations: list[Violation] = []
        of_path = {*request.parameters, WHILE_ACTIVE}
        values = decoder_of(rpc.descriptor.input_type).decode_query(request.query(), violations, without=of_path)
        if violations:
            raise validation_error(violations)
        return json_response(as_json(await reader.page(job, values)))

    async def events(request: ApiRequest) -> Response:
        kind = request.accepted([EVENT_STREAM, NDJSON])
        has_results = _has_results(request)
        seconds = request.seconds(stream=True)
        last = request.headers.get(LAST_EVENT_ID, "")
        reader = JobReader(context, request, request.parameters["job_id"])
        job = await reader.job()
        if last == END:
            # Nothing comes after it; this answer keeps a browser from asking for ever.
            return Response(status_code=204)
        found = JobEvents(reader, job, place_of(last), has_results)
        await found.check()
        return EventsResponse(found, kind, seconds=seconds, request_id=request.request_id, stopping=context.stopping)

    return [
        Route("GET", TEMPLATE, results, GET_JOB.scope),
        Route("GET", EVENTS, events, GET_JOB.scope),
    ]


def _has_results(request: ApiRequest) -> bool:
    """What `results` asks for; 400 for anything else in the query."""
    asked = request.query()
    violations = [Violation(name, "There is no such parameter.") for name, _ in asked if name != RESULTS]
    values = [value for name, value in asked if name == RESULTS]
    if len(values) > 1 or not {*values} <= {"true", "false"}:
        violations.append(Violation(RESULTS, "Must be true or false, once."))
    if violations:
        raise validation_error(violations)
    return values != ["false"]
