"""Errors of the Silver service that a caller may see."""

import grpc

from services.runtime.errors import DomainError


class JobNotFound(DomainError):
    """No run of this workspace has that job id."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "JOB_NOT_FOUND"
