"""Errors of the Gold service that a caller may see."""

import grpc

from services.runtime.errors import DomainError


class JobNotFound(DomainError):
    """No run of this workspace has that job id."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "JOB_NOT_FOUND"


class ScoreNotFound(DomainError):
    """The product has no score: it does not exist or was never scored."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "SCORE_NOT_FOUND"


class SummaryNotFound(DomainError):
    """No run on the catalog has been completed yet."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "SUMMARY_NOT_FOUND"
