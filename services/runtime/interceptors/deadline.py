"""Deadlines: none is longer than the service's ceiling, and work stops when it has passed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from services.runtime.context import Call
from services.runtime.errors import DeadlineExceeded

# Without a deadline of the client, the sync server reports a huge number of seconds.
NO_DEADLINE_SECONDS = 365 * 24 * 3600.0


class DeadlineAround:
    """Fixes the call's deadline as min(client's, ceiling); outgoing calls inherit what is left of it."""

    def __init__(self, unary_seconds: float, stream_seconds: float, streaming_methods: frozenset[str]) -> None:
        self._unary_seconds = unary_seconds
        self._stream_seconds = stream_seconds
        self._streaming_methods = streaming_methods

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Refuses work whose deadline has already passed."""
        ceiling = self._stream_seconds if call.method in self._streaming_methods else self._unary_seconds
        remaining = context.time_remaining()
        if remaining is None or remaining > NO_DEADLINE_SECONDS:
            remaining = ceiling
        if remaining <= 0:
            raise DeadlineExceeded("The deadline had passed before the call began.")
        call.deadline = time.monotonic() + min(remaining, ceiling)
        yield

    def inspect(self, call: Call, message: Any) -> None:
        """Nothing to see here."""
