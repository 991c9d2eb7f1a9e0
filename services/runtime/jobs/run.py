"""A job that this process works on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import grpc

from services.runtime.errors import DomainError, JobFailed
from services.runtime.jobs.model import Job, Outcome, Plan, Runner

INTERRUPTED = "interrupted"
"""The status of an outcome that is none: the job goes on in another life."""


@dataclass
class Run:
    """A job being worked on by this process."""

    job: Job
    runner: Runner
    started: float = field(default_factory=time.perf_counter)
    plan: Plan | None = None
    """How it is divided, if that was done here."""
    divided: bool = False
    """Whether the plan is kept; if it is not, the job is one partition."""
    known_total: int = 0
    recovered: bool = False
    """Whether another life began with it."""
    helping: bool = False
    """Whether it is another process's, and only partitions of it are done here."""
    elsewhere: bool = False
    """Whether it was given to the workers: whoever asked for it watches its record."""
    given: bool = False
    """Whether the workers can find it in the log by now."""
    withdrawal: Future[None] | None = None
    """Under way when it was cancelled before a worker had it."""
    may_give_way: bool = False
    """Whether something was done of it in this turn on the pool, so that others may have the next one."""
    turn_began: float = 0.0
    """When it last got a thread, by the monotonic clock."""
    processed: int = 0
    working: bool = False
    queued: Callable[[], None] | None = None
    """What waits, or waited, on the pool to be done for it."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)
    """Set when the record has ended or belongs to somebody else."""
    finished: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None
    error: BaseException | None = None

    @property
    def total(self) -> int:
        """Units in all; 0 before the plan is known."""
        return self.plan.total if self.plan else self.known_total

    @property
    def duration_ms(self) -> int:
        """Milliseconds since the run was accepted."""
        return round((time.perf_counter() - self.started) * 1000)

    @property
    def result(self) -> Mapping[str, Any]:
        """What the run completed with; nothing of one that did not."""
        return self.outcome.result if self.outcome else {}

    def raise_failure(self) -> None:
        """Raises what a watcher of an ended run should see; nothing when it completed."""
        if self.outcome is None or self.outcome.status == "completed":
            return
        if isinstance(self.error, (DomainError, grpc.RpcError)):
            raise self.error
        code = grpc.StatusCode.CANCELLED if self.outcome.status == "cancelled" else grpc.StatusCode.INTERNAL
        raise JobFailed(self.outcome.reason, self.outcome.message, code=code)
