"""The Silver service, put together."""

from pathlib import Path

import grpc
from assay.silver.v1 import (
    product_service_pb2,
    product_service_pb2_grpc,
    silver_service_pb2,
    silver_service_pb2_grpc,
)

from services.runtime.auth import RemoteAuthenticator
from services.runtime.channels import Channels
from services.runtime.database import Database
from services.runtime.jobs import JobLedger, LocalEngine, claim_owner
from services.runtime.metrics import Metrics
from services.runtime.migrations import migrate
from services.runtime.server import ServiceApp
from services.silver.brands import RunBrands
from services.silver.neighbours import Brands, Ingest
from services.silver.runner import KIND, SilverRunner
from services.silver.servicers import ProductServicer, SilverServicer
from services.silver.settings import SilverSettings
from services.silver.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"


def build(settings: SilverSettings) -> ServiceApp:
    """Connects the parts; nothing runs yet. The tables are there afterwards."""
    database = Database(settings.resolved_database_url)
    migrate(database, MIGRATIONS)
    token = settings.resolved_internal_token()
    channels = Channels(
        token,
        max_message_bytes=settings.max_message_bytes,
        unary_seconds=settings.unary_deadline_seconds,
        stream_seconds=settings.stream_deadline_seconds,
    )
    workspace = channels.to(settings.address_of("workspace"))
    ingest = Ingest(channels.to(settings.address_of("ingest")))
    store = Store(database)
    metrics = Metrics()
    engine = LocalEngine(
        JobLedger(workspace, claim_owner(settings.home / "run", settings.service)),
        {KIND: SilverRunner(store, ingest, RunBrands(Brands(workspace)), settings.silver_partition_size)},
        metrics,
        job_threads=settings.job_threads,
        partition_threads=settings.partition_threads,
    )
    runs = SilverServicer(store, ingest, engine, settings.silver_partition_size)
    products = ProductServicer(store, ingest)

    def register(server: grpc.Server) -> None:
        silver_service_pb2_grpc.add_SilverServiceServicer_to_server(runs, server)
        product_service_pb2_grpc.add_ProductServiceServicer_to_server(products, server)

    return ServiceApp(
        name=settings.service,
        settings=settings,
        files=[silver_service_pb2.DESCRIPTOR, product_service_pb2.DESCRIPTOR],
        register=register,
        authenticator=RemoteAuthenticator(workspace),
        metrics=metrics,
        on_start=[engine.start],
        on_stop=[engine.stop, channels.close, database.dispose],
        internal_token=token,
    )
