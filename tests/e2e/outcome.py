"""Everything that the services know of a catalog's products, to compare what runs have left behind.

Read in bulk, as the services read each other: page by page it takes as long as the runs.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import grpc
from assay.gold.v1 import gold_service_pb2, gold_service_pb2_grpc
from assay.ingest.v1 import item_service_pb2, item_service_pb2_grpc
from assay.silver.v1 import product_service_pb2, product_service_pb2_grpc

SCORES = 1000
OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    # One that has only just been started again is found soon.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 300),
]
Read = TypeVar("Read")


def by_id(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What there is of each product. AssertionError for one that is there twice."""
    found: dict[str, Any] = {}
    for product_id, value in pairs:
        assert product_id not in found, f"{product_id} is there twice: {found[product_id]} and {value}"
        found[product_id] = value
    return found


class Reader:
    """Reads one workspace's catalogs from the services themselves."""

    def __init__(self, addresses: dict[str, str], key: str, workspace: str, deadline: float) -> None:
        """`addresses` by service; `deadline`: of the monotonic clock, for those that do not answer yet."""
        self._addresses = addresses
        self._metadata = [("authorization", f"Bearer {key}")]
        self._workspace = workspace
        self._deadline = deadline

    def everything(self, catalog: str) -> dict[str, dict[str, Any]]:
        """Items, their canonical records and their scores by product id, without what no two catalogs have in common.

        That is: when something was made, the ids that a workspace gives to its brands, and what is made from those.
        """
        with ExitStack() as stack:
            channels = {
                name: stack.enter_context(grpc.insecure_channel(address, options=OPTIONS))
                for name, address in self._addresses.items()
            }
            items = self._patiently(lambda: by_id(self._items(channels["ingest"], catalog)))
            products = self._patiently(lambda: by_id(self._products(channels["silver"], catalog)))
            scores = self._patiently(lambda: by_id(self._scores(channels["gold"], catalog, [*items])))
        # Of a score it is told whether it is the one of the record that is there now.
        made_from = {product_id: product.pop("fingerprint") for product_id, product in products.items()}
        told = {
            product_id: (fingerprint == made_from[product_id], score)
            for product_id, (fingerprint, score) in scores.items()
        }
        return {"items": items, "products": products, "scores": told}

    def items(self, catalog: str) -> dict[str, Any]:
        """Document, fingerprint and parent by product id, as they are now."""
        with grpc.insecure_channel(self._addresses["ingest"], options=OPTIONS) as channel:
            return self._patiently(lambda: by_id(self._items(channel, catalog)))

    def _items(self, channel: grpc.Channel, catalog: str) -> Iterator[tuple[str, Any]]:
        stub = item_service_pb2_grpc.ItemServiceStub(channel)
        request = item_service_pb2.ReadItemsRequest(workspace_id=self._workspace, catalog_id=catalog)
        for some in stub.ReadItems(request, **self._options()):
            for product_id, *item in zip(some.ids, some.documents, some.fingerprints, some.parent_ids, strict=True):
                yield product_id, item

    def _products(self, channel: grpc.Channel, catalog: str) -> Iterator[tuple[str, Any]]:
        stub = product_service_pb2_grpc.ProductServiceStub(channel)
        request = product_service_pb2.ReadProductsRequest(workspace_id=self._workspace, catalog_id=catalog)
        names = ("state", "fingerprint", "attributes", "images", "category", "shared_gtin")
        for some in stub.ReadProducts(request, **self._options()):
            columns = (some.states, some.fingerprints, some.attributes, some.images)
            columns += (some.category_states, some.shared_gtins)
            for product_id, document, *rest in zip(some.ids, some.documents, *columns, strict=True):
                product = json.loads(document) if document else {}
                product.pop("brandId", None)
                yield product_id, product | dict(zip(names, rest, strict=True))

    def _scores(self, channel: grpc.Channel, catalog: str, ids: list[str]) -> Iterator[tuple[str, Any]]:
        stub = gold_service_pb2_grpc.GoldServiceStub(channel)
        for start in range(0, len(ids), SCORES):
            request = gold_service_pb2.BatchGetScoresRequest(
                workspace_id=self._workspace, catalog_id=catalog, product_ids=ids[start : start + SCORES]
            )
            for score in stub.BatchGetScores(request, **self._options()).scores:
                fingerprint = score.product_fingerprint
                score.ClearField("product_fingerprint")
                score.ClearField("scored_at")
                yield score.product_id, (fingerprint, score)

    def _options(self) -> dict[str, Any]:
        left = self._deadline - time.monotonic()
        return {"metadata": self._metadata, "wait_for_ready": True, "timeout": max(left, 0.0)}

    def _patiently(self, read: Callable[[], Read]) -> Read:
        while True:
            try:
                return read()
            except grpc.RpcError as error:
                # One of them, or what it asks itself, is still being started.
                if not isinstance(error, grpc.Call) or error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                time.sleep(0.1)
