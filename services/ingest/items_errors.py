"""Errors of the batch Items API; their numbers and meanings are those of `items_error.proto`.

ItemsError
├── TenantEnvironmentRequired, EnvironmentInvalid                         INVALID_ARGUMENT
├── ItemSchemaRefused, CategoryTreeRefused, CatalogRefused                INVALID_ARGUMENT, by category
├── CategoryTreeTooLarge, TooManyItems                                    OUT_OF_RANGE
├── VersionNotFound, BatchNotFound, IngestionNotFound, CatalogNotActive   NOT_FOUND
├── CatalogLimitReached, CatalogAlreadyActive, CatalogDeletionActive,
│   CatalogMinItemCount, InUse, BatchExpired, BelowThreshold,
│   IngestionGivenUp                                                      FAILED_PRECONDITION
├── IngestionRunning, CatalogBusy                                         ABORTED
└── ItemRateExceeded                                                      RESOURCE_EXHAUSTED
"""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from assay.ingest.v1 import items_error_pb2

from services.runtime.errors import DomainError, FieldViolation

_PREFIX = "ITEMS_ERROR_CODE_"


def number_of(category: str) -> int:
    """The registered number of a category."""
    return int(items_error_pb2.ItemsErrorCode.Value(_PREFIX + category))


class ItemsError(DomainError):
    """An error with a category of the registry as its reason."""


class TenantEnvironmentRequired(ItemsError):
    """Either is missing."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "TENANT_ENVIRONMENT_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Tenant and Environment are required")


class EnvironmentInvalid(ItemsError):
    """The environment is none that could be."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "ENVIRONMENT_INVALID"

    def __init__(self) -> None:
        super().__init__(
            "environment must have 1-64 letters, digits, underscores, hyphens, dots and colons.",
            violations=[FieldViolation("environment", "Has other characters, or too many.")],
        )


class _Refused(ItemsError):
    """What was sent breaks rules of a category; `violations` name every place."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, category: str, message: str, violations: Sequence[FieldViolation] = ()) -> None:
        self.reason = category  # type: ignore[misc]  # one class for the categories of one kind of thing
        super().__init__(message, violations=violations)


class ItemSchemaRefused(_Refused):
    """ITEM_SCHEMA_…"""


class CategoryTreeRefused(_Refused):
    """CATEGORY_TREE_…"""


class CatalogRefused(_Refused):
    """CATALOG_SCHEMAS or CATALOG_CATEGORY_TREES."""


class CategoryTreeTooLarge(ItemsError):
    """The documents allow 4 MB a tree."""

    code = grpc.StatusCode.OUT_OF_RANGE
    reason = "CATEGORY_TREE_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__("A category tree must not be larger than 4 MB; split it into several.")


class TooManyItems(ItemsError):
    """More items in one request than the limit; none was taken."""

    code = grpc.StatusCode.OUT_OF_RANGE
    reason = "TOO_MANY_ITEMS"

    def __init__(self, limit: int) -> None:
        super().__init__(f"One request has at most {limit:,} items.", metadata={"limit": str(limit)})


class VersionNotFound(ItemsError):
    """No schema, tree or catalog of this name and version in the environment."""

    code = grpc.StatusCode.NOT_FOUND

    def __init__(self, category: str, what: str) -> None:
        self.reason = category  # type: ignore[misc]  # ITEM_SCHEMA_, CATEGORY_TREE_ or CATALOG_NOT_FOUND
        super().__init__(f"Not found: {what}")


class BatchNotFound(ItemsError):
    """No such batch in this environment."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "BATCH_NOT_FOUND"

    def __init__(self, batch_id: str) -> None:
        super().__init__(f"Batch not found: {batch_id}")


class IngestionNotFound(ItemsError):
    """No such ingestion in this environment."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "INGESTION_NOT_FOUND"

    def __init__(self, ingestion_id: str) -> None:
        super().__init__(f"Ingestion not found: {ingestion_id}")


class CatalogNotActive(ItemsError):
    """No catalog of the environment is active."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "CATALOG_NOT_ACTIVE"

    def __init__(self) -> None:
        super().__init__("No catalog is active.")


class _Failed(ItemsError):
    """The state of things forbids it."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class CatalogLimitReached(_Failed):
    """Two catalogs exist."""

    reason = "CATALOG_LIMIT_REACHED"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The limit of {limit} catalogs is reached")


class CatalogAlreadyActive(_Failed):
    """Nothing to activate."""

    reason = "CATALOG_ALREADY_ACTIVE"

    def __init__(self) -> None:
        super().__init__("The catalog is already active or in activation state")


class CatalogDeletionActive(_Failed):
    """What is active stays."""

    reason = "CATALOG_DELETION_ACTIVE"

    def __init__(self) -> None:
        super().__init__("The catalog is active: only inactive ones can be deleted.")


class CatalogMinItemCount(_Failed):
    """Too few items to be promoted."""

    reason = "CATALOG_MIN_ITEM_COUNT"

    def __init__(self, count: int, least: int) -> None:
        super().__init__(f"The catalog has {count:,} items, fewer than the {least:,} asked for.")


class InUse(_Failed):
    """ITEM_SCHEMA_DELETION_USE or CATEGORY_TREE_DELETION_USE."""

    def __init__(self, category: str, what: str) -> None:
        self.reason = category  # type: ignore[misc]  # one class for both
        super().__init__(f"{what} is currently used in a Catalog")


class BatchExpired(_Failed):
    """It may be neither filled nor ingested any more."""

    reason = "BATCH_EXPIRED"

    def __init__(self, batch_id: str, days: float) -> None:
        super().__init__(f"Batch {batch_id} has expired: batches are kept for {days:g} days. Make a new one.")


class IngestionRunning(ItemsError):
    """It, or another one of its batch, is at work."""

    code = grpc.StatusCode.ABORTED
    reason = "INGESTION_RUNNING"

    def __init__(self, ingestion_id: str) -> None:
        super().__init__(f"Ingestion {ingestion_id} is running; it can be deleted when it has ended.")


class BelowThreshold(ItemsError):
    """Too few items of a batch are valid; nothing was applied. How its job ends, and no answer of the API."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "INGESTION_BELOW_THRESHOLD"


class CatalogBusy(ItemsError):
    """An ingestion fills the catalog; metadata `job_id` says which."""

    code = grpc.StatusCode.ABORTED
    reason = "JOB_ALREADY_RUNNING"

    def __init__(self, ingestion_id: str) -> None:
        super().__init__("The catalog has an ingestion at work already.", metadata={"job_id": ingestion_id})


class IngestionGivenUp(ItemsError):
    """What an ingestion has built is not wanted any more. How its job ends, and no answer of the API."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "INGESTION_GIVEN_UP"

    def __init__(self) -> None:
        super().__init__("The ingestion was given up before its end; nothing was applied.")


class ItemRateExceeded(ItemsError):
    """More messages in a second than a tenant may send."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    reason = "RATE_LIMIT_EXCEEDED"

    def __init__(self, limit: int) -> None:
        super().__init__(f"More than {limit} messages a second; send them again later.")
