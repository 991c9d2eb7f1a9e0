"""What Gold asks of its neighbours: catalogs of ingest, normalised products of Silver."""

from collections.abc import Sequence

import grpc
import polars as pl
from assay.common.v1 import run_pb2
from assay.ingest.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from assay.silver.v1 import product_service_pb2, product_service_pb2_grpc

from services.gold.rubric.fields import IMAGE_FAULT, TEXT_COLUMNS
from services.runtime.jobs.cuts import IdRange

_DOCUMENT = pl.Struct(
    {
        **{name: pl.String for name in TEXT_COLUMNS if name != "attributes"},
        "secondaryImages": pl.List(pl.String),
    }
)
# The rubric reads no more of it yet than this; see ReadProductsResponse.
_IMAGES = pl.Struct({"primary": pl.Struct({"reason": pl.String})})


class Neighbours:
    """Clients of ingest and Silver. NOT_FOUND (CATALOG_NOT_FOUND) of theirs passes through."""

    def __init__(self, ingest: grpc.Channel, silver: grpc.Channel) -> None:
        self._catalogs = catalog_service_pb2_grpc.CatalogServiceStub(ingest)
        self._products = product_service_pb2_grpc.ProductServiceStub(silver)

    def require_catalog(self, workspace_id: str, catalog_id: str) -> None:
        """Returns when the workspace has the catalog."""
        self._catalogs.GetCatalog(
            catalog_service_pb2.GetCatalogRequest(workspace_id=workspace_id, catalog_id=catalog_id)
        )

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
        return pl.concat(
            [
                _frame_of(product_service_pb2.ReadProductsResponse()),
                *map(_frame_of, self._products.ReadProducts(request)),
            ]
        )


def _frame_of(answer: product_service_pb2.ReadProductsResponse) -> pl.DataFrame:
    """One message as a frame: `product_id`, `_in_silver`, `_fingerprint` and the columns the rubric reads."""
    documents = pl.Series("_document", answer.documents, dtype=pl.String)
    decoded = documents.replace("", None).str.json_decode(_DOCUMENT).struct.unnest()
    return pl.DataFrame(
        [
            pl.Series("product_id", answer.ids, dtype=pl.String),
            pl.Series("_in_silver", answer.states, dtype=pl.Int32) == product_service_pb2.PRODUCT_STATE_SILVER,
            pl.Series("_fingerprint", answer.fingerprints, dtype=pl.String),
            pl.Series("attributes", answer.attributes, dtype=pl.String),
            _image_faults(answer),
            *decoded.get_columns(),
        ]
    )


def _image_faults(answer: product_service_pb2.ReadProductsResponse) -> pl.Series:
    """Why each product's primary image cannot be shown: empty where it can, null where that is not known."""
    if not any(answer.images):
        return pl.Series(IMAGE_FAULT, [None], dtype=pl.String).new_from_index(0, len(answer.ids))
    images = pl.Series(IMAGE_FAULT, answer.images, dtype=pl.String).replace("", None)
    return images.str.json_decode(_IMAGES).struct.field("primary").struct.field("reason").alias(IMAGE_FAULT)
