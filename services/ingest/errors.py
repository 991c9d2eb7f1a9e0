"""Errors of the ingest service.

DomainError
├── CatalogNotFound            NOT_FOUND           CATALOG_NOT_FOUND
├── ProductNotFound            NOT_FOUND           PRODUCT_NOT_FOUND
├── ProductExists              ALREADY_EXISTS      PRODUCT_EXISTS
├── JobNotFound                NOT_FOUND           JOB_NOT_FOUND
├── UploadTooLarge             OUT_OF_RANGE        UPLOAD_TOO_LARGE
├── UploadIncomplete           INVALID_ARGUMENT    UPLOAD_INCOMPLETE
├── ChecksumMismatch           INVALID_ARGUMENT    CHECKSUM_MISMATCH
├── UploadLost                 FAILED_PRECONDITION UPLOAD_LOST
├── StorageUnavailable         UNAVAILABLE         STORAGE_UNAVAILABLE
└── FileRefusedError …         INVALID_ARGUMENT    (see parsing/problems.py; these end the import's job)
"""

import grpc

from services.runtime.errors import DomainError, UpstreamUnavailable


class CatalogNotFound(DomainError):
    """No such catalog in this workspace, or no default one yet."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "CATALOG_NOT_FOUND"

    def __init__(self, catalog_id: str) -> None:
        text = f"Catalog not found: {catalog_id}" if catalog_id else "The workspace has no catalog yet."
        super().__init__(text, metadata={"catalog_id": catalog_id} if catalog_id else None)


class ProductNotFound(DomainError):
    """No such product in this catalog."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "PRODUCT_NOT_FOUND"

    def __init__(self, product_id: str) -> None:
        super().__init__(f"Product not found: {product_id}", metadata={"product_id": product_id})


class ProductExists(DomainError):
    """A product with this id is there already."""

    code = grpc.StatusCode.ALREADY_EXISTS
    reason = "PRODUCT_EXISTS"

    def __init__(self, product_id: str) -> None:
        super().__init__(
            f"A product with the id {product_id} exists already; use PUT or PATCH to change it.",
            metadata={"product_id": product_id},
        )


class JobNotFound(DomainError):
    """No such import in this workspace."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "JOB_NOT_FOUND"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Job not found: {job_id}", metadata={"job_id": job_id})


class UploadTooLarge(DomainError):
    """The file is larger than the limit."""

    code = grpc.StatusCode.OUT_OF_RANGE
    reason = "UPLOAD_TOO_LARGE"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than the limit of {limit:,} bytes.", metadata={"limit_bytes": str(limit)})


class UploadIncomplete(DomainError):
    """The stream was broken off or ended without a commit, or the commit speaks of another size. Nothing was kept."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "UPLOAD_INCOMPLETE"


class ChecksumMismatch(DomainError):
    """The bytes that arrived are not those that were sent. Nothing was kept."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "CHECKSUM_MISMATCH"


class UploadLost(DomainError):
    """The files of an import are not where this process looks for them."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "UPLOAD_LOST"

    def __init__(self, job_id: str) -> None:
        super().__init__("The uploaded file is gone from storage; import it again.", metadata={"job_id": job_id})


class StorageUnavailable(UpstreamUnavailable):
    """The storage of uploads does not answer, or takes nothing more. A job waits for it as for a neighbour.

    `cause` is the kind of what happened, for logs.
    """

    reason = "STORAGE_UNAVAILABLE"

    def __init__(self, cause: str) -> None:
        super().__init__("The storage of uploads does not answer or is full; try again later.")
        self.cause = cause
