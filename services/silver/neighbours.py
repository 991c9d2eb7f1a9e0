"""What Silver asks of its neighbours: catalogs and items of ingest, brands and categories of workspace."""

import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import grpc
import polars as pl
from assay.ingest.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    item_service_pb2,
    item_service_pb2_grpc,
)
from assay.workspace.v1 import (
    brand_service_pb2,
    brand_service_pb2_grpc,
    category_service_pb2,
    category_service_pb2_grpc,
    workspace_pb2,
)
from cachetools import TTLCache

from services.runtime.database import chunked
from services.runtime.jobs import Target
from services.runtime.jobs.cuts import IdRange
from services.runtime.jobs.gone import ASK_SECONDS
from services.silver.rules.category_link import Category

LISTED_IDS_LIMIT = 10_000
"""Ids ingest takes in one call."""
KNOWN_CATALOGS = 10_000
KNOWN_SECONDS = 5.0

Spelling: TypeAlias = tuple[str, str, str]
"""Brand id, name of the brand, and one way of writing it."""

Selection = IdRange | Sequence[str]
"""A range of ids, or the ids themselves."""


class Catalog(NamedTuple):
    """What a run needs to know of its catalog."""

    id: str
    currency: str | None
    """ISO 4217 code that prices without any currency are in."""


