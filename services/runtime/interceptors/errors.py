"""The one place where errors become gRPC statuses: one ErrorInfo each, never a text that was not meant to go out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.runtime.context import Call
from services.runtime.database import may_pass
from services.runtime.errors import (
    ERROR_DOMAIN,
    DeadlineExceeded,
    DomainError,
    InternalError,
    UpstreamUnavailable,
    status_of,
)
from services.runtime.interceptors.around import code_of
from services.runtime.log import logger
from services.runtime.neighbours import is_away, reason_of

# Serialised details stay below this: past 16 KB of trailers a client sees RESOURCE_EXHAUSTED instead of the error.
DETAILS_LIMIT_BYTES = 4096
# For the same reason: a text may repeat what the caller sent, an id of 20 KB for example. 255 characters always fit.
TEXT_LIMIT_BYTES = 1100
# What a neighbour may say that also makes sense to our own caller.
PASSED_ON = frozenset(
    {
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)


class ErrorsAround:
    """Catches everything a handler or its stream raises."""

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Aborts the RPC with the status of the error."""
        try:
            yield
        except DomainError as error:
            _abort(context, build_status(error))
        except grpc.RpcError as error:
            _abort(context, self._of_neighbour(call, error))
        except Exception as error:
            # The boundary: whatever went wrong inside is logged with its trace and leaves as INTERNAL.
            if code_of(context) is not None or not context.is_active():
                raise
            if may_pass(error):
                logger().warning("database away", method=call.method, request_id=call.request_id, error=str(error))
                _abort(context, build_status(UpstreamUnavailable("The database is not available; try again later.")))
            logger().exception("rpc failed", method=call.method, request_id=call.request_id)
            _abort(context, build_status(_internal(call)))

    def inspect(self, call: Call, message: Any) -> None:
        """Nothing to see here."""

    def _of_neighbour(self, call: Call, error: grpc.RpcError) -> status_pb2.Status:
        code = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
        if isinstance(error, grpc.Call) and code in PASSED_ON:
            status = rpc_status.from_call(error)
            if status is not None and reason_of(status):
                return status
        logger().warning("neighbour failed", method=call.method, request_id=call.request_id, code=code.name)
        if is_away(error):
            return build_status(UpstreamUnavailable("A service this call needs is not available; try again later."))
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return build_status(DeadlineExceeded("The deadline passed before the work was done."))
        return build_status(_internal(call))


def _internal(call: Call) -> InternalError:
    return InternalError(
        f"Internal error; quote request id {call.request_id}.", metadata={"request_id": call.request_id}
    )


def _abort(context: grpc.ServicerContext, status: status_pb2.Status) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("abort_with_status always raises")


def build_status(error: DomainError) -> status_pb2.Status:
    """The google.rpc.Status of an error: ErrorInfo always, BadRequest with as many violations as fit."""
    code, reason = status_of(error)
    status = status_pb2.Status(code=code.value[0], message=_cut(error.message))
    metadata = {name: _cut(value) for name, value in error.metadata.items()}
    info = error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN, metadata=metadata)
    _pack(status, info)
    if error.violations:
        bad = error_details_pb2.BadRequest()
        for violation in error.violations:
            bad.field_violations.add(field=violation.field, description=violation.message)
            if bad.ByteSize() > DETAILS_LIMIT_BYTES:
                del bad.field_violations[-1]
                break
        _pack(status, bad)
    return status


def _cut(text: str) -> str:
    data = text.encode()
    return text if len(data) <= TEXT_LIMIT_BYTES else data[: TEXT_LIMIT_BYTES - 3].decode(errors="ignore") + "…"


def _pack(status: status_pb2.Status, detail: Any) -> None:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status.details.append(packed)
