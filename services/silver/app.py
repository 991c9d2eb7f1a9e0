"""The Silver service, put together."""

from functools import partial
from pathlib import Path

import grpc
from assay.silver.v1 import (
    product_service_pb2,
    product_service_pb2_grpc,
    silver_service_pb2,
    silver_service_pb2_grpc,
)

from services.runtime.assembly import Parts
from services.runtime.database import Database
from services.runtime.server import ServiceApp
from services.silver.brands import RunBrands
from services.silver.categories import RunCategories
from services.silver.following import GoldAfterSilver
from services.silver.images import DatabaseCache, ImageChecker
from services.silver.images.runs import RunImages
from services.silver.neighbours import Brands, Categories, Ingest
from services.silver.previews import Previews
from services.silver.rows import CatalogRows
from services.silver.runner import KIND, SilverRunner
from services.silver.servicers import ProductServicer, SilverServicer
from services.silver.settings import SilverSettings
from services.silver.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"


def runner_of(parts: Parts, settings: SilverSettings, store: Store, ingest: Ingest, images: RunImages) -> SilverRunner:
    """What does the service's jobs, whoever has it do so."""
    workspace = parts.channel("workspace")
    return SilverRunner(
        store,
        ingest,
        RunBrands(Brands(workspace)),
        RunCategories(Categories(workspace)),
        images=images,
        previews=Previews(parts.database),
        partition_size=settings.silver_partition_size,
    )


def build(settings: SilverSettings) -> ServiceApp:
    """Connects the parts; nothing runs yet. The tables are there afterwards."""
    parts = Parts.of(settings, MIGRATIONS)
    ingest = Ingest(parts.channel("ingest"))
    store = Store(parts.database)
    images = RunImages(partial(_checker, settings, parts.database) if settings.silver_image_requests else None)
    runner = runner_of(parts, settings, store, ingest, images)
    engine = parts.engine({KIND: runner}, GoldAfterSilver(parts.channel("gold")))
    deleted = parts.gone_targets(CatalogRows(parts.database), ingest.deleted, settings.silver_sweep_seconds)
    runs = SilverServicer(store, ingest, engine, settings.silver_partition_size)
    products = ProductServicer(store, ingest)

    def register(server: grpc.Server) -> None:
        silver_service_pb2_grpc.add_SilverServiceServicer_to_server(runs, server)
        product_service_pb2_grpc.add_ProductServiceServicer_to_server(products, server)

    return parts.app(
        [silver_service_pb2.DESCRIPTOR, product_service_pb2.DESCRIPTOR],
        register,
        engine,
        on_start=[deleted.start],
        on_stop=[images.close, deleted.stop],
    )


def _checker(settings: SilverSettings, database: Database) -> ImageChecker:
    kept = DatabaseCache(
        database,
        good_seconds=settings.silver_image_good_seconds,
        bad_seconds=settings.silver_image_bad_seconds,
    )
    return ImageChecker(settings.image_limits, kept)
