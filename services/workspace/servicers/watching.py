"""What a watcher of a job sees: its record over time, read again and again.

Each look is one read of one row by its key, so that many watchers cost little, and none is in a transaction between two
looks. Whoever writes the record need not know that it is watched, in this process or in another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import grpc
import sqlalchemy as sa
from assay.workspace.v1 import job_pb2

from services.runtime.context import remaining_seconds
from services.runtime.errors import DeadlineExceeded, UpstreamUnavailable
from services.workspace.tables import OPEN_STATUSES
from services.workspace.wire import job_message

LOOK_SECONDS: Final = 0.3
HEARTBEAT_SECONDS: Final = 1.5
"""With a look more it is still below the 2 s of the contract."""


def records(
    read: Callable[[], sa.Row[Any]], context: grpc.ServicerContext, stopping: threading.Event
) -> Iterator[job_pb2.Job]:
    """The record at once, whenever it has changed, and at least every 2 s; the record of an ended job is the last.

    Ends early when the caller has gone. DeadlineExceeded when the call's time is up; UpstreamUnavailable when the
    service stops; whatever `read` raises.
    """
    gone = threading.Event()
    left = remaining_seconds()
    end = None if left is None else time.monotonic() + left
    if not context.add_callback(gone.set):
        return
    told, told_at = None, 0.0
    while True:
        row = read()
        job, now = job_message(row), time.monotonic()
        if job != told or now - told_at >= HEARTBEAT_SECONDS:
            yield job
            told, told_at = job, now
        if row.status not in OPEN_STATUSES:
            return
        if stopping.is_set():
            raise UpstreamUnavailable("The service stops; watch the job again.")
        if end is not None and now >= end:
            raise DeadlineExceeded("The deadline passed before the job ended; watch it again.")
        if gone.wait(LOOK_SECONDS):
            return
