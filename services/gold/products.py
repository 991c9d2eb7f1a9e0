"""What Gold asks of its neighbours: catalogs of ingest, normalised products of Silver, settings of the workspace."""

import threading
from collections.abc import Sequence
from typing import Any, Final

import grpc
import polars as pl
from assay.common.v1 import run_pb2
from assay.ingest.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from assay.silver.v1 import product_pb2, product_service_pb2, product_service_pb2_grpc
from assay.workspace.v1 import settings_pb2, settings_service_pb2, settings_service_pb2_grpc
from cachetools import TTLCache

from services.gold.inputs import inputs_of
from services.gold.rubric.features import IMAGE_FAULT, TEXTS
from services.runtime.database import chunked
from services.runtime.jobs import Target
from services.runtime.jobs.cuts import IdRange
from services.runtime.jobs.gone import ASK_SECONDS

CATALOGS_PER_PAGE: Final = 100
ASKED_AT_ONCE: Final = 10_000
"""Catalogs that ingest is asked about in one call."""
DECODED_AT_ONCE: Final = 256
KNOWN: Final = 10_000
"""Catalogs and workspaces that are remembered for some seconds."""
_DOCUMENT = pl.Struct(
    {
        **{name: pl.String for name in TEXTS if name != "attributes"},
        "secondaryImages": pl.List(pl.String),
    }
)
_IMAGE = pl.Struct({"reason": pl.String, "width": pl.Int32, "height": pl.Int32})
_IMAGES = pl.Struct({"primary": _IMAGE, "secondary": pl.List(_IMAGE)})
_IN_SILVER: Final = product_service_pb2.PRODUCT_STATE_SILVER
_UNLINKED = (product_pb2.CATEGORY_STATE_AMBIGUOUS, product_pb2.CATEGORY_STATE_UNKNOWN)


class Neighbours:
    """Clients of the other services. NOT_FOUND (CATALOG_NOT_FOUND) of theirs passes through."""

    def __init__(
        self, ingest: grpc.Channel, silver: grpc.Channel, workspace: grpc.Channel, *, known_seconds: float
    ) -> None:
        self._catalogs = catalog_service_pb2_grpc.CatalogServiceStub(ingest)
        self._products = product_service_pb2_grpc.ProductServiceStub(silver)
        self._settings = settings_service_pb2_grpc.SettingsServiceStub(workspace)
        self._known_catalogs: TTLCache[tuple[str, str], bool] = TTLCache(KNOWN, known_seconds)
        self._known_settings: TTLCache[str, settings_pb2.PipelineSettings] = TTLCache(KNOWN, known_seconds)
        self._lock = threading.Lock()

    def require_catalog(self, workspace_id: str, catalog_id: str) -> None:
        """Returns when the workspace has the catalog. One that was there is taken to be there for some seconds."""
        with self._lock:
            if (workspace_id, catalog_id) in self._known_catalogs:
                return
        self._catalogs.GetCatalog(
            catalog_service_pb2.GetCatalogRequest(workspace_id=workspace_id, catalog_id=catalog_id)
        )
        with self._lock:
            self._known_catalogs[workspace_id, catalog_id] = True

    def catalog_ids(self, workspace_id: str) -> list[str]:
        """The ids of all catalogs of the workspace, in their order."""
        ids: list[str] = []
        token = ""
        while True:
            answer = self._catalogs.ListCatalogs(
                catalog_service_pb2.ListCatalogsRequest(
                    workspace_id=workspace_id, page_size=CATALOGS_PER_PAGE, page_token=token
                )
            )
            ids += [catalog.id for catalog in answer.catalogs]
            token = answer.pagination.cursor
            if not answer.pagination.has_more:
                return sorted(ids)

    def deleted(self, catalogs: Sequence[Target]) -> set[str]:
        """The ids of those of these catalogs that were deleted."""
        found: set[str] = set()
        for some in chunked(catalogs, ASKED_AT_ONCE):
            names = [catalog_service_pb2.CatalogName(workspace_id=one.workspace_id, catalog_id=one.id) for one in some]
            request = catalog_service_pb2.FindDeletedCatalogsRequest(catalogs=names)
            found.update(self._catalogs.FindDeletedCatalogs(request, timeout=ASK_SECONDS).catalog_ids)
        return found

    def settings(self, workspace_id: str) -> settings_pb2.PipelineSettings:
        """The workspace's pipeline settings, some seconds old at most."""
        with self._lock:
            known = self._known_settings.get(workspace_id)
        if known is not None:
            return known
        request = settings_service_pb2.GetPipelineSettingsRequest(workspace_id=workspace_id)
        found: settings_pb2.PipelineSettings = self._settings.GetPipelineSettings(request).settings
        with self._lock:
            self._known_settings[workspace_id] = found
        return found

    def plan(self, workspace_id: str, catalog_id: str, size: int) -> catalog_service_pb2.PlanPartitionsResponse:
        """Ranges of about `size` products, and how many products there are."""
        answer: catalog_service_pb2.PlanPartitionsResponse = self._catalogs.PlanPartitions(
            catalog_service_pb2.PlanPartitionsRequest(
                workspace_id=workspace_id, catalog_id=catalog_id, partition_size=size
            )
        )
        return answer

    def read_range(self, workspace_id: str, catalog_id: str, ids: IdRange) -> pl.DataFrame:
        """Every product of the catalog in the range, in id order. Columns: see `_frame_of`."""
        return self._read(
            product_service_pb2.ReadProductsRequest(
                workspace_id=workspace_id,
                catalog_id=catalog_id,
                range=ids.message(),
            )
        )

    def read_list(self, workspace_id: str, catalog_id: str, ids: Sequence[str]) -> pl.DataFrame:
        """The products with these ids that exist, in no particular order. Columns: see `_frame_of`."""
        return self._read(
            product_service_pb2.ReadProductsRequest(
                workspace_id=workspace_id, catalog_id=catalog_id, list=run_pb2.IdList(ids=ids)
            )
        )

    def _read(self, request: product_service_pb2.ReadProductsRequest) -> pl.DataFrame:
        return _frame_of(list(self._products.ReadProducts(request)))


