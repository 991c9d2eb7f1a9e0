"""What the ingest service keeps, and how it is written: SQLAlchemy Core over the tables of `services.ingest.tables`."""

from services.ingest.store.catalogs import CatalogStore
from services.ingest.store.imports import ImportStore
from services.ingest.store.items import ItemStore

__all__ = ["CatalogStore", "ImportStore", "ItemStore"]
