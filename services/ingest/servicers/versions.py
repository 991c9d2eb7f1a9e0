"""CatalogVersionService."""

from collections.abc import Iterable

import grpc
import orjson
from assay.ingest.v1 import catalog_version_service_pb2 as pb
from assay.ingest.v1 import catalog_version_service_pb2_grpc

from services.ingest.itemsapi.names import MAX_NAME_CHARS, check_scope
from services.ingest.servicers.requests import timestamp
from services.ingest.store import CatalogVersionStore
from services.ingest.store.catalogs import CatalogRow
from services.ingest.store.versioned import Reference
from services.ingest.store.versions import NewVersion
from services.runtime.errors import ValidationError


class CatalogVersionServicer(catalog_version_service_pb2_grpc.CatalogVersionServiceServicer):
    """Catalogs by their version in an environment; see the proto for the errors of each call."""

    def __init__(self, versions: CatalogVersionStore) -> None:
        self._versions = versions

    def CreateCatalogVersion(
        self, request: pb.CreateCatalogVersionRequest, _context: grpc.ServicerContext
    ) -> pb.CreateCatalogVersionResponse:
        """Makes a catalog, with its default batch if that is asked for."""
        check_scope(request.workspace_id, request.environment)
        catalog, name = request.catalog, request.catalog.name.strip()
        if len(name) > MAX_NAME_CHARS:
            raise ValidationError.of("name", f"name must have at most {MAX_NAME_CHARS} characters.")
        new = NewVersion(
            request.workspace_id,
            request.environment,
            name,
            _references(catalog.catalog_item_schemas),
            _references(catalog.catalog_category_trees),
            with_batch=request.create_batch_import,
        )
        return pb.CreateCatalogVersionResponse(version=self._versions.create(new)["version"])

    def ListCatalogVersions(
        self, request: pb.ListCatalogVersionsRequest, _context: grpc.ServicerContext
    ) -> pb.ListCatalogVersionsResponse:
        """All catalogs of the environment, oldest first."""
        check_scope(request.workspace_id, request.environment)
        rows = self._versions.list_all(request.workspace_id, request.environment)
        return pb.ListCatalogVersionsResponse(catalogs=map(version_message, rows))

    def GetActiveCatalogVersion(
        self, request: pb.GetActiveCatalogVersionRequest, _context: grpc.ServicerContext
    ) -> pb.GetActiveCatalogVersionResponse:
        """The version that is active."""
        check_scope(request.workspace_id, request.environment)
        row = self._versions.active(request.workspace_id, request.environment)
        return pb.GetActiveCatalogVersionResponse(version=row["version"])

    def ActivateCatalogVersion(
        self, request: pb.ActivateCatalogVersionRequest, _context: grpc.ServicerContext
    ) -> pb.ActivateCatalogVersionResponse:
        """Makes a catalog the active one."""
        check_scope(request.workspace_id, request.environment)
        if request.min_item_count < 0:
            raise ValidationError.of("minItemCount", "minItemCount must not be negative.")
        self._versions.activate(
            request.workspace_id, request.environment, request.version, min_item_count=request.min_item_count
        )
        return pb.ActivateCatalogVersionResponse()

    def DeleteCatalogVersion(
        self, request: pb.DeleteCatalogVersionRequest, _context: grpc.ServicerContext
    ) -> pb.DeleteCatalogVersionResponse:
        """Removes a catalog that is inactive."""
        check_scope(request.workspace_id, request.environment)
        self._versions.delete(request.workspace_id, request.environment, request.version)
        return pb.DeleteCatalogVersionResponse()


def version_message(row: CatalogRow) -> pb.CatalogVersion:
    """A stored catalog as the batch Items API shows it."""
    return pb.CatalogVersion(
        version=row["version"],
        name=row["name"],
        state=pb.CATALOG_STATE_ACTIVE if row["is_active"] else pb.CATALOG_STATE_INACTIVE,
        catalog_item_schemas=_named(row["schemas"]),
        catalog_category_trees=_named(row["trees"]),
        tenant=row["workspace_id"],
        environment=row["environment"],
        catalog_id=row["id"],
        item_count=row["product_count"],
        created_at=timestamp(row["created_at"]),
    )


def _references(named: Iterable[pb.VersionedName]) -> list[Reference]:
    return [(one.name, one.version) for one in named]


def _named(references: str) -> list[pb.VersionedName]:
    return [pb.VersionedName(name=name, version=version) for name, version in orjson.loads(references)]