def _frame_of(answers: Sequence[product_service_pb2.ReadProductsResponse]) -> pl.DataFrame:
    """Messages as one frame: `product_id`, `_in_silver`, `_inputs`, `_fingerprint` and the columns the rubric reads.

    All at once, because what is done here takes milliseconds on any number of products.
    """
    ids = _joined(answers, "ids")
    # A Silver that is older does not tell these.
    states, shared, images = (
        _joined(answers, name) or [nothing] * len(ids)
        for name, nothing in (("category_states", 0), ("shared_gtins", 0), ("images", ""))
    )
    documents = pl.Series("_document", [text or None for text in _joined(answers, "documents")], dtype=pl.String)
    told = [
        pl.Series("_fingerprint", _joined(answers, "fingerprints"), dtype=pl.String),
        pl.Series("attributes", _joined(answers, "attributes"), dtype=pl.String),
        pl.Series("_category_unlinked", [state in _UNLINKED for state in states], dtype=pl.Boolean),
        pl.Series("_shared_gtin", shared, dtype=pl.Int32),
    ]
    return pl.DataFrame(
        [
            pl.Series("product_id", ids, dtype=pl.String),
            pl.Series("_in_silver", [state == _IN_SILVER for state in _joined(answers, "states")], dtype=pl.Boolean),
            inputs_of([documents, pl.Series("_images", images, dtype=pl.String), *told]),
            *told,
            *_images(images),
            *_decoded(documents).get_columns(),
        ]
    )


def _decoded(documents: pl.Series) -> pl.DataFrame:
    """The fields of JSON texts, some hundred texts at a time: what a text is parsed into stays in the cache then, and a
    partition takes two thirds of the time.
    """
    parts = (documents.slice(start, DECODED_AT_ONCE) for start in range(0, max(1, len(documents)), DECODED_AT_ONCE))
    return pl.concat([part.str.json_decode(_DOCUMENT) for part in parts], rechunk=True).struct.unnest()


def _joined(answers: Sequence[product_service_pb2.ReadProductsResponse], name: str) -> list[Any]:
    """A field of all messages, one behind the other."""
    values: list[Any] = []
    for answer in answers:
        values.extend(getattr(answer, name))
    return values


def _images(images: Sequence[str]) -> list[pl.Series]:
    """What is known of the images: why the primary one cannot be shown (empty where it can), its size in pixels, and
    how many others cannot be shown; null where nothing is known.
    """
    if not any(images):
        return [pl.Series(name, [None] * len(images), dtype=dtype) for name, dtype in _IMAGE_COLUMNS.items()]
    told = pl.Series([text or None for text in images], dtype=pl.String).str.json_decode(_IMAGES).struct
    primary = told.field("primary").struct
    others = told.field("secondary").list.eval(pl.element().struct.field("reason").str.len_bytes() > 0)
    columns = (primary.field("reason"), primary.field("width"), primary.field("height"), others.list.sum())
    return [
        column.cast(dtype).alias(name) for (name, dtype), column in zip(_IMAGE_COLUMNS.items(), columns, strict=True)
    ]


_IMAGE_COLUMNS: Final = {
    IMAGE_FAULT: pl.String,
    "_image_width": pl.Int32,
    "_image_height": pl.Int32,
    "_secondary_faults": pl.Int32,
}
