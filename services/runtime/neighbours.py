"""What the failure of a call to another service means."""

from __future__ import annotations

import grpc
from grpc_status import rpc_status

from services.runtime.interceptors.errors import reason_of


def is_away(error: BaseException) -> bool:
    """Whether nobody answers there who may do so soon: the service is not there, or is being stopped.

    One that is being stopped answers CANCELLED to calls that it no longer begins; a job that was cancelled has a reason
    with that code.
    """
    if not isinstance(error, grpc.Call):
        return False
    if error.code() is not grpc.StatusCode.CANCELLED:
        return error.code() is grpc.StatusCode.UNAVAILABLE
    status = rpc_status.from_call(error)
    return status is None or not reason_of(status)
