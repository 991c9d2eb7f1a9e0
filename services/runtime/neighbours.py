"""What the failure of a call to another service means."""

from __future__ import annotations

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.runtime.errors import ERROR_DOMAIN


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


def reason_of(status: status_pb2.Status) -> str:
    """The reason of a status's ErrorInfo, if it is one of ours; else empty."""
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Is(info.DESCRIPTOR) and detail.Unpack(info) and info.domain == ERROR_DOMAIN:
            return str(info.reason)
    return ""
