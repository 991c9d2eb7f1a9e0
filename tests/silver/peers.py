"""The neighbours of Silver as real servers over a small world in memory."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2, gold_service_pb2_grpc
from assay.ingest.v1 import (
    catalog_pb2,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    item_service_pb2,
    item_service_pb2_grpc,
)
from assay.workspace.v1 import (
    auth_service_pb2_grpc,
    brand_service_pb2,
    brand_service_pb2_grpc,
    category_pb2,
    category_service_pb2,
    category_service_pb2_grpc,
    job_service_pb2,
    job_service_pb2_grpc,
    settings_pb2,
    workspace_pb2,
)

from services.runtime.errors import DomainError
from tests.support.neighbours import Auth, CatalogNotFound, Jobs, fail

INTERNAL_TOKEN = "internal-token-of-the-tests"
EVERY_SCOPE = ("catalogs:write", "products:read", "jobs:read")


class ProductNotFound(DomainError):
    code = grpc.StatusCode.NOT_FOUND
    reason = "PRODUCT_NOT_FOUND"


@dataclass
class Catalog:
    """Items by id (dict documents), in order of first ingestion."""

    currency: str | None = None
    items: dict[str, dict] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    def put(self, product_id, document):
        self.sequences.setdefault(product_id, len(self.sequences) + 1)
        self.items[product_id] = document


@dataclass
class World:
    """What exists. The key of a default catalog is (workspace, "")."""

    catalogs: dict[tuple[str, str], Catalog] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    brands: dict[str, dict[str, str]] = field(default_factory=dict)
    trees: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    settings: dict[str, settings_pb2.PipelineSettings] = field(default_factory=dict)
    tokens: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    jobs: dict[str, job_service_pb2.StartJobRequest] = field(default_factory=dict)
    ends: dict[str, job_service_pb2.FinishJobRequest] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    scored: list[tuple[gold_service_pb2.ScoreRequest, str]] = field(default_factory=list)
    score: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    before_read: Callable[[], None] = lambda: None

    def catalog_of(self, request, context) -> tuple[str, Catalog]:
        assert f"Bearer {INTERNAL_TOKEN}" == dict(context.invocation_metadata())["authorization"]
        catalog_id = request.catalog_id or self.defaults.get(request.workspace_id, "")
        found = self.catalogs.get((request.workspace_id, catalog_id))
        if found is None:
            fail(context, CatalogNotFound("Catalog not found."))
        return catalog_id, found


def fingerprint(document):
    return hashlib.blake2b(json.dumps(document).encode(), digest_size=16).hexdigest()


@dataclass
class Catalogs(catalog_service_pb2_grpc.CatalogServiceServicer):
    world: World

    def GetCatalog(self, request, context):
        catalog_id, catalog = self.world.catalog_of(request, context)
        return catalog_service_pb2.GetCatalogResponse(
            catalog=catalog_pb2.Catalog(id=catalog_id, currency=catalog.currency)
        )

    def PlanPartitions(self, request, context):
        ids = sorted(self.world.catalog_of(request, context)[1].items)
        cuts = [ids[at : at + request.partition_size] for at in range(0, len(ids), request.partition_size)]
        answer = catalog_service_pb2.PlanPartitionsResponse(total=len(ids))
        after = ""
        for cut in cuts:
            answer.ranges.add(after_id=after, through_id=cut[-1], count=len(cut))
            after = cut[-1]
        return answer


@dataclass
class Items(item_service_pb2_grpc.ItemServiceServicer):
    world: World

    def GetItem(self, request, context):
        _, catalog = self.world.catalog_of(request, context)
        if request.product_id not in catalog.items:
            fail(context, ProductNotFound("Product not found."))
        document = catalog.items[request.product_id]
        item = item_service_pb2.Item(id=request.product_id, fingerprint=fingerprint(document))
        item.created_at.FromSeconds(1)
        item.updated_at.FromSeconds(2)
        return item_service_pb2.GetItemResponse(item=item)

    def ReadItems(self, request, context):
        _, catalog = self.world.catalog_of(request, context)
        self.world.before_read()
        if request.WhichOneof("selection") == "list":
            ids = sorted(set(request.list.ids) & set(catalog.items))
        else:
            through = request.range.through_id or "\U0010ffff"
            ids = sorted(i for i in catalog.items if request.range.after_id < i <= through)
        if request.max_items:
            ids = ids[: request.max_items]
        for at in range(0, len(ids), 2):
            some = ids[at : at + 2]
            documents = [catalog.items[i] for i in some]
            told = [] if request.keys_only and request.fingerprints_only else some
            yield item_service_pb2.ReadItemsResponse(
                ids=some,
                sequences=[catalog.sequences[i] for i in told],
                fingerprints=map(fingerprint, documents),
                parent_ids=[catalog.parents.get(i, "") for i in told],
                documents=[] if request.keys_only else map(json.dumps, documents),
            )


@dataclass
class Brands(brand_service_pb2_grpc.BrandServiceServicer):
    world: World

    def ReadBrands(self, request, context):
        known = self.world.brands.get(request.workspace_id, {})
        version = str(len(known))
        yield brand_service_pb2.ReadBrandsResponse(version=version)
        if version != request.known_version:
            for name, brand_id in known.items():
                brand = workspace_pb2.Brand(id=brand_id, name=name)
                yield brand_service_pb2.ReadBrandsResponse(brands=[brand], version=version)

    def RegisterBrands(self, request, context):
        known = self.world.brands.setdefault(request.workspace_id, {})
        for name in request.names:
            known.setdefault(name, f"brand_{name}")
        brands = [workspace_pb2.Brand(id=known[name], name=name) for name in request.names]
        return brand_service_pb2.RegisterBrandsResponse(brands=brands)


def version_of(tree):
    return hashlib.blake2b(json.dumps(tree).encode(), digest_size=8).hexdigest()


@dataclass
class Categories(category_service_pb2_grpc.CategoryServiceServicer):
    """Trees are lists of (id, path)."""

    world: World

    def ReadCategories(self, request, context):
        tree = self.world.trees.get(request.workspace_id, [])
        version = version_of(tree)
        yield category_service_pb2.ReadCategoriesResponse(version=version)
        if version != request.known_version:
            found = [category_pb2.Category(id=category_id, path=path) for category_id, path in tree]
            yield category_service_pb2.ReadCategoriesResponse(categories=found, version=version)


@dataclass
class Gold(gold_service_pb2_grpc.GoldServiceServicer):
    """Notes what is to be scored, and after which job."""

    world: World

    def Score(self, request, context):
        metadata = dict(context.invocation_metadata())
        assert metadata["authorization"] == f"Bearer {INTERNAL_TOKEN}"
        assert metadata["x-triggered-by"] in self.world.ends
        self.world.scored.append((request, metadata["x-triggered-by"]))
        self.world.score.release()
        yield gold_service_pb2.ScoreResponse(started=run_pb2.RunStarted(job_id="score-1"))


@contextmanager
def serving(world: World) -> Iterator[int]:
    """One server that is ingest, workspace and Gold at once; gives its port."""
    server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
    catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(Catalogs(world), server)
    item_service_pb2_grpc.add_ItemServiceServicer_to_server(Items(world), server)
    brand_service_pb2_grpc.add_BrandServiceServicer_to_server(Brands(world), server)
    category_service_pb2_grpc.add_CategoryServiceServicer_to_server(Categories(world), server)
    gold_service_pb2_grpc.add_GoldServiceServicer_to_server(Gold(world), server)
    job_service_pb2_grpc.add_JobServiceServicer_to_server(Jobs(world), server)
    auth_service_pb2_grpc.add_AuthServiceServicer_to_server(Auth(world), server)
    port = server.add_insecure_port("127.0.0.1:0")
    assert port
    server.start()
    yield port
    server.stop(None).wait()
