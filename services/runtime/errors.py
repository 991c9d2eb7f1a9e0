"""Errors that a caller may see.

DomainError
├── ValidationError            INVALID_ARGUMENT    VALIDATION_ERROR
├── Unauthorized               UNAUTHENTICATED     UNAUTHORIZED
├── InsufficientPermissions    PERMISSION_DENIED   INSUFFICIENT_PERMISSIONS
├── InternalError              INTERNAL            INTERNAL
├── UpstreamUnavailable        UNAVAILABLE         UPSTREAM_UNAVAILABLE
├── TooManyStreams             UNAVAILABLE         TOO_MANY_STREAMS
├── DeadlineExceeded           DEADLINE_EXCEEDED   DEADLINE_EXCEEDED
├── JobInterrupted             ABORTED             JOB_INTERRUPTED
├── JobCancelled               CANCELLED           JOB_CANCELLED
├── JobCrashed                 INTERNAL            JOB_CRASHED
├── JobFailed                  (that of the job)   (that of the job)
└── … one class per reason in each service's errors.py

A class states its gRPC code and its reason once; the errors interceptor turns an instance into a status with exactly
one `google.rpc.ErrorInfo`, and the gateway maps the code to HTTP and the reason to the documented `code`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import grpc

ERROR_DOMAIN = "assay"


@dataclass(frozen=True)
class FieldViolation:
    """One field of a request that breaks a rule. `field` is the JSON name, with a path for nested ones."""

    field: str
    message: str


class DomainError(Exception):
    """Base of every error whose text may reach a client.

    `metadata` repeats the variables of the text, so that programs need not parse it. `violations` names every field at
    fault at once.
    """

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL
    reason: ClassVar[str] = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[FieldViolation] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)


class ValidationError(DomainError):
    """A request breaks the contract; every field at fault is named."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "VALIDATION_ERROR"

    @classmethod
    def of(cls, field: str, message: str) -> ValidationError:
        """The common case of one field at fault."""
        return cls(message, violations=[FieldViolation(field, message)])


class Unauthorized(DomainError):
    """No token, or one that is unknown, revoked, expired or malformed."""

    code = grpc.StatusCode.UNAUTHENTICATED
    reason = "UNAUTHORIZED"


class InsufficientPermissions(DomainError):
    """The token is good but lacks the scope or does not belong to the workspace."""

    code = grpc.StatusCode.PERMISSION_DENIED
    reason = "INSUFFICIENT_PERMISSIONS"


class InternalError(DomainError):
    """Something of ours broke. The text says only the request id; the log has the rest."""

    code = grpc.StatusCode.INTERNAL
    reason = "INTERNAL"


class UpstreamUnavailable(DomainError):
    """A service this one needs does not answer; trying again later may help."""

    code = grpc.StatusCode.UNAVAILABLE
    reason = "UPSTREAM_UNAVAILABLE"


class TooManyStreams(DomainError):
    """As many streams as the service serves at once are under way; trying again later helps."""

    code = grpc.StatusCode.UNAVAILABLE
    reason = "TOO_MANY_STREAMS"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The service serves {limit} streams already; try again later.", metadata={"limit": str(limit)}
        )


class DeadlineExceeded(DomainError):
    """The caller's deadline, or the ceiling of the service, has passed."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"


class JobInterrupted(DomainError):
    """The service that ran the job stopped before the job ended."""

    code = grpc.StatusCode.ABORTED
    reason = "JOB_INTERRUPTED"


class JobCancelled(DomainError):
    """Somebody asked the job to stop, and it did."""

    code = grpc.StatusCode.CANCELLED
    reason = "JOB_CANCELLED"


class JobCrashed(DomainError):
    """What the job does has taken the service down so often that it is not tried again."""

    code = grpc.StatusCode.INTERNAL
    reason = "JOB_CRASHED"

    def __init__(self, what: str, times: int) -> None:
        super().__init__(f"{what} stopped the service {times} times and is not tried again.")


class JobFailed(DomainError):
    """A background job that a stream watches has failed; carries the job's own reason."""

    def __init__(self, reason: str, message: str, *, code: grpc.StatusCode = grpc.StatusCode.ABORTED) -> None:
        super().__init__(message)
        self.job_reason = reason
        self.job_code = code


def status_of(error: DomainError) -> tuple[grpc.StatusCode, str]:
    """The gRPC code and the reason that go out for an error."""
    if isinstance(error, JobFailed):
        return error.job_code, error.job_reason
    return error.code, error.reason
