"""A client stream written from the event loop and carried by gRPC's threaded client.

Not by grpc.aio: when a service ends a stream while a write is under way, grpc.aio's write replaces the service's
status by an INTERNAL of its own (grpc/aio/_call.py, `_write`), and the client would never learn why its upload was
refused. The threaded client keeps the status.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import Iterator
from typing import Any

# Messages that may wait for the service: one being sent, one ready to follow.
WAITING = 2


class StreamEndedError(Exception):
    """The service has ended the stream; `finish` says how."""


class UploadStream:
    """One call. Single writer; make it while the loop runs."""

    def __init__(self, method: Any, metadata: tuple[tuple[str, str], ...], seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(WAITING)
        self._ended = asyncio.Event()
        self._call = method.future(self._requests(), metadata=metadata, timeout=seconds)
        self._call.add_done_callback(self._when_done)

    async def write(self, message: Any) -> None:
        """Hands over a message, waiting while the service is behind. StreamEndedError when nobody takes it."""
        await self._room.acquire()
        if self._ended.is_set():
            raise StreamEndedError
        self._messages.put(message)

    async def finish(self) -> Any:
        """Ends the stream and gives the reply. Raises the service's grpc.RpcError."""
        self._messages.put(None)
        await self._ended.wait()
        error = self._call.exception()
        if error is not None:
            raise error
        return self._call.result()

    def cancel(self) -> None:
        """Ends the call; harmless on one that has ended."""
        self._call.cancel()

    def _requests(self) -> Iterator[Any]:
        """Runs on gRPC's thread."""
        while (message := self._messages.get()) is not None:
            self._on_loop(self._room.release)
            yield message

    def _when_done(self, _call: Any) -> None:
        """Runs on gRPC's thread."""
        self._messages.put(None)
        self._on_loop(self._set_ended)

    def _set_ended(self) -> None:
        self._ended.set()
        self._room.release()

    def _on_loop(self, action: Any) -> None:
        # A loop that is closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(action)
