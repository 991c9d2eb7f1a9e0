"""What the ingest service keeps, and how it is written: SQLAlchemy Core over the tables of `services.ingest.tables`."""

from services.ingest.store.batches import BatchStore
from services.ingest.store.catalogs import CatalogStore
from services.ingest.store.contents import ContentStore
from services.ingest.store.imports import ImportStore
from services.ingest.store.ingestions import IngestionStore
from services.ingest.store.items import ItemStore
from services.ingest.store.schemas import ItemSchemaStore
from services.ingest.store.streamed import StreamStore
from services.ingest.store.trees import CategoryTreeStore
from services.ingest.store.versions import CatalogVersionStore

__all__ = [
    "BatchStore",
    "CatalogStore",
    "CatalogVersionStore",
    "CategoryTreeStore",
    "ContentStore",
    "ImportStore",
    "IngestionStore",
    "ItemSchemaStore",
    "ItemStore",
    "StreamStore",
]
