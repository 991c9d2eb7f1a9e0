"""The Gold service as it runs, between neighbours that are real servers (see `peers.py`)."""

import itertools

import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import feed_service_pb2_grpc, gold_service_pb2, gold_service_pb2_grpc
from grpc_status import rpc_status

from services.gold.app import MIGRATIONS, build
from services.gold.settings import GoldSettings
from services.runtime.neighbours import reason_of
from tests.gold import peers
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
STREAMS = {"Score", "ReadFeed"}

GOOD = {
    "sku": "LAMP-0042",
    "gtin": "4006381333931",
    "brand": "Lumina",
    "brandId": "brand_1",
    "categoryPath": "Home & Garden > Lighting > Floor Lamps",
    "title": "Lumina Walnut Floor Lamp with Dimmable Warm Light",
    "description": (
        "A floor lamp of oiled walnut with a linen shade. The switch is at the foot and dims the light without steps. "
        "The lamp takes an E27 bulb of up to 60 watts, stands on felt and is put together without tools."
    ),
    "shortDescription": "Oiled walnut, linen shade, dimmable by foot switch.",
    "primaryImageUrl": "https://cdn.example.com/lamp.jpg",
    "secondaryImages": [f"https://cdn.example.com/lamp-{view}.jpg" for view in ("side", "top", "shade")],
    "price": "129.90",
    "currency": "EUR",
    "availability": "in_stock",
    "color": "walnut",
    "size": "160 cm",
    "material": "wood",
    "url": "https://shop.example.com/lamps/42",
    "metaTitle": "Walnut floor lamp, dimmable",
    "metaDescription": "Floor lamp of oiled walnut with a linen shade and a foot switch that dims.",
}


@pytest.fixture(scope="module")
def module_world():
    world = peers.World()
    world.tokens["token-a"] = ("ws_a", peers.EVERY_SCOPE)
    world.tokens["token-b"] = ("ws_b", peers.EVERY_SCOPE)
    world.tokens["token-without-scopes"] = ("ws_a", ())
    return world


@pytest.fixture
def world(module_world):
    """The world of the neighbours; locks and hooks are taken off again."""
    yield module_world
    module_world.locked.clear()
    module_world.settings.clear()
    module_world.before_read = lambda: None
    module_world.before_range = lambda after_id: None


@pytest.fixture(scope="module")
def database(databases):
    """A database of either kind with the service's tables: the one of the service, where a test has that too."""
    database = opened(databases.migrated(MIGRATIONS), MIGRATIONS)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def app(module_world, database, tmp_path_factory):
    """The service on a database of either kind."""
    with peers.serving(module_world) as port:
        address = f"127.0.0.1:{port}"
        app = build(
            GoldSettings(
                home=tmp_path_factory.mktemp("gold"),
                database_url=database.url.render_as_string(hide_password=False),
                gold_port=0,
                gold_metrics_port=0,
                ingest_address=address,
                silver_address=address,
                workspace_address=address,
                internal_token=peers.INTERNAL_TOKEN,
                gold_partition_size=PARTITION_SIZE,
                gold_known_seconds=0,
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
        """Both services of Gold on one channel."""

        def __init__(self, channel):
            runs = gold_service_pb2_grpc.GoldServiceStub(channel)
            feeds = feed_service_pb2_grpc.FeedServiceStub(channel)
            self.__dict__ |= vars(runs) | vars(feeds)

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
            if detail.type_url.endswith("BadRequest"):
                from google.rpc import error_details_pb2

                bad = error_details_pb2.BadRequest()
                detail.Unpack(bad)
                fields = [violation.field for violation in bad.field_violations]
        return caught.value.code().name, reason_of(status), fields

    return run


@pytest.fixture
def catalog(world):
    """Makes a catalog of the given products (id → what differs from a good one, or None for bronze); gives its id."""
    made = itertools.count(len(world.catalogs))

    def make(products, workspace="ws_a"):
        catalog_id = f"cat_{next(made)}"
        world.catalogs[workspace, catalog_id] = {
            product_id: None if differs is None else GOOD | differs for product_id, differs in products.items()
        }
        return catalog_id

    return make


@pytest.fixture
def score_all(call):
    """Scores a whole catalog; gives the events."""

    def run(catalog_id, workspace="ws_a", token="token-a"):
        request = gold_service_pb2.ScoreRequest(workspace_id=workspace, catalog_id=catalog_id, scope=run_pb2.SCOPE_ALL)
        return call("Score", request, token)

    return run


@pytest.fixture
def score_some(call):
    """Scores products by id; gives the events."""

    def run(catalog_id, *product_ids):
        request = gold_service_pb2.ScoreRequest(
            workspace_id="ws_a", catalog_id=catalog_id, scope=run_pb2.SCOPE_SELECTION, product_ids=product_ids
        )
        return call("Score", request)

    return run


@pytest.fixture
def results_of():
    """The results in the events of a run."""
    return lambda events: [result for event in events for result in event.results.results]


@pytest.fixture
def summary_of():
    """The catalog summary in the last event of a run."""
    return lambda events: events[-1].summary.catalog_summary
