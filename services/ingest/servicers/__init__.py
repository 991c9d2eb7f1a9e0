"""The RPCs of the ingest service."""

from services.ingest.servicers.batches import BatchImportServicer
from services.ingest.servicers.catalogs import CatalogServicer
from services.ingest.servicers.imports import ImportServicer
from services.ingest.servicers.items import ItemServicer
from services.ingest.servicers.schemas import ItemSchemaServicer
from services.ingest.servicers.streamed import StreamingItemServicer
from services.ingest.servicers.trees import CategoryTreeServicer
from services.ingest.servicers.versions import CatalogVersionServicer

__all__ = [
    "BatchImportServicer",
    "CatalogServicer",
    "CatalogVersionServicer",
    "CategoryTreeServicer",
    "ImportServicer",
    "ItemSchemaServicer",
    "ItemServicer",
    "StreamingItemServicer",
]
