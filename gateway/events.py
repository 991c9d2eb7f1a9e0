"""The events of a job over HTTP: `progress`, each `result` as it becomes known, and one `summary` or `error` last.

Results come in the order of their pages, and the id of an event says how many of them have been told: the cursor of a
page and a count within it. Whoever comes back with the id of the last event that arrived goes on behind it. A page is
read when the one before has been sent, so that memory depends neither on the size of the job nor on the client's pace.

The record is polled by unary calls: a stream of the workspace service would hold one of its threads per watcher. What
breaks on the way (a service that stays away, a token that is revoked, the deadline) ends the answer without a last
event, and without the end of the HTTP message: it is never mistaken for the end of the job.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from starlette.responses import Response

from gateway.asgi_types import Receive, Send
from gateway.errors import ApiError, validation_error
from gateway.frames import EVENT_STREAM, FRAMES, SILENCE
from gateway.jobresults import LARGEST_PAGE, RESULTS_OF, JobReader, entries_of, is_active
from gateway.jsonio import Violation, as_json, dumps
from gateway.log import logger

LAST_EVENT_ID = "last-event-id"
END = "end"
ID_FORM = re.compile(r"([A-Za-z0-9_-]{0,400})\.([0-9]{1,4})")
PROGRESS_SECONDS = 1.5
"""With a poll more it is still below the 2 s that are promised."""
FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.1, 0.4
HEARTBEAT_SECONDS = 2.0
RETRY_MS = 1000
PATIENCE_SECONDS = 30.0
PASSING = (502, 503, 504)


class Place(NamedTuple):
    """How far the results have been told: `told` of the page that begins at a cursor."""

    cursor: str = ""
    told: int = 0

    @property
    def id(self) -> str:
        """The id of an event after which nothing but this has been told."""
        return f"{self.cursor}.{self.told}"


class Event(NamedTuple):
    """What one frame says; `value` is JSON."""

    name: str
    value: Any
    id: str


def place_of(event_id: str) -> Place:
    """Where the events go on after this one; empty: at the beginning. 400 for what is no id of ours."""
    if not event_id:
        return Place()
    form = ID_FORM.fullmatch(event_id)
    if form is None or int(form[2]) > LARGEST_PAGE:
        raise _no_event_id()
    return Place(form[1], int(form[2]))


@dataclass
class JobEvents:
    """The events of one job from a place on. `check` before the answer begins, then `batches`."""

    reader: JobReader
    job: Any
    place: Place
    has_results: bool = True
    """Whether results are told, or only how far the job is and how it ends."""

    async def check(self) -> None:
        """400 when the place is not one of this job."""
        cursor, told = self.place
        if self.place == Place():
            return
        if self.job.kind not in RESULTS_OF:
            raise _no_event_id()
        try:
            reply = await self.reader.page(self.job, {"page_size": max(told, 1), "page_token": cursor})
        except ApiError as error:
            raise (_no_event_id() if error.code == "VALIDATION_ERROR" else error) from None
        if len(entries_of(reply)) < told:
            raise _no_event_id()

    async def batches(self) -> AsyncIterator[list[Event]]:
        """What there is to tell, a few events at a time, until the job has ended. ApiError when it breaks off."""
        pause, told_at = FIRST_POLL_SECONDS, time.monotonic()
        yield [self._progress()]
        while True:
            async for results in self._results():
                yield results
                if time.monotonic() - told_at >= PROGRESS_SECONDS:
                    told_at = time.monotonic()
                    yield [self._progress()]
            if not is_active(self.job):
                yield [self._last()]
                return
            await asyncio.sleep(pause)
            before, self.job = self.job, await _patiently(self.reader.job)
            changed = before.progress != self.job.progress or before.status != self.job.status
            pause = FIRST_POLL_SECONDS if changed else min(LONGEST_POLL_SECONDS, pause * 2)
            if changed or time.monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = time.monotonic()
                yield [self._progress()]

    async def _results(self) -> AsyncIterator[list[Event]]:
        """Those that are known as the record was read, page by page."""
        while self.has_results and self.job.kind in RESULTS_OF:
            job, place = self.job, self.place
            values = {"page_size": LARGEST_PAGE, "page_token": place.cursor}
            reply = await _patiently(lambda job=job, values=values: self.reader.page(job, values))
            entries = entries_of(reply)
            found = len(entries)
            # A page that could still be longer begins anew behind its end; the last one of all stays where it is.
            cursor = reply.pagination.cursor
            self.place = Place(cursor) if cursor else Place(place.cursor, found)
            if found > place.told:
                yield [
                    Event("result", as_json(entries[number]), Place(place.cursor, number + 1).id)
                    for number in range(place.told, found)
                ]
            if not cursor or found < LARGEST_PAGE:
                return
            if is_active(self.job):
                self.job = await _patiently(self.reader.job)

    def _progress(self) -> Event:
        progress = as_json(self.job.progress)
        told = {"jobId": self.job.id, **progress, "status": as_json(self.job)["status"]}
        return Event("progress", told, self.place.id)

    def _last(self) -> Event:
        record = as_json(self.job)
        if record["status"] == "completed":
            return Event("summary", record["result"] or {}, END)
        return Event("error", record["error"], END)


class EventsResponse(Response):
    """Streams the events of a job at the pace the client reads them. A client that leaves stops nothing."""

    def __init__(
        self,
        events: JobEvents,
        kind: str,
        *,
        seconds: float,
        request_id: str,
        stopping: threading.Event,
        first: Event | None = None,
    ) -> None:
        """`seconds`: how long the answer may take; `stopping`: set when this process is to stop: the answer breaks off,
        and whoever comes back goes on with another one; `first`: goes before everything else.
        """
        # Buffers on the way would hold events back.
        super().__init__(media_type=kind, headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        self.raw_headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        self._events = events
        self._kind = kind
        self._seconds = seconds
        self._request_id = request_id
        self._stopping = stopping
        self._first = first

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Sends until the last event, or until the client leaves. What breaks off has no end that HTTP would accept."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body"})
            return
        sending = asyncio.ensure_future(self._send_events(send))
        leaving = asyncio.ensure_future(disconnected(receive))
        try:
            await asyncio.wait({sending, leaving}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
        (outcome,) = await asyncio.gather(sending, return_exceptions=True)
        if isinstance(outcome, ApiError):
            logger().warning("events broken off", request_id=self._request_id, code=outcome.code)
        elif isinstance(outcome, Exception):
            raise outcome

    async def _send_events(self, send: Send) -> None:
        async def body(data: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": more})

        frame = FRAMES[self._kind]
        if self._kind == EVENT_STREAM:
            await body(b"retry: %d\n\n" % RETRY_MS)
        if self._first is not None:
            await body(frame(self._first.name, dumps(self._first.value), self._first.id))
        batches = self._events.batches()
        while not self._stopping.is_set():
            coming = asyncio.ensure_future(anext(batches, None))
            try:
                while not (await asyncio.wait({coming}, timeout=HEARTBEAT_SECONDS))[0]:
                    await body(SILENCE[self._kind])
            finally:
                coming.cancel()
            batch = coming.result()
            if batch is None:
                await body(b"", more=False)
                return
            await body(b"".join(frame(event.name, dumps(event.value), event.id) for event in batch))


async def disconnected(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _patiently(ask: Any) -> Any:
    """The answer of a call; one that fails because a service is away for a moment is made again."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await ask()
        except ApiError as error:
            if error.status not in PASSING or time.monotonic() >= end:
                raise
        await asyncio.sleep(LONGEST_POLL_SECONDS)


def _no_event_id() -> ApiError:
    return validation_error([Violation(LAST_EVENT_ID, "Not the id of an event of this job.")])
