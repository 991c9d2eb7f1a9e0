"""The Gold service, put together."""

from pathlib import Path

import grpc
from assay.gold.v1 import feed_service_pb2, feed_service_pb2_grpc, gold_service_pb2, gold_service_pb2_grpc

from services.gold.board import Boards
from services.gold.feeds.shelf import Shelf
from services.gold.products import Neighbours
from services.gold.runner import KIND, GoldRunner
from services.gold.servicers import FeedServicer, GoldServicer
from services.gold.settings import GoldSettings
from services.gold.store import CatalogRows, RunStore, ScoreStore
from services.runtime.assembly import Parts
from services.runtime.server import ServiceApp

MIGRATIONS = Path(__file__).parent / "migrations"


def build(settings: GoldSettings) -> ServiceApp:
    """Connects the parts; nothing runs yet. The tables are there afterwards."""
    parts = Parts.of(settings, MIGRATIONS)
    neighbours = Neighbours(
        *(parts.channel(service) for service in ("ingest", "silver", "workspace")),
        known_seconds=settings.gold_known_seconds,
    )
    runs = RunStore(parts.database)
    scores = ScoreStore(parts.database, runs.grading)
    engine = parts.engine({KIND: GoldRunner(runs, scores, neighbours, settings.gold_partition_size)})
    deleted = parts.gone_targets(CatalogRows(parts.database), neighbours.deleted, settings.gold_sweep_seconds)
    boards = Boards(scores, runs.grading, settings.gold_kept_scores)
    gold = GoldServicer(
        runs=runs,
        scores=scores,
        boards=boards,
        neighbours=neighbours,
        engine=engine,
        partition_size=settings.gold_partition_size,
    )

    shelf = Shelf(
        settings.home / "gold" / "feeds",
        keep_seconds=settings.gold_feed_keep_seconds,
        most_feeds=settings.gold_feed_most,
        most_bytes=settings.gold_feed_bytes,
    )
    feeds = FeedServicer(neighbours, shelf, settings.gold_partition_size)

    def register(server: grpc.Server) -> None:
        gold_service_pb2_grpc.add_GoldServiceServicer_to_server(gold, server)
        feed_service_pb2_grpc.add_FeedServiceServicer_to_server(feeds, server)

    return parts.app(
        [gold_service_pb2.DESCRIPTOR, feed_service_pb2.DESCRIPTOR],
        register,
        engine,
        on_start=[deleted.start],
        on_stop=[deleted.stop],
    )
