"""What is known about the call being served, for code that is not handed the gRPC context."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Principal:
    """Who calls. `internal` is a service of ours or an operator: every scope, every workspace."""

    subject: str
    workspace_ids: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    tier: int = 0
    internal: bool = False


@dataclass
class Call:
    """One RPC being served."""

    method: str
    request_id: str
    deadline: float | None = None
    principal: Principal | None = None
    workspace_id: str = ""
    triggered_by: str = ""
    """Id of the job that had this call made; believed of internal callers only."""
    log_fields: dict[str, object] = field(default_factory=dict)


_current: ContextVar[Call | None] = ContextVar("assay_call", default=None)


def current_call() -> Call | None:
    """The RPC this thread serves; None in background work."""
    return _current.get()


@contextmanager
def serving(call: Call) -> Iterator[Call]:
    """Makes `call` the current one for the duration."""
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


@contextmanager
def background(*, triggered_by: str) -> Iterator[Call]:
    """For calls that nobody waits for: they share a request id, and tell which job had them made."""
    with serving(Call("", f"req_{uuid.uuid4().hex}", triggered_by=triggered_by)) as call:
        yield call


@contextmanager
def without_deadline() -> Iterator[None]:
    """For what must be done although nobody may wait for it any more: the current call goes on, its deadline does not.

    Also a decorator.
    """
    call = _current.get()
    if call is None:
        yield
        return
    with serving(replace(call, deadline=None)):
        yield


def remaining_seconds() -> float | None:
    """Seconds until the current call's deadline (0 when past); None without a call or deadline."""
    call = _current.get()
    if call is None or call.deadline is None:
        return None
    return max(0.0, call.deadline - time.monotonic())
