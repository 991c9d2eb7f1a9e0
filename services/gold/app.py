"""The Gold service, put together."""

from pathlib import Path

from assay.gold.v1 import gold_service_pb2, gold_service_pb2_grpc

from services.gold.products import Neighbours
from services.gold.runner import KIND, GoldRunner
from services.gold.servicer import GoldServicer
from services.gold.settings import GoldSettings
from services.gold.store import Store
from services.runtime.assembly import Parts
from services.runtime.server import ServiceApp

MIGRATIONS = Path(__file__).parent / "migrations"


def build(settings: GoldSettings) -> ServiceApp:
    """Connects the parts; nothing runs yet. The tables are there afterwards."""
    parts = Parts.of(settings, MIGRATIONS)
    neighbours = Neighbours(parts.channel("ingest"), parts.channel("silver"))
    store = Store(parts.database)
    engine = parts.engine({KIND: GoldRunner(store, neighbours, settings.gold_partition_size)})
    servicer = GoldServicer(store, neighbours, engine, settings.gold_partition_size)
    return parts.app(
        [gold_service_pb2.DESCRIPTOR],
        lambda server: gold_service_pb2_grpc.add_GoldServiceServicer_to_server(servicer, server),
        engine,
    )
