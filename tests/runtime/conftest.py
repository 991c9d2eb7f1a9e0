"""A real server with the real interceptors around a servicer that misbehaves on request."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
from assay.ingest.v1 import import_service_pb2, import_service_pb2_grpc, item_service_pb2, item_service_pb2_grpc

from services.runtime.context import Principal, current_call
from services.runtime.database import Database
from services.runtime.errors import FieldViolation, Unauthorized, ValidationError
from services.runtime.metrics import Metrics
from services.runtime.server import RunningServer, ServiceApp
from services.runtime.settings import ServiceSettings

INTERNAL_TOKEN = "internal-token-of-the-tests"
PRINCIPALS = {
    "reader": Principal("reader", frozenset({"ws_a"}), frozenset({"products:read"})),
    "writer": Principal("writer", frozenset({"ws_a"}), frozenset({"products:read", "products:write"})),
}


class TableAuthenticator:
    """Knows a few tokens."""

    def authenticate(self, token: str) -> Principal:
        if token not in PRINCIPALS:
            raise Unauthorized("Invalid or expired token.")
        return PRINCIPALS[token]


@dataclass
class Behaviour:
    """What the servicer does next, and what it saw."""

    error: BaseException | None = None
    chunks: int = 2
    fail_after: int | None = None
    deadlines: list[float | None] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    hold: bool = False
    uploads: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Items(item_service_pb2_grpc.ItemServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    def GetItem(self, request, context):
        call = current_call()
        self.behaviour.deadlines.append(call.deadline if call else None)
        self.behaviour.entered.set()
        if self.behaviour.hold:
            self.behaviour.release.wait(10)
        if self.behaviour.error:
            raise self.behaviour.error
        return item_service_pb2.GetItemResponse(item=item_service_pb2.Item(id=request.product_id))

    def ReadItems(self, request, context):
        for number in range(self.behaviour.chunks):
            if number == self.behaviour.fail_after and self.behaviour.error:
                raise self.behaviour.error
            yield item_service_pb2.ReadItemsResponse(ids=[str(number)])


class Imports(import_service_pb2_grpc.ImportServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    def ImportProducts(self, request_iterator, context):
        self.behaviour.uploads.release()
        size = sum(len(request.data) for request in request_iterator)
        return import_service_pb2.ImportProductsResponse(job_id=str(size))


class TestSettings(ServiceSettings):
    __test__ = False
    service = "ingest"


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour()


@pytest.fixture
def settings(tmp_path: Path) -> TestSettings:
    return TestSettings(
        home=tmp_path,
        ingest_port=0,
        ingest_metrics_port=0,
        drain_seconds=5,
        lame_duck_seconds=0,
        unary_deadline_seconds=30,
        rpc_threads=8,
    )


@pytest.fixture
def server(settings: TestSettings, behaviour: Behaviour) -> Iterator[RunningServer]:
    def register(target: grpc.Server) -> None:
        item_service_pb2_grpc.add_ItemServiceServicer_to_server(Items(behaviour), target)
        import_service_pb2_grpc.add_ImportServiceServicer_to_server(Imports(behaviour), target)

    running = RunningServer(
        ServiceApp(
            "ingest",
            settings,
            [item_service_pb2.DESCRIPTOR, import_service_pb2.DESCRIPTOR],
            register,
            TableAuthenticator(),
            Metrics(),
            internal_token=INTERNAL_TOKEN,
        )
    )
    running.start()
    yield running
    behaviour.release.set()
    running.stop()


@pytest.fixture
def channel(server: RunningServer) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


@pytest.fixture
def violations() -> ValidationError:
    return ValidationError("Two fields are wrong.", violations=[FieldViolation("a", "A."), FieldViolation("b", "B.")])


@pytest.fixture
def database_of(databases):
    """Makes a database of either kind with the tables of some metadata."""
    made = []

    def make(metadata):
        database = Database(databases.url(), schema="things")
        made.append(database)
        database.create_schema()
        with database.write() as connection:
            metadata.create_all(connection)
        return database

    yield make
    for database in made:
        database.dispose()
