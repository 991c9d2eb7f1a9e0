"""The RPCs of the ingest service."""

from services.ingest.servicers.catalogs import CatalogServicer
from services.ingest.servicers.imports import ImportServicer
from services.ingest.servicers.items import ItemServicer

__all__ = ["CatalogServicer", "ImportServicer", "ItemServicer"]
