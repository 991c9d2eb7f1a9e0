"""Errors of the Silver service that a caller may see."""

import grpc

from services.runtime.errors import DomainError


class CatalogUsedUp(DomainError):
    """Ingest has given numbers to more items of the catalog than the indexes of Silver can tell apart."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "CATALOG_USED_UP"

    def __init__(self, product_id: str) -> None:
        super().__init__(
            f"So many items have been imported into this catalog that {product_id!r} can no longer be compared with the"
            " others. Import what is current into a new catalog.",
            metadata={"product_id": product_id},
        )


class JobNotFound(DomainError):
    """No run of this workspace has that job id."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "JOB_NOT_FOUND"
