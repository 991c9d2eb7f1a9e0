"""Children that end when their parent does, even when it is killed."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1


def _find_prctl() -> Any:
    try:
        return ctypes.CDLL(None, use_errno=True).prctl
    except (AttributeError, OSError):  # not Linux: children then end with the supervisor's own goodbye only
        return None


_PRCTL = _find_prctl()


def die_with_parent() -> Callable[[], None] | None:
    """What to run in the child between fork and exec; None where the system cannot do it.

    The signal is sent when the *thread* that forked ends, so start children from the main thread.
    """
    if _PRCTL is None:
        return None
    parent = os.getpid()

    def ask() -> None:
        _PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
