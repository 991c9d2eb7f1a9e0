"""Item schemas."""

from assay.ingest.v1.item_schema_service_pb2 import ItemSchema

from services.ingest.items_errors import ItemSchemaRefused
from services.ingest.store.versioned import Kind, VersionedStore
from services.ingest.tables import catalogs, item_schemas
from services.runtime.database import Database
from services.runtime.errors import FieldViolation


def _exists(name: str) -> ItemSchemaRefused:
    return ItemSchemaRefused(
        "ITEM_SCHEMA_ALREADY_EXISTS",
        f"schema names should be unique per tenant: {name} exists already, use the update method",
        [FieldViolation("name", "Is the name of another item schema.")],
    )


ITEM_SCHEMAS = Kind(item_schemas, ItemSchema, catalogs.c.schemas, "ITEM_SCHEMA", "Item schema", _exists)


class ItemSchemaStore(VersionedStore[ItemSchema]):
    """See VersionedStore. A name that is taken: ItemSchemaRefused (ITEM_SCHEMA_ALREADY_EXISTS)."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, ITEM_SCHEMAS)
