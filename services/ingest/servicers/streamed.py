"""StreamingItemService."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import grpc
import orjson
from assay.ingest.v1 import streaming_item_service_pb2 as pb
from assay.ingest.v1 import streaming_item_service_pb2_grpc
from cachetools import TTLCache
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from services.ingest.errors import CatalogNotFound
from services.ingest.items_errors import CatalogNotActive, ItemRateExceeded, TooManyItems, VersionNotFound, number_of
from services.ingest.itemsapi.names import check_scope, fhr_flag
from services.ingest.itemsapi.operations import ItemFault, Kind, Operation, checked
from services.ingest.itemsapi.parts import with_parent
from services.ingest.itemsapi.validation import CATEGORIES, CATEGORY, Validator
from services.ingest.store import CatalogVersionStore, StreamStore
from services.ingest.store.catalogs import CatalogRow
from services.ingest.store.clock import now_micros
from services.ingest.store.streamed import Sent

MAX_ITEMS = 1_000
WINDOW_SECONDS = 10
"""The rate is held on the average of so many seconds, with a second's calls to spare: those of a client that keeps to
it do not come at even intervals.
"""
_KEPT, _KEPT_SECONDS = 100, 600.0
"""How many catalogs are kept in mind, and for how long."""


class StreamingItemServicer(streaming_item_service_pb2_grpc.StreamingItemServiceServicer):
    """See the proto for the errors of each call."""

    def __init__(self, versions: CatalogVersionStore, streamed: StreamStore, *, calls_per_second: int) -> None:
        """`calls_per_second`: of one tenant in one environment, in this process."""
        self._versions = versions
        self._streamed = streamed
        self._calls_per_second = calls_per_second
        self._rate = RateLimitItemPerSecond(calls_per_second * (WINDOW_SECONDS + 1), WINDOW_SECONDS)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate_lock = threading.Lock()
        # Of which catalog a version is never changes, nor what its schemas and trees are.
        self._catalogs: TTLCache[tuple[str, str, int], CatalogRow] = TTLCache(_KEPT, _KEPT_SECONDS)
        self._validators: TTLCache[str, Validator] = TTLCache(_KEPT, _KEPT_SECONDS)
        self._lock = threading.Lock()

    def UpsertStreamedItems(
        self, request: pb.UpsertStreamedItemsRequest, _context: grpc.ServicerContext
    ) -> pb.UpsertStreamedItemsResponse:
        """Items as they are."""
        receipts = self._take(request, Kind.PUT, fhr=fhr_flag(request.fhr_validation))
        return pb.UpsertStreamedItemsResponse(receipts=receipts)

    def PatchStreamedItems(
        self, request: pb.PatchStreamedItemsRequest, _context: grpc.ServicerContext
    ) -> pb.PatchStreamedItemsResponse:
        """Changes of items."""
        fhr_flag(request.fhr_validation)
        return pb.PatchStreamedItemsResponse(receipts=self._take(request, Kind.PATCH))

    def DeleteStreamedItems(
        self, request: pb.DeleteStreamedItemsRequest, _context: grpc.ServicerContext
    ) -> pb.DeleteStreamedItemsResponse:
        """Items that are to go."""
        return pb.DeleteStreamedItemsResponse(receipts=self._take(request, Kind.DELETE))

    def _take(self, request: Any, kind: Kind, *, fhr: bool = False) -> list[pb.ItemReceipt]:
        check_scope(request.workspace_id, request.environment)
        if len(request.items) > MAX_ITEMS:
            raise TooManyItems(MAX_ITEMS)
        with self._rate_lock:  # its timer is started twice by two threads at once
            may = self._limiter.hit(self._rate, request.workspace_id, request.environment)
        if not may:
            raise ItemRateExceeded(self._calls_per_second)
        find = self._finder(request.workspace_id, request.environment)
        now = now_micros()
        faults: dict[int, ItemFault] = {}
        groups: dict[str, list[Sent]] = defaultdict(list)
        for place, item in enumerate(request.items):
            try:
                catalog = find(item.catalog_version if item.HasField("catalog_version") else None)
                operation = self._validated(catalog, checked(item, kind, now), fhr=fhr)
                groups[catalog["id"]].append(Sent(place, operation))
            except ItemFault as fault:
                faults[place] = fault
        for catalog_id, sent in groups.items():
            faults |= self._apply(request.workspace_id, catalog_id, sent)
        return [_receipt(item, faults.get(place)) for place, item in enumerate(request.items)]

    def _apply(self, workspace_id: str, catalog_id: str, sent: Sequence[Sent]) -> dict[int, ItemFault]:
        try:
            return self._streamed.apply(workspace_id, catalog_id, sent)
        except CatalogNotFound:  # it was deleted meanwhile
            return {one.place: ItemFault("CATALOG_NOT_FOUND", "The catalog is gone.") for one in sent}

    def _finder(self, workspace_id: str, environment: str) -> Callable[[int | None], CatalogRow]:
        """Looks for the catalog of a version, or the active one, once in a request. ItemFault when it is not there."""
        found: dict[int | None, CatalogRow | ItemFault] = {}

        def look(version: int | None) -> CatalogRow | ItemFault:
            try:
                if version is None:
                    return self._versions.active(workspace_id, environment)
                return self._of_version(workspace_id, environment, version)
            except (CatalogNotActive, VersionNotFound) as error:
                return ItemFault(error.reason, error.message)

        def find(version: int | None) -> CatalogRow:
            if version not in found:
                found[version] = look(version)
            catalog = found[version]
            if isinstance(catalog, ItemFault):
                raise catalog
            return catalog

        return find

    def _validated(self, catalog: CatalogRow, operation: Operation, *, fhr: bool) -> Operation:
        """With its parent's product id. Raises ItemFault with all that is wrong, and the category of the first."""
        if operation.kind == Kind.DELETE:
            return operation
        rules = self._validator(catalog)
        is_whole = operation.kind == Kind.PUT
        attributes = orjson.loads(operation.attributes or "{}")
        told = [
            (fault.category, f"{fault.place}: {fault.message}")
            for fault in rules.faults(operation.item_type, attributes, whole=is_whole)
        ]
        if is_whole and operation.parent_id is None:
            if rules.is_nested(operation.item_type):
                told.append(("ITEM_PARENT_REQUIRED", "parentId: Is required: the type is nested in another one."))
            elif fhr and not attributes.get(CATEGORIES) and all(category != CATEGORY for category, _ in told):
                told.append((CATEGORY, f"{CATEGORIES}: Is required."))
        parented = with_parent(operation, rules)
        if parented.parent_id == operation.product_id:
            told.append(("ITEM_PARENT_ID", "parentId: An item cannot be its own parent."))
        if told:
            raise ItemFault(told[0][0], " ".join(message for _, message in told)[:1_000])
        return parented

    def _of_version(self, workspace_id: str, environment: str, version: int) -> CatalogRow:
        """As it was when it was looked for last: enough to know which it is."""
        key = (workspace_id, environment, version)
        with self._lock:
            catalog = self._catalogs.get(key)
        if catalog is None:
            catalog = self._versions.get(workspace_id, environment, version)
            with self._lock:
                self._catalogs[key] = catalog
        return catalog

    def _validator(self, catalog: CatalogRow) -> Validator:
        with self._lock:
            validator = self._validators.get(catalog["id"])
        if validator is None:
            validator = self._versions.validator(catalog)
            with self._lock:
                self._validators[catalog["id"]] = validator
        return validator


def _receipt(item: Any, fault: ItemFault | None) -> pb.ItemReceipt:
    receipt = pb.ItemReceipt(item_id=item.id, receipt_id=str(uuid.uuid4()))
    if fault is not None:
        receipt.code, receipt.message = number_of(fault.category), f"{fault.category}: {fault.message}"
    return receipt
