"""The ingest service, put together."""

from pathlib import Path

import grpc
from assay.ingest.v1 import (
    batch_import_service_pb2,
    batch_import_service_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    catalog_version_service_pb2,
    catalog_version_service_pb2_grpc,
    category_tree_service_pb2,
    category_tree_service_pb2_grpc,
    import_service_pb2,
    import_service_pb2_grpc,
    item_schema_service_pb2,
    item_schema_service_pb2_grpc,
    item_service_pb2,
    item_service_pb2_grpc,
    streaming_item_service_pb2,
    streaming_item_service_pb2_grpc,
)

from services.ingest import ingestion_job
from services.ingest.checkpoints import Checkpoints
from services.ingest.following import IngestionExplained, SilverAfterImport
from services.ingest.import_job import KIND, ImportRunner
from services.ingest.ingestion_job import IngestionRunner
from services.ingest.servicers import (
    BatchImportServicer,
    CatalogServicer,
    CatalogVersionServicer,
    CategoryTreeServicer,
    ImportServicer,
    ItemSchemaServicer,
    ItemServicer,
    StreamingItemServicer,
)
from services.ingest.settings import IngestSettings
from services.ingest.storage import open_files
from services.ingest.store import (
    BatchStore,
    CatalogStore,
    CatalogVersionStore,
    CategoryTreeStore,
    ContentStore,
    ImportStore,
    IngestionStore,
    ItemSchemaStore,
    ItemStore,
    StreamStore,
)
from services.ingest.sweeper import Sweeper
from services.runtime.assembly import Parts
from services.runtime.jobs import JobLog
from services.runtime.server import ServiceApp

MIGRATIONS = Path(__file__).parent / "migrations"
FILES = (
    catalog_service_pb2.DESCRIPTOR,
    import_service_pb2.DESCRIPTOR,
    item_service_pb2.DESCRIPTOR,
    item_schema_service_pb2.DESCRIPTOR,
    category_tree_service_pb2.DESCRIPTOR,
    catalog_version_service_pb2.DESCRIPTOR,
    batch_import_service_pb2.DESCRIPTOR,
    streaming_item_service_pb2.DESCRIPTOR,
)

NOBODY = "-"
"""No life of a service has this name: whoever asks for the jobs of all others is told all of them."""


def build(settings: IngestSettings) -> ServiceApp:
    """Opens and migrates the database, and wires stores, job engine and servicers."""
    parts = Parts.of(settings, MIGRATIONS)
    files = open_files(settings)
    catalogs, items, imports = CatalogStore(parts.database), ItemStore(parts.database), ImportStore(parts.database)
    runner = ImportRunner(imports, files, settings.parse_limits)
    batches = BatchStore(parts.database, kept_days=settings.ingest_batch_days)
    versions, contents = CatalogVersionStore(parts.database), ContentStore(parts.database)
    ingestions = IngestionStore(parts.database)
    runners = {KIND: runner, ingestion_job.KIND: IngestionRunner(contents, ingestions, versions.validator)}
    engine = parts.engine(runners, IngestionExplained(ingestions, SilverAfterImport(parts.channel("silver"))))
    checkpoints = Checkpoints(parts.database)
    sweeper = Sweeper(contents, batches, ingestions, settings.ingest_sweep_seconds, works=settings.role != "api")

    def register(server: grpc.Server) -> None:
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(CatalogServicer(catalogs, items), server)
        item_service_pb2_grpc.add_ItemServiceServicer_to_server(ItemServicer(catalogs, items), server)
        import_service_pb2_grpc.add_ImportServiceServicer_to_server(
            ImportServicer(catalogs, imports, files, engine, max_upload_bytes=settings.ingest_max_upload_bytes),
            server,
        )
        item_schema_service_pb2_grpc.add_ItemSchemaServiceServicer_to_server(
            ItemSchemaServicer(ItemSchemaStore(parts.database)), server
        )
        category_tree_service_pb2_grpc.add_CategoryTreeServiceServicer_to_server(
            CategoryTreeServicer(CategoryTreeStore(parts.database)), server
        )
        catalog_version_service_pb2_grpc.add_CatalogVersionServiceServicer_to_server(
            CatalogVersionServicer(versions), server
        )
        batch_import_service_pb2_grpc.add_BatchImportServiceServicer_to_server(
            BatchImportServicer(batches, ingestions, versions, engine, max_items=settings.ingest_request_items), server
        )
        streaming_item_service_pb2_grpc.add_StreamingItemServiceServicer_to_server(
            StreamingItemServicer(
                versions, StreamStore(parts.database), calls_per_second=settings.ingest_stream_calls_per_second
            ),
            server,
        )

    def tidy() -> None:
        unended = {left.job.id for left in JobLog(parts.database).left(NOBODY)}
        files.remove_abandoned(settings.ingest_abandoned_hours, unended)

    return parts.app(
        FILES,
        register,
        engine,
        on_start=[tidy, sweeper.start, checkpoints.start],
        on_stop=[sweeper.stop, checkpoints.stop],
    )
