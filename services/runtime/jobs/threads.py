"""Threads of jobs: on a busy machine they leave the processor to who answers a call, in this process and in others."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

NICENESS = 10
"""A nice value: beside a thread that answers calls one of a job has a tenth of the processor, alone all of it."""


def stand_back() -> None:
    """Lowers the priority of this thread and of those it starts. On Linux; elsewhere only processes have one."""
    if sys.platform == "linux":
        with suppress(OSError):  # not allowed here: then all are alike
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
