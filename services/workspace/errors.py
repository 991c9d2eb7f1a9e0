"""What the workspace service may answer beside the errors of the runtime.

DomainError
├── WorkspaceExists     ALREADY_EXISTS       WORKSPACE_EXISTS
├── WorkspaceNotFound   NOT_FOUND            WORKSPACE_NOT_FOUND
├── ApiKeyNotFound      NOT_FOUND            API_KEY_NOT_FOUND
├── BrandExists         ALREADY_EXISTS       BRAND_EXISTS
├── BrandNotFound       NOT_FOUND            BRAND_NOT_FOUND
├── JobNotFound         NOT_FOUND            JOB_NOT_FOUND
├── JobAlreadyRunning   ABORTED              JOB_ALREADY_RUNNING
└── JobNotActive        FAILED_PRECONDITION  JOB_NOT_ACTIVE
"""

from __future__ import annotations

import grpc

from services.runtime.errors import DomainError


class WorkspaceExists(DomainError):
    """The workspace id is taken."""

    code = grpc.StatusCode.ALREADY_EXISTS
    reason = "WORKSPACE_EXISTS"


class WorkspaceNotFound(DomainError):
    """No such workspace."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "WORKSPACE_NOT_FOUND"


class ApiKeyNotFound(DomainError):
    """No such key in this workspace, or it is revoked."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "API_KEY_NOT_FOUND"


class BrandExists(DomainError):
    """A brand's name, alias or slug already means another brand; metadata `brand_id` says which."""

    code = grpc.StatusCode.ALREADY_EXISTS
    reason = "BRAND_EXISTS"


class BrandNotFound(DomainError):
    """No such brand in this workspace."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "BRAND_NOT_FOUND"


class JobNotFound(DomainError):
    """No such job in this workspace."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "JOB_NOT_FOUND"


class JobAlreadyRunning(DomainError):
    """A job with a live owner holds the lock; metadata `job_id` says which."""

    code = grpc.StatusCode.ABORTED
    reason = "JOB_ALREADY_RUNNING"


class JobNotActive(DomainError):
    """The job has ended, or belongs to another owner."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "JOB_NOT_ACTIVE"
