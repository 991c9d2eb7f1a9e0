"""The Silver service as it runs, between neighbours that are real servers (see `peers.py`)."""

import itertools

import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.silver.v1 import (
    product_service_pb2,
    product_service_pb2_grpc,
    silver_service_pb2,
    silver_service_pb2_grpc,
)
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.runtime.neighbours import reason_of
from services.silver.app import MIGRATIONS, build
from services.silver.settings import SilverSettings
from tests.silver import peers
from tests.support.databases import opened
from tests.support.servers import (  # noqa: F401 - fixtures are found by their names
    _grpc_server,
    grpc_add_to_server,
    grpc_addr,
    grpc_interceptors,
    grpc_server,
    grpc_servicer,
)

PARTITION_SIZE = 4
STREAMS = {"Normalize", "ReadProducts"}


@pytest.fixture(scope="module")
def module_world():
    world = peers.World()
    world.tokens["token-a"] = ("ws_a", peers.EVERY_SCOPE)
    world.tokens["token-b"] = ("ws_b", peers.EVERY_SCOPE)
    world.tokens["token-without-scopes"] = ("ws_a", ())
    return world


@pytest.fixture
def world(module_world):
    """The world of the neighbours; brands, trees, settings, locks and hooks are as they were again."""
    module_world.brands.clear()
    module_world.brands["ws_a"] = {"Acme": "brand_acme", "Globex": "brand_globex"}
    yield module_world
    module_world.trees.clear()
    module_world.settings.clear()
    module_world.locked.clear()
    module_world.scored.clear()
    module_world.before_read = lambda: None


@pytest.fixture(scope="module")
def app_settings():
    """Settings of the app under test that are not those of every test; the images of most tests are nowhere."""
    return {"silver_image_requests": False}


@pytest.fixture(scope="module")
def database(databases):
    """A database of either kind with the service's tables: the one of the service, where a test has that too."""
    database = opened(databases.migrated(MIGRATIONS), MIGRATIONS)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def app(module_world, app_settings, database, tmp_path_factory):
    """The service on a database of either kind."""
    with peers.serving(module_world) as port:
        address = f"127.0.0.1:{port}"
        app = build(
            SilverSettings(
                home=tmp_path_factory.mktemp("silver"),
                database_url=database.url.render_as_string(hide_password=False),
                silver_port=0,
                silver_metrics_port=0,
                ingest_address=address,
                workspace_address=address,
                gold_address=address,
                internal_token=peers.INTERNAL_TOKEN,
                silver_partition_size=PARTITION_SIZE,
                **app_settings,
            )
        )
        for start in app.on_start:
            start()
        yield app
        for stop in app.on_stop:
            stop()


@pytest.fixture(scope="module")
def grpc_stub_cls():
    class Stub:
        """Both services of Silver on one channel."""

        def __init__(self, channel):
            runs = silver_service_pb2_grpc.SilverServiceStub(channel)
            products = product_service_pb2_grpc.ProductServiceStub(channel)
            self.__dict__ |= vars(runs) | vars(products)

    return Stub


@pytest.fixture
def call(grpc_stub):
    """Calls an RPC as the holder of a token; a stream comes as a list."""

    def run(method, request, token="token-a"):
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        answer = getattr(grpc_stub, method)(request, metadata=metadata, timeout=20)
        return list(answer) if method in STREAMS else answer

    return run


@pytest.fixture
def refused(call):
    """Calls an RPC that must fail; gives (code, reason, fields at fault)."""

    def run(method, request, token="token-a"):
        with pytest.raises(grpc.RpcError) as caught:
            call(method, request, token)
        status = rpc_status.from_call(caught.value)
        fields = []
        for detail in status.details:
            bad = error_details_pb2.BadRequest()
            if detail.Is(bad.DESCRIPTOR):
                detail.Unpack(bad)
                fields = [violation.field for violation in bad.field_violations]
        return caught.value.code().name, reason_of(status), fields

    return run


@pytest.fixture
def catalog(world):
    """Makes a catalog of items (id → document); gives its id. Items are ingested in the order given."""
    made = itertools.count(len(world.catalogs))

    def make(items, workspace="ws_a"):
        catalog_id = f"cat_{next(made)}"
        catalog = world.catalogs[workspace, catalog_id] = peers.Catalog()
        for product_id, document in items.items():
            catalog.put(product_id, document)
        return catalog_id

    return make


@pytest.fixture
def items_of(world):
    """The catalog of the world with this id, to change it."""
    return lambda catalog_id, workspace="ws_a": world.catalogs[workspace, catalog_id]


@pytest.fixture
def normalize(call):
    """Normalises a whole catalog, or the given products; gives the events."""

    def run(catalog_id, *product_ids, **options):
        scope = run_pb2.SCOPE_SELECTION if product_ids else run_pb2.SCOPE_ALL
        request = silver_service_pb2.NormalizeRequest(
            workspace_id="ws_a", catalog_id=catalog_id, scope=scope, product_ids=product_ids, **options
        )
        return call("Normalize", request)

    return run


@pytest.fixture
def fared(normalize):
    """Normalises and gives {product id: result}, in the order of the results."""

    def run(*args, **options):
        events = normalize(*args, **options)
        return {result.product_id: result for event in events for result in event.results.results}

    return run


@pytest.fixture
def job_result(world):
    """The result that the job of a run has in its record, from the run's events."""
    return lambda events: json_format.MessageToDict(world.ends[events[0].started.job_id].result)


@pytest.fixture
def product(call):
    """One product as it is now."""

    def run(catalog_id, product_id):
        request = product_service_pb2.GetProductRequest(
            workspace_id="ws_a", catalog_id=catalog_id, product_id=product_id
        )
        return call("GetProduct", request).product

    return run


@pytest.fixture
def read(call):
    """Everything ReadProducts gives, as {id: (state, fingerprint, document, attributes)}."""

    def run(catalog_id, **selection):
        request = product_service_pb2.ReadProductsRequest(workspace_id="ws_a", catalog_id=catalog_id, **selection)
        columns = [
            row
            for answer in call("ReadProducts", request)
            for row in zip(
                answer.ids, answer.states, answer.fingerprints, answer.documents, answer.attributes, strict=True
            )
        ]
        return {row[0]: row[1:] for row in columns}

    return run
