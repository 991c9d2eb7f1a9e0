"""ItemService."""

import math
import secrets
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import grpc
from assay.ingest.v1 import item_service_pb2, item_service_pb2_grpc
from google.protobuf.struct_pb2 import Struct

from services.ingest.parsing.json_window import DECODER
from services.ingest.products import (
    DEFAULT_AVAILABILITY,
    DEFAULT_CURRENCY,
    check_product_id,
    merged_document,
    read_product,
    whole_document,
)
from services.ingest.servicers.requests import check_workspace_id, timestamp
from services.ingest.store import CatalogStore, ItemStore
from services.ingest.store.items import ItemColumns, ItemKey, ItemRow, ReadOptions
from services.ingest.store.ranges import IdRange
from services.runtime.errors import ValidationError

MAX_LISTED_IDS = 10_000
MESSAGE_ITEMS = 2_000
MESSAGE_BYTES = 1024 * 1024
_REQUIRED = ("title", "price")


class ItemServicer(item_service_pb2_grpc.ItemServiceServicer):
    """Raw records; see the proto for the errors of each call."""

    def __init__(self, catalogs: CatalogStore, items: ItemStore) -> None:
        self._catalogs = catalogs
        self._items = items

    def CreateProduct(
        self, request: item_service_pb2.CreateProductRequest, _context: grpc.ServicerContext
    ) -> item_service_pb2.CreateProductResponse:
        """Adds a product under its SKU, or under a made-up id."""
        values = read_product(request, required=_REQUIRED)
        product_id = values.get("sku") or f"prod_{secrets.token_hex(8)}"
        document = _new_document(values)
        row = self._write(request, product_id, lambda _: document, must_be_new=True)
        return item_service_pb2.CreateProductResponse(item=item_message(row))

    def ReplaceProduct(
        self, request: item_service_pb2.ReplaceProductRequest, _context: grpc.ServicerContext
    ) -> item_service_pb2.ReplaceProductResponse:
        """Writes all source values of a product anew."""
        product_id = check_product_id(request.product_id)
        document = _new_document(read_product(request.product, required=_REQUIRED))
        row = self._write(request, product_id, lambda _: document)
        return item_service_pb2.ReplaceProductResponse(item=item_message(row))

    def UpdateProduct(
        self, request: item_service_pb2.UpdateProductRequest, _context: grpc.ServicerContext
    ) -> item_service_pb2.UpdateProductResponse:
        """Changes some source values of a product."""
        changes = read_product(request.product)
        key = ItemKey(request.workspace_id, request.catalog_id, request.product_id)
        row = self._items.write(key, lambda stored: merged_document(stored or "{}", changes), must_exist=True)
        return item_service_pb2.UpdateProductResponse(item=item_message(row))

    def DeleteProduct(
        self, request: item_service_pb2.DeleteProductRequest, _context: grpc.ServicerContext
    ) -> item_service_pb2.DeleteProductResponse:
        """Removes a product."""
        self._items.delete(ItemKey(request.workspace_id, request.catalog_id, request.product_id))
        return item_service_pb2.DeleteProductResponse()

    def GetItem(
        self, request: item_service_pb2.GetItemRequest, _context: grpc.ServicerContext
    ) -> item_service_pb2.GetItemResponse:
        """One raw record."""
        row = self._items.get(ItemKey(request.workspace_id, request.catalog_id, request.product_id))
        return item_service_pb2.GetItemResponse(item=item_message(row))

    def ReadItems(
        self, request: item_service_pb2.ReadItemsRequest, _context: grpc.ServicerContext
    ) -> Iterator[item_service_pb2.ReadItemsResponse]:
        """Raw records in bulk."""
        if request.max_items < 0:
            raise ValidationError.of("maxItems", "maxItems must not be negative.")
        read: Callable[..., Iterator[ItemColumns]]
        selection: Any
        if request.WhichOneof("selection") == "list":
            if len(request.list.ids) > MAX_LISTED_IDS:
                raise ValidationError.of("list.ids", f"At most {MAX_LISTED_IDS:,} ids may be asked for.")
            read, selection = self._items.read_list, list(request.list.ids)
        else:
            read, selection = self._items.read_range, IdRange(request.range.after_id, request.range.through_id)
        options = ReadOptions(request.keys_only, request.with_times, request.max_items, request.fingerprints_only)
        batches = read(request.workspace_id, request.catalog_id, selection, options)
        groups = batches if request.keys_only else _regroup(batches)  # keys come in groups of a message
        return map(_items_message, groups)

    def _write(
        self,
        request: item_service_pb2.CreateProductRequest | item_service_pb2.ReplaceProductRequest,
        product_id: str,
        encode: Callable[[str | None], bytes],
        *,
        must_be_new: bool = False,
    ) -> ItemRow:
        workspace_id = check_workspace_id(request.workspace_id)
        if not request.catalog_id:
            self._catalogs.get_or_create_default(workspace_id)
        key = ItemKey(workspace_id, request.catalog_id, product_id)
        return self._items.write(key, encode, must_be_new=must_be_new)


def item_message(row: ItemRow) -> item_service_pb2.Item:
    """A stored item as the contract shows it."""
    document = Struct()
    document.update({name: _for_struct(value) for name, value in DECODER.decode(row["document"]).items()})
    return item_service_pb2.Item(
        id=row["product_id"],
        workspace_id=row["workspace_id"],
        catalog_id=row["catalog_id"],
        document=document,
        parent_id=row["parent_id"],
        fingerprint=row["fingerprint"],
        source_type=row["source"],
        created_at=timestamp(row["created_at"]),
        updated_at=timestamp(row["updated_at"]),
    )


def _new_document(values: dict[str, Any]) -> bytes:
    defaults = {"currency": DEFAULT_CURRENCY, "availability": DEFAULT_AVAILABILITY}
    return whole_document(values | {name: values.get(name) or value for name, value in defaults.items()})


def _for_struct(value: Any) -> Any:
    """A Struct knows doubles only; a number beyond them is shown as text."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    if isinstance(value, dict):
        return {name: _for_struct(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_for_struct(inner) for inner in value]
    return value


def _regroup(batches: Iterator[ItemColumns]) -> Iterator[ItemColumns]:
    """Items in groups of a message: up to 2,000 of them or about 1 MiB of documents."""
    group: ItemColumns = {}
    size = 0
    for columns in batches:
        start = 0
        for place, of_one in enumerate(map(len, columns["document"])):
            count = len(group.get("document", ())) + place - start
            if count and (count >= MESSAGE_ITEMS or size + of_one > MESSAGE_BYTES):
                yield _joined(group, columns, start, place)
                group, start, size = {}, place, 0
            size += of_one
        group = _joined(group, columns, start, len(columns["document"]))
    if group:
        yield group


def _joined(group: ItemColumns, more: ItemColumns, start: int, end: int) -> ItemColumns:
    """The group and, behind it, some of the others."""
    return {name: group.get(name, []) + column[start:end] for name, column in more.items()}


def _items_message(columns: ItemColumns) -> item_service_pb2.ReadItemsResponse:
    return item_service_pb2.ReadItemsResponse(
        ids=columns["product_id"],
        sequences=columns.get("sequence", ()),
        fingerprints=columns["fingerprint"],
        parent_ids=[parent or "" for parent in columns.get("parent_id", ())],
        documents=columns.get("document", ()),
        created_at=map(timestamp, columns.get("created_at", ())),
        updated_at=map(timestamp, columns.get("updated_at", ())),
    )
