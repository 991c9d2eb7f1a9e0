"""The neighbours of Gold as real servers over a small world in memory."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from assay.ingest.v1 import catalog_pb2, catalog_service_pb2, catalog_service_pb2_grpc
from assay.silver.v1 import product_service_pb2, product_service_pb2_grpc
from assay.workspace.v1 import (
    auth_service_pb2_grpc,
    job_service_pb2,
    job_service_pb2_grpc,
    settings_pb2,
    settings_service_pb2,
    settings_service_pb2_grpc,
)

from tests.support.neighbours import Auth, CatalogNotFound, Jobs, fail

INTERNAL_TOKEN = "internal-token-of-the-tests"
BRONZE = None
BESIDE = {"attributes", "images", "category_state", "shared_gtin"}
"""What the tests say of a product beside its canonical record."""
EVERY_SCOPE = ("catalogs:write", "products:read", "jobs:read", "feed:read")


@dataclass
class World:
    """What exists. Products by id; `BRONZE` for one that is not in Silver."""

    catalogs: dict[tuple[str, str], dict[str, dict | None]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    jobs: dict[str, job_service_pb2.StartJobRequest] = field(default_factory=dict)
    ends: dict[str, job_service_pb2.FinishJobRequest] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    reads: int = 0
    before_read: Callable[[], None] = lambda: None
    before_range: Callable[[str], None] = lambda after_id: None
    """Of a read of the products behind an id."""
    settings: dict[str, settings_pb2.PipelineSettings] = field(default_factory=dict)

    def products_of(self, request, context) -> dict[str, dict | None]:
        assert f"Bearer {INTERNAL_TOKEN}" == dict(context.invocation_metadata())["authorization"]
        found = self.catalogs.get((request.workspace_id, request.catalog_id))
        if found is None:
            fail(context, CatalogNotFound("Catalog not found."))
        return found


@dataclass
class Catalogs(catalog_service_pb2_grpc.CatalogServiceServicer):
    world: World

    def GetCatalog(self, request, context):
        self.world.products_of(request, context)
        return catalog_service_pb2.GetCatalogResponse(catalog=catalog_pb2.Catalog(id=request.catalog_id))

    def ListCatalogs(self, request, context):
        own = sorted(catalog for workspace, catalog in self.world.catalogs if workspace == request.workspace_id)
        start = int(request.page_token or 0)
        some = own[start : start + 2]  # pages are short, so that there are several
        answer = catalog_service_pb2.ListCatalogsResponse(catalogs=[catalog_pb2.Catalog(id=one) for one in some])
        if len(own) > start + 2:
            answer.pagination.has_more, answer.pagination.cursor = True, str(start + 2)
        return answer

    def PlanPartitions(self, request, context):
        ids = sorted(self.world.products_of(request, context))
        cuts = [ids[at : at + request.partition_size] for at in range(0, len(ids), request.partition_size)]
        answer = catalog_service_pb2.PlanPartitionsResponse(total=len(ids))
        after = ""
        for cut in cuts:
            answer.ranges.add(after_id=after, through_id=cut[-1], count=len(cut))
            after = cut[-1]
        return answer


@dataclass
class Products(product_service_pb2_grpc.ProductServiceServicer):
    world: World

    def ReadProducts(self, request, context):
        products = self.world.products_of(request, context)
        self.world.reads += 1
        self.world.before_read()
        if request.WhichOneof("selection") == "range":
            self.world.before_range(request.range.after_id)
        if request.WhichOneof("selection") == "list":
            ids = sorted(set(request.list.ids) & set(products))
        else:
            through = request.range.through_id or "\U0010ffff"
            ids = sorted(i for i in products if request.range.after_id < i <= through)
        for at in range(0, len(ids), 2):
            yield self._message(ids[at : at + 2], products)

    def _message(self, ids, products):
        answer = product_service_pb2.ReadProductsResponse(ids=ids)
        for product in map(products.get, ids):
            silver = product is not BRONZE
            document = {n: v for n, v in (product or {}).items() if n not in BESIDE and v is not None}
            answer.states.append(
                product_service_pb2.PRODUCT_STATE_SILVER if silver else product_service_pb2.PRODUCT_STATE_BRONZE
            )
            answer.fingerprints.append("0123456789abcdef" * 2 if silver else "")
            answer.documents.append(json.dumps(document) if silver else "")
            answer.attributes.append((product or {}).get("attributes") or "")
            answer.images.append((product or {}).get("images") or "")
            answer.category_states.append((product or {}).get("category_state") or 0)
            answer.shared_gtins.append((product or {}).get("shared_gtin") or 0)
        return answer


@dataclass
class Settings(settings_service_pb2_grpc.SettingsServiceServicer):
    world: World

    def GetPipelineSettings(self, request, context):
        assert f"Bearer {INTERNAL_TOKEN}" == dict(context.invocation_metadata())["authorization"]
        return settings_service_pb2.GetPipelineSettingsResponse(settings=self.world.settings.get(request.workspace_id))


@contextmanager
def serving(world: World) -> Iterator[int]:
    """One server that is ingest, Silver and workspace at once; gives its port."""
    server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
    catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(Catalogs(world), server)
    product_service_pb2_grpc.add_ProductServiceServicer_to_server(Products(world), server)
    job_service_pb2_grpc.add_JobServiceServicer_to_server(Jobs(world), server)
    auth_service_pb2_grpc.add_AuthServiceServicer_to_server(Auth(world), server)
    settings_service_pb2_grpc.add_SettingsServiceServicer_to_server(Settings(world), server)
    port = server.add_insecure_port("127.0.0.1:0")
    assert port
    server.start()
    yield port
    server.stop(None).wait()
