"""Silver and Gold runs over HTTP: three ways to watch one server stream.

- JSON (default): the stream is collected and answered as the documents show it: results of all batches in one list,
  the summary's fields beside it. Runs above `gateway_inline_limit` products, and those asked for with
  `Prefer: respond-async`, are answered with 202 and the job's envelope as soon as the service has accepted them.
- `Accept: application/x-ndjson`: one JSON object per line, with one member that names the event:
  `{"started": {"jobId", "total"}}`, `{"progress": {"processed", "total"}}`, `{"results": […]}`, and last
  `{"summary": {…}}` or `{"error": {…}}`.
- `Accept: text/event-stream`: `started`, then the events of the job (see `gateway.events`), which also
  GET …/jobs/{jobId}/events tells, from any event on.

A stream whose last event is neither summary nor error was cut. The first message is awaited before any header goes
out, so what fails early is an ordinary error answer. Watching never decides over a run: see `Run.let_go`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from starlette.responses import Response

from gateway.asgi_types import Receive, Send
from gateway.context import Context
from gateway.contracts import Binding, Rpc
from gateway.errors import ApiError, of_rpc_error
from gateway.events import Event, EventsResponse, JobEvents, Place, disconnected
from gateway.frames import EVENT_STREAM, NDJSON, ndjson_line
from gateway.jobresults import JobReader
from gateway.jsonio import as_json, dumps
from gateway.log import logger
from gateway.requests import JSON, ApiRequest
from gateway.routes import Handler
from gateway.transcode import Transcoder, json_response

RESPOND_ASYNC = "respond-async"


class Run:
    """One stream being watched."""

    def __init__(self, call: Any, request: ApiRequest) -> None:
        self._call = call
        self._request = request
        self._messages = call.__aiter__()

    async def next_event(self) -> tuple[str, Any] | None:
        """The next event's name and message; None at the end. ApiError when the stream failed."""
        try:
            message = await anext(self._messages)
        except StopAsyncIteration:
            return None
        except grpc.aio.AioRpcError as error:
            raise of_rpc_error(error, self._request.request_id) from None
        name = message.WhichOneof("event")
        return name, getattr(message, name)

    async def started(self) -> Any:
        """The first message. ApiError when the run was not accepted."""
        first = await self.next_event()
        if first is None or first[0] != "started":
            raise _cut_short()
        return first[1]

    async def events(self) -> AsyncIterator[tuple[str, Any]]:
        """What follows `started`, the summary last. ApiError when the stream failed or ended without one."""
        while (event := await self.next_event()) is not None:
            yield event
            if event[0] == "summary":
                return
        raise _cut_short()

    async def let_go(self) -> None:
        """Stops watching without stopping the run.

        A run of one partition works inside the RPC, so cancelling that would end it. Progress is sent only by runs
        that work on their own, and results only when the work is done: from either on, the RPC may go.
        """
        try:
            async for name, _ in self.events():
                if self.may_be_left(name):
                    return
        except ApiError as error:
            logger().info("unwatched run failed", request_id=self._request.request_id, code=error.code)

    def may_be_left(self, name: str) -> bool:
        """Whether the run needs no watcher after this event; if so, the RPC is cancelled."""
        if name not in ("progress", "results", "summary"):
            return False
        self._call.cancel()
        return True


