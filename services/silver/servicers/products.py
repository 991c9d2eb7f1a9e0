"""ProductService: products as they are now, item by item and in bulk."""

from collections.abc import Iterator
from typing import Any

import grpc
import polars as pl
import sqlalchemy as sa
from assay.common.v1 import page_pb2
from assay.silver.v1 import product_pb2, product_service_pb2_grpc
from assay.silver.v1 import product_service_pb2 as pb

from services.runtime.errors import ValidationError
from services.runtime.jobs.cuts import IdRange
from services.runtime.paging import decode_token, encode_token, page_limit
from services.silver.neighbours import LISTED_IDS_LIMIT, Ingest, Selection
from services.silver.products import bronze_product, silver_product, with_details, with_times
from services.silver.reading import messages
from services.silver.rules.pipeline import map_only
from services.silver.store import Store

PAGE_BYTES = 4 * 1024 * 1024
BRAND_CHARS = 255
BRAND_BATCH = 200
"""Products of a brand that are looked at together: items may have changed since, and those are not listed."""


class ProductServicer(product_service_pb2_grpc.ProductServiceServicer):
    """See the contract for what each RPC answers and refuses."""

    def __init__(self, store: Store, ingest: Ingest) -> None:
        self._store = store
        self._ingest = ingest

    def GetProduct(self, request: pb.GetProductRequest, _context: grpc.ServicerContext) -> pb.GetProductResponse:
        """One product with what Silver changed and found wrong."""
        workspace_id = request.workspace_id
        catalog_id = self._ingest.catalog_id(workspace_id, request.catalog_id)
        item = self._ingest.item(workspace_id, catalog_id, request.product_id).item
        row = self._store.products(workspace_id, catalog_id, [item.id]).get(item.id)
        if row is not None and row.source_fingerprint == item.fingerprint:
            product = with_details(silver_product(row), row)
        else:
            items = self._ingest.frame(workspace_id, catalog_id, [item.id])
            product = self._products(workspace_id, catalog_id, items)[0]
        product.created_at.CopyFrom(item.created_at)
        product.updated_at.CopyFrom(item.updated_at)
        return pb.GetProductResponse(product=product)

    def ListProducts(self, request: pb.ListProductsRequest, _context: grpc.ServicerContext) -> pb.ListProductsResponse:
        """A page of a catalog's products in id order."""
        limit = page_limit(request.page_size)
        if len(request.brand) > BRAND_CHARS:
            raise ValidationError.of("brand", f"brand must have at most {BRAND_CHARS} characters.")
        filters = (request.workspace_id, request.catalog_id, request.brand)
        after: Any = (decode_token(request.page_token, 1, *filters) or [0 if request.brand else ""])[0]
        if request.brand and not isinstance(after, int):  # of a version that listed brands by id
            raise ValidationError.of("cursor", "cursor is not one that this list gave for these filters.")
        catalog_id = self._ingest.catalog_id(request.workspace_id, request.catalog_id)
        if request.brand:
            places, products = self._of_brand(request.workspace_id, catalog_id, request.brand, after, limit + 1)
        else:
            items = self._ingest.frame(request.workspace_id, catalog_id, IdRange(after), limit=limit + 1, times=True)
            products = with_times(self._products(request.workspace_id, catalog_id, items), items)
            places = [product.id for product in products]
        page = _within_a_message(products[:limit])
        more = len(products) > len(page)
        token = encode_token([places[len(page) - 1]], *filters) if more else None
        return pb.ListProductsResponse(
            products=page, pagination=page_pb2.Pagination(limit=limit, cursor=token, has_more=more)
        )

    def ReadProducts(
        self, request: pb.ReadProductsRequest, _context: grpc.ServicerContext
    ) -> Iterator[pb.ReadProductsResponse]:
        """Normalised products in bulk."""
        selection: Selection = IdRange(request.range.after_id, request.range.through_id)
        if request.WhichOneof("selection") == "list":
            if len(request.list.ids) > LISTED_IDS_LIMIT:
                raise ValidationError.of("list.ids", f"At most {LISTED_IDS_LIMIT:,} ids may be asked for.")
            selection = list(request.list.ids)
        catalog_id = self._ingest.catalog_id(request.workspace_id, request.catalog_id)
        return self._read(request.workspace_id, catalog_id, selection)

    def _read(self, workspace_id: str, catalog_id: str, selection: Selection) -> Iterator[pb.ReadProductsResponse]:
        stored = self._store.bulk(workspace_id, catalog_id)
        for ids, fingerprints in self._ingest.fingerprints(workspace_id, catalog_id, selection):
            rows = stored.between(ids[0], ids[-1]) if isinstance(selection, IdRange) else stored.of_ids(ids)
            yield from messages(ids, fingerprints, rows)

    def _products(self, workspace_id: str, catalog_id: str, items: pl.DataFrame) -> list[product_pb2.Product]:
        """The products of these items, in their order."""
        rows = self._store.products(workspace_id, catalog_id, items["product_id"].to_list())
        pairs = items.select_seq("product_id", "fingerprint").rows()
        stale = [product_id for product_id, source in pairs if not _is_current(rows.get(product_id), source)]
        bronze = items.filter(pl.col("product_id").is_in(stale))
        mapped = map_only(bronze["product_id"], bronze["document"], bronze["parent_id"])
        by_id = {row["product_id"]: row for row in mapped.iter_rows(named=True)}
        return [
            bronze_product(workspace_id, catalog_id, by_id[product_id], rows.get(product_id))
            if product_id in by_id
            else silver_product(rows[product_id])
            for product_id, _ in pairs
        ]

    def _of_brand(
        self, workspace_id: str, catalog_id: str, brand: str, after: int, wanted: int
    ) -> tuple[list[Any], list[product_pb2.Product]]:
        """Normalised products of a brand whose items still are what was normalised, and the places of each."""
        places: list[Any] = []
        products: list[product_pb2.Product] = []
        for rows in self._store.of_brand(workspace_id, catalog_id, brand, after, BRAND_BATCH):
            ids = [row.product_id for row in rows]
            keys = self._ingest.frame(workspace_id, catalog_id, ids, keys_only=True, times=True)
            current = dict(keys.select_seq("product_id", "fingerprint").iter_rows())
            found = [row for row in rows if current.get(row.product_id) == row.source_fingerprint]
            places += [row.sequence for row in found]
            products += with_times([silver_product(row) for row in found], keys)
            if len(products) >= wanted:
                break
        return places[:wanted], products[:wanted]


def _within_a_message(products: list[product_pb2.Product]) -> list[product_pb2.Product]:
    """As many of the products as fit a message, the first in any case: a page may be shorter than its limit."""
    size = 0
    for number, product in enumerate(products):
        size += product.ByteSize()
        if number and size > PAGE_BYTES:
            return products[:number]
    return products


def _is_current(row: sa.Row[Any] | None, source: str) -> bool:
    return row is not None and row.source_fingerprint == source
