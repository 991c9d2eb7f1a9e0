"""The Gold service, put together."""

from pathlib import Path

from assay.gold.v1 import gold_service_pb2, gold_service_pb2_grpc

from services.gold.products import Neighbours
from services.gold.runner import KIND, GoldRunner
from services.gold.servicer import GoldServicer
from services.gold.settings import GoldSettings
from services.gold.store import Store
from services.runtime.auth import RemoteAuthenticator
from services.runtime.channels import Channels
from services.runtime.database import Database
from services.runtime.jobs import JobLedger, LocalEngine, claim_owner
from services.runtime.metrics import Metrics
from services.runtime.migrations import migrate
from services.runtime.server import ServiceApp

MIGRATIONS = Path(__file__).parent / "migrations"


def build(settings: GoldSettings) -> ServiceApp:
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
    neighbours = Neighbours(channels.to(settings.address_of("ingest")), channels.to(settings.address_of("silver")))
    store = Store(database)
    metrics = Metrics()
    engine = LocalEngine(
        JobLedger(workspace, claim_owner(settings.home / "run", settings.service)),
        {KIND: GoldRunner(store, neighbours, settings.gold_partition_size)},
        metrics,
        job_threads=settings.job_threads,
        partition_threads=settings.partition_threads,
    )
    servicer = GoldServicer(store, neighbours, engine, settings.gold_partition_size)
    return ServiceApp(
        name=settings.service,
        settings=settings,
        files=[gold_service_pb2.DESCRIPTOR],
        register=lambda server: gold_service_pb2_grpc.add_GoldServiceServicer_to_server(servicer, server),
        authenticator=RemoteAuthenticator(workspace),
        metrics=metrics,
        on_start=[engine.start],
        on_stop=[engine.stop, channels.close, database.dispose],
        internal_token=token,
    )
