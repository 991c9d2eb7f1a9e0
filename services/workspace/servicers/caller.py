"""Who calls."""

from __future__ import annotations

from services.runtime.context import Principal, current_call
from services.runtime.errors import Unauthorized


def caller() -> Principal:
    """The principal of the call under way. Unauthorized without one."""
    call = current_call()
    if call is None or call.principal is None:
        raise Unauthorized("Missing bearer token.")
    return call.principal