class Ingest:
    """Client of ingest. NOT_FOUND (CATALOG_NOT_FOUND, PRODUCT_NOT_FOUND) of its passes through."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._catalogs = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        self._items = item_service_pb2_grpc.ItemServiceStub(channel)
        self._known: TTLCache[tuple[str, str], Catalog] = TTLCache(KNOWN_CATALOGS, KNOWN_SECONDS)
        self._lock = threading.Lock()

    def catalog_id(self, workspace_id: str, catalog_id: str) -> str:
        """The id of the catalog, if the workspace has it; an empty one means the default catalog."""
        return self.catalog(workspace_id, catalog_id).id

    def catalog(self, workspace_id: str, catalog_id: str) -> Catalog:
        """The catalog, if the workspace has it; an empty id means the default catalog.

        One that was there is taken to be there for some seconds; ingest refuses what it no longer has.
        """
        with self._lock:
            known = self._known.get((workspace_id, catalog_id))
        if known is not None:
            return known
        answer = self._catalogs.GetCatalog(
            catalog_service_pb2.GetCatalogRequest(workspace_id=workspace_id, catalog_id=catalog_id)
        )
        found = Catalog(answer.catalog.id, answer.catalog.currency or None)
        with self._lock:
            self._known[workspace_id, catalog_id] = found
        return found

    def deleted(self, catalogs: Sequence[Target]) -> set[str]:
        """The ids of those of these catalogs that were deleted."""
        found: set[str] = set()
        for some in chunked(catalogs, LISTED_IDS_LIMIT):
            names = [catalog_service_pb2.CatalogName(workspace_id=one.workspace_id, catalog_id=one.id) for one in some]
            request = catalog_service_pb2.FindDeletedCatalogsRequest(catalogs=names)
            found.update(self._catalogs.FindDeletedCatalogs(request, timeout=ASK_SECONDS).catalog_ids)
        return found

    def plan(self, workspace_id: str, catalog_id: str, size: int) -> catalog_service_pb2.PlanPartitionsResponse:
        """Ranges of about `size` products, and how many products there are."""
        answer: catalog_service_pb2.PlanPartitionsResponse = self._catalogs.PlanPartitions(
            catalog_service_pb2.PlanPartitionsRequest(
                workspace_id=workspace_id, catalog_id=catalog_id, partition_size=size
            )
        )
        return answer

    def item(self, workspace_id: str, catalog_id: str, product_id: str) -> item_service_pb2.GetItemResponse:
        """One item with its times. PRODUCT_NOT_FOUND passes through."""
        answer: item_service_pb2.GetItemResponse = self._items.GetItem(
            item_service_pb2.GetItemRequest(workspace_id=workspace_id, catalog_id=catalog_id, product_id=product_id)
        )
        return answer

    def read(
        self,
        workspace_id: str,
        catalog_id: str,
        selection: Selection,
        *,
        keys_only: bool = False,
        limit: int = 0,
        times: bool = False,
        fingerprints_only: bool = False,
    ) -> Iterator[item_service_pb2.ReadItemsResponse]:
        """Items in id order, as chunks of columns; named ones that do not exist are left out."""
        request = item_service_pb2.ReadItemsRequest(
            workspace_id=workspace_id,
            catalog_id=catalog_id,
            keys_only=keys_only,
            max_items=limit,
            with_times=times,
            fingerprints_only=fingerprints_only,
        )
        if isinstance(selection, IdRange):
            request.range.CopyFrom(selection.message())
        else:
            request.list.ids.extend(selection)
        yield from self._items.ReadItems(request)

    def fingerprints(
        self, workspace_id: str, catalog_id: str, selection: Selection
    ) -> Iterator[tuple[list[str], list[str]]]:
        """Ids and fingerprints of the same items, thousands at a time."""
        for chunk in self.read(workspace_id, catalog_id, selection, keys_only=True, fingerprints_only=True):
            if chunk.ids:
                yield list(chunk.ids), list(chunk.fingerprints)

    def frame(
        self,
        workspace_id: str,
        catalog_id: str,
        selection: Selection,
        *,
        keys_only: bool = False,
        limit: int = 0,
        times: bool = False,
    ) -> pl.DataFrame:
        """The same as one frame: product_id, sequence, fingerprint, parent_id, document (null with `keys_only`).

        With `times` also created_at and updated_at in microseconds since 1970 (null from an ingest that is older).
        """
        chunks = self.read(workspace_id, catalog_id, selection, keys_only=keys_only, limit=limit, times=times)
        frames = [_items_frame(chunk, times=times) for chunk in chunks]
        if len(frames) == 1:
            return frames[0]
        return pl.concat([_items_frame(item_service_pb2.ReadItemsResponse(), times=times), *frames])


def _items_frame(chunk: item_service_pb2.ReadItemsResponse, *, times: bool) -> pl.DataFrame:
    documents = chunk.documents if len(chunk.documents) == len(chunk.ids) else [None] * len(chunk.ids)
    of_times = {"created_at": chunk.created_at, "updated_at": chunk.updated_at} if times else {}
    return pl.DataFrame(
        [
            pl.Series("product_id", chunk.ids, dtype=pl.String),
            pl.Series("sequence", chunk.sequences, dtype=pl.Int64),
            pl.Series("fingerprint", chunk.fingerprints, dtype=pl.String),
            pl.Series("parent_id", [parent or None for parent in chunk.parent_ids], dtype=pl.String),
            pl.Series("document", documents, dtype=pl.String),
            *(
                pl.Series(name, [time.ToMicroseconds() for time in told] or [None] * len(chunk.ids), dtype=pl.Int64)
                for name, told in of_times.items()
            ),
        ]
    )


class Brands:
    """Client of the workspace's brand registry."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = brand_service_pb2_grpc.BrandServiceStub(channel)

    def read(self, workspace_id: str, known_version: str) -> tuple[str, list[Spelling] | None]:
        """The registry's version and every spelling in it; None when the version is `known_version` still."""
        request = brand_service_pb2.ReadBrandsRequest(workspace_id=workspace_id, known_version=known_version)
        version, brands = "", list[workspace_pb2.Brand]()
        for answer in self._stub.ReadBrands(request):
            version = answer.version
            brands += answer.brands
        return version, None if version == known_version else spellings_of(brands)

    def register(self, workspace_id: str, names: Sequence[str]) -> list[Spelling]:
        """Registers names, at most 10,000; gives the brands they mean now, each with the name asked for."""
        answer = self._stub.RegisterBrands(
            brand_service_pb2.RegisterBrandsRequest(workspace_id=workspace_id, names=names)
        )
        return [(brand.id, brand.name, name) for brand, name in zip(answer.brands, names, strict=True)]


class Categories:
    """Client of the workspace's category tree."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = category_service_pb2_grpc.CategoryServiceStub(channel)

    def read(self, workspace_id: str, known_version: str) -> tuple[str, list[Category] | None]:
        """The tree's version and every category of it; None when the version is `known_version` still."""
        request = category_service_pb2.ReadCategoriesRequest(workspace_id=workspace_id, known_version=known_version)
        version, categories = "", list[Category]()
        for answer in self._stub.ReadCategories(request):
            version = answer.version
            categories += [Category(found.id, found.path, tuple(found.synonyms)) for found in answer.categories]
        return version, None if version == known_version else categories


def spellings_of(brands: Sequence[workspace_pb2.Brand]) -> list[Spelling]:
    """Brands with all their spellings; names come before aliases, because the first of two equal keys counts."""
    names = [(brand.id, brand.name, brand.name) for brand in brands]
    aliases = [(brand.id, brand.name, alias) for brand in brands for alias in brand.aliases]
    return names + aliases