class LinesResponse(Response):
    """Streams lines as they come, at the pace the client reads them."""

    def __init__(self, context: Context, run: Run, started: Any, request_id: str) -> None:
        super().__init__(media_type=NDJSON, headers={"cache-control": "no-store"})
        # Nobody knows the length of what is still to come.
        self.raw_headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        self._context = context
        self._run = run
        self._started = started
        self._request_id = request_id
        self._watched = True

    async def __call__(self, _scope: Any, receive: Receive, send: Send) -> None:
        """Sends until the end of the run, or until the client leaves; the run itself does not mind."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send_events(send))
        leaving = asyncio.ensure_future(disconnected(receive))
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if sending.done():
            sending.result()
        else:
            # Cancelling a pending read would cancel the RPC, and with it a run that works inside: it goes on unheard.
            self._watched = False
            self._context.in_background(sending)

    async def _send_events(self, send: Send) -> None:
        async def line(name: str, value: Any) -> None:
            await send({"type": "http.response.body", "body": ndjson_line(name, dumps(value)), "more_body": True})

        await line("started", as_json(self._started))
        try:
            async for name, message in self._run.events():
                if not self._watched:
                    if self._run.may_be_left(name):
                        return
                    continue
                value = as_json(message)
                await line(name, value["results"] if name == "results" else value)
        except ApiError as error:
            await line("error", error.body(self._request_id)["error"])
        await send({"type": "http.response.body"})


def run_handler(context: Context, rpc: Rpc, binding: Binding) -> Handler:
    """The handler of a run's POST."""
    transcoder = Transcoder(rpc, binding)

    async def handle(request: ApiRequest) -> Response:
        kind = request.accepted([JSON, NDJSON, EVENT_STREAM])
        message = await transcoder.message(request)
        call = context.services.call(rpc, message, request.metadata(), request.seconds(stream=True))
        run = Run(call, request)
        started = await run.started()
        request.log_fields.update(job_id=started.job_id, products=started.total)
        if kind == NDJSON:
            return LinesResponse(context, run, started, request.request_id)
        if kind == EVENT_STREAM:
            context.in_background(run.let_go())
            return await _events(context, request, started)
        if started.total > context.settings.gateway_inline_limit or prefers_async(request):
            context.in_background(run.let_go())
            return accepted(request, started.job_id, notify_email=message.notify_email)
        return json_response(await _collected(run))

    return handle


async def _events(context: Context, request: ApiRequest, started: Any) -> Response:
    """The events of the run's job, with what started it before them.

    Read with our own token: whoever may start a run may see what comes of it, as in the other two answers.
    """
    reader = JobReader(context, request, started.job_id, context.internal_token())
    first = Event("started", as_json(started), Place().id)
    return EventsResponse(
        JobEvents(reader, await reader.job(), Place()),
        EVENT_STREAM,
        seconds=request.seconds(stream=True),
        request_id=request.request_id,
        stopping=context.stopping,
        first=first,
    )


async def _collected(run: Run) -> dict[str, Any]:
    """`results` of every batch, and the members of the summary beside them."""
    results: list[Any] = []
    async for name, message in run.events():
        if name == "results":
            results += as_json(message)["results"]
        elif name == "summary":
            return {"results": results, **as_json(message)}
    raise _cut_short()


def accepted(request: ApiRequest, job_id: str, *, notify_email: bool) -> Response:
    """202 with the envelope of the import page, for a run that goes on."""
    envelope = {
        "jobId": job_id,
        "backgroundJobId": job_id,
        "queue": "catalog",
        "jobName": "pipeline_run",
        "status": "queued",
        "notify_email": notify_email,
    }
    headers = {"location": job_location(request.parameters["workspace_id"], job_id)}
    if prefers_async(request):
        headers["preference-applied"] = RESPOND_ASYNC
    return json_response(envelope, 202, headers)


def job_location(workspace_id: str, job_id: str) -> str:
    """Where to poll a job."""
    return f"/api/workspace/{workspace_id}/jobs/{job_id}"


def prefers_async(request: ApiRequest) -> bool:
    """Whether the client sent `Prefer: respond-async` (RFC 7240)."""
    values = request.headers.getlist("prefer")
    return any(
        token.strip().lower() == RESPOND_ASYNC for value in values for token in value.replace(";", ",").split(",")
    )


def _cut_short() -> ApiError:
    return ApiError(
        502, "STREAM_CUT", "The service ended the stream without a summary; the job may go on, see its status."
    )
