"""CatalogService."""

import grpc
from assay.common.v1 import page_pb2, run_pb2
from assay.ingest.v1 import catalog_pb2, catalog_service_pb2, catalog_service_pb2_grpc

from services.ingest.servicers.requests import check_workspace_id, timestamp
from services.ingest.store import CatalogStore, ItemStore
from services.ingest.store.catalogs import CatalogRow
from services.runtime.currencies import ISO_4217
from services.runtime.errors import FieldViolation, ValidationError
from services.runtime.paging import decode_token, encode_token, page_limit

MAX_NAME_CHARS = 255
MAX_DESCRIPTION_CHARS = 1_000
DEFAULT_PARTITION, MAX_PARTITION = 5_000, 100_000
MAX_NAMED = 10_000


class CatalogServicer(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Catalogs of a workspace; see the proto for the errors of each call."""

    def __init__(self, catalogs: CatalogStore, items: ItemStore) -> None:
        self._catalogs = catalogs
        self._items = items

    def CreateCatalog(
        self, request: catalog_service_pb2.CreateCatalogRequest, _context: grpc.ServicerContext
    ) -> catalog_service_pb2.CreateCatalogResponse:
        """Adds a catalog."""
        check_workspace_id(request.workspace_id)
        name, faults = request.name.strip(), []
        if not 1 <= len(name) <= MAX_NAME_CHARS:
            faults.append(FieldViolation("name", f"name must have 1-{MAX_NAME_CHARS} characters."))
        if len(request.description) > MAX_DESCRIPTION_CHARS:
            faults.append(
                FieldViolation("description", f"description must have at most {MAX_DESCRIPTION_CHARS:,} characters.")
            )
        if request.HasField("currency") and request.currency not in ISO_4217:
            faults.append(FieldViolation("currency", "currency must be an ISO 4217 code such as EUR."))
        if faults:
            raise ValidationError(" ".join(fault.message for fault in faults), violations=faults)
        row = self._catalogs.create(
            request.workspace_id,
            name,
            description=request.description if request.HasField("description") else None,
            currency=request.currency if request.HasField("currency") else None,
        )
        return catalog_service_pb2.CreateCatalogResponse(catalog=catalog_message(row))

    def GetCatalog(
        self, request: catalog_service_pb2.GetCatalogRequest, _context: grpc.ServicerContext
    ) -> catalog_service_pb2.GetCatalogResponse:
        """One catalog; the default one for an empty id."""
        row = self._catalogs.get(request.workspace_id, request.catalog_id)
        return catalog_service_pb2.GetCatalogResponse(catalog=catalog_message(row))

    def ListCatalogs(
        self, request: catalog_service_pb2.ListCatalogsRequest, _context: grpc.ServicerContext
    ) -> catalog_service_pb2.ListCatalogsResponse:
        """A page of catalogs, oldest first."""
        check_workspace_id(request.workspace_id)
        limit = page_limit(request.page_size)
        position = decode_token(request.page_token, 2, "catalogs", request.workspace_id)
        after = (int(position[0]), str(position[1])) if position else None
        rows = self._catalogs.page(request.workspace_id, after, limit + 1)
        page = page_pb2.Pagination(limit=limit, has_more=len(rows) > limit)
        if page.has_more:
            last = rows[limit - 1]
            page.cursor = encode_token([last["created_at"], last["id"]], "catalogs", request.workspace_id)
        return catalog_service_pb2.ListCatalogsResponse(
            catalogs=[catalog_message(row) for row in rows[:limit]], pagination=page
        )

    def PlanPartitions(
        self, request: catalog_service_pb2.PlanPartitionsRequest, _context: grpc.ServicerContext
    ) -> catalog_service_pb2.PlanPartitionsResponse:
        """Ranges of product ids that cover the catalog."""
        size = request.partition_size or DEFAULT_PARTITION
        if not 1 <= size <= MAX_PARTITION:
            raise ValidationError.of("partitionSize", f"partitionSize must be between 1 and {MAX_PARTITION:,}.")
        partitions = self._items.partitions(request.workspace_id, request.catalog_id, size)
        return catalog_service_pb2.PlanPartitionsResponse(
            ranges=[
                run_pb2.IdRange(after_id=part.ids.after, through_id=part.ids.through, count=part.count)
                for part in partitions
            ],
            total=sum(part.count for part in partitions),
        )

    def FindDeletedCatalogs(
        self, request: catalog_service_pb2.FindDeletedCatalogsRequest, _context: grpc.ServicerContext
    ) -> catalog_service_pb2.FindDeletedCatalogsResponse:
        """Those of the catalogs that are no more."""
        if len(request.catalogs) > MAX_NAMED:
            raise ValidationError.of("catalogs", f"At most {MAX_NAMED:,} catalogs may be asked for.")
        names = [(one.workspace_id, one.catalog_id) for one in request.catalogs]
        return catalog_service_pb2.FindDeletedCatalogsResponse(catalog_ids=self._catalogs.deleted(names))


def catalog_message(row: CatalogRow) -> catalog_pb2.Catalog:
    """A stored catalog as the contract shows it."""
    return catalog_pb2.Catalog(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        description=row["description"],
        slug=row["slug"],
        source=row["source"],
        currency=row["currency"],
        product_count=row["product_count"],
        created_at=timestamp(row["created_at"]),
        updated_at=timestamp(row["updated_at"]),
        is_default=row["is_default"],
        environment=row["environment"],
        version=row["version"],
    )
