"""Time as the database keeps it: whole microseconds since 1970, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable

from google.protobuf.timestamp_pb2 import Timestamp

# Answers the present; handed in so that tests need not sleep.
Clock = Callable[[], int]

SECOND = 1_000_000


def now_micros() -> int:
    """The present."""
    return time.time_ns() // 1000


def timestamp(micros: int | None) -> Timestamp | None:
    """The wire form; None stays absent."""
    if micros is None:
        return None
    value = Timestamp()
    value.FromMicroseconds(micros)
    return value
