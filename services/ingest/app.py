"""The ingest service, put together."""

from pathlib import Path

import grpc
from assay.ingest.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    import_service_pb2,
    import_service_pb2_grpc,
    item_service_pb2,
    item_service_pb2_grpc,
)

from services.ingest.files import JobFiles
from services.ingest.import_job import KIND, ImportRunner
from services.ingest.servicers import CatalogServicer, ImportServicer, ItemServicer
from services.ingest.settings import IngestSettings
from services.ingest.store import CatalogStore, ImportStore, ItemStore
from services.runtime.auth import RemoteAuthenticator
from services.runtime.channels import Channels
from services.runtime.database import Database
from services.runtime.jobs import JobLedger, LocalEngine, claim_owner
from services.runtime.metrics import Metrics
from services.runtime.migrations import migrate
from services.runtime.server import ServiceApp

FILES = (catalog_service_pb2.DESCRIPTOR, import_service_pb2.DESCRIPTOR, item_service_pb2.DESCRIPTOR)


def build(settings: IngestSettings) -> ServiceApp:
    """Opens and migrates the database, and wires stores, job engine and servicers."""
    database = Database(settings.resolved_database_url)
    migrate(database, Path(__file__).parent / "migrations")
    internal_token = settings.resolved_internal_token()
    channels = Channels(internal_token, max_message_bytes=settings.max_message_bytes)
    workspace = channels.to(settings.address_of("workspace"))
    metrics = Metrics()
    files = JobFiles(settings.service_home)
    catalogs, items, imports = CatalogStore(database), ItemStore(database), ImportStore(database)
    ledger = JobLedger(workspace, claim_owner(settings.home / "run", settings.service))
    engine = LocalEngine(
        ledger,
        {KIND: ImportRunner(imports, files, settings.parse_limits)},
        metrics,
        job_threads=settings.job_threads,
        partition_threads=settings.partition_threads,
    )

    def register(server: grpc.Server) -> None:
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(CatalogServicer(catalogs, items), server)
        item_service_pb2_grpc.add_ItemServiceServicer_to_server(ItemServicer(catalogs, items), server)
        import_service_pb2_grpc.add_ImportServiceServicer_to_server(
            ImportServicer(catalogs, imports, files, engine, max_upload_bytes=settings.ingest_max_upload_bytes),
            server,
        )

    return ServiceApp(
        name=settings.service,
        settings=settings,
        files=FILES,
        register=register,
        authenticator=RemoteAuthenticator(workspace),
        metrics=metrics,
        on_start=(lambda: files.remove_abandoned(settings.ingest_abandoned_hours), engine.start),
        on_stop=(engine.stop, channels.close, database.dispose, ledger.owner.lock.close),
        internal_token=internal_token,
    )
