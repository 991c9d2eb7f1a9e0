"""Every RPC of the batch Items API about things that another workspace has, for `tests.ingest.test_tenants`."""

from assay.ingest.v1 import batch_import_service_pb2 as batches
from assay.ingest.v1 import catalog_version_service_pb2 as versions
from assay.ingest.v1 import category_tree_service_pb2 as trees
from assay.ingest.v1 import item_schema_service_pb2 as schemas
from assay.ingest.v1 import streaming_item_service_pb2 as streamed

from tests.ingest.itemsapi.making import catalog, schema, tree

HERE = "secrets"
VERSION = {"name": "secret", "version": 1}
NO_SCHEMA, NO_TREE, NO_CATALOG = "ITEM_SCHEMA_NOT_FOUND", "CATEGORY_TREE_NOT_FOUND", "CATALOG_NOT_FOUND"
NO_BATCH = "BATCH_NOT_FOUND"


def _about(request, **fields):
    return lambda workspace_id, _catalog, _job: request(workspace_id=workspace_id, environment=HERE, **fields)


# Method → (request of a workspace about a catalog and a job, what the owner of nothing there is told).
CALLS = {
    "CreateItemSchema": (_about(schemas.CreateItemSchemaRequest, item_schema=schema("secret")), None),
    "UpdateItemSchema": (
        _about(schemas.UpdateItemSchemaRequest, name="secret", item_schema=schema("secret")),
        NO_SCHEMA,
    ),
    "GetItemSchema": (_about(schemas.GetItemSchemaRequest, **VERSION), NO_SCHEMA),
    "ListItemSchemas": (_about(schemas.ListItemSchemasRequest), None),
    "DeleteItemSchema": (_about(schemas.DeleteItemSchemaRequest, **VERSION), NO_SCHEMA),
    "CreateCategoryTree": (_about(trees.CreateCategoryTreeRequest, category_tree=tree("secret")), None),
    "UpdateCategoryTree": (
        _about(trees.UpdateCategoryTreeRequest, name="secret", category_tree=tree("secret")),
        NO_TREE,
    ),
    "GetCategoryTree": (_about(trees.GetCategoryTreeRequest, **VERSION), NO_TREE),
    "ListCategoryTrees": (_about(trees.ListCategoryTreesRequest), None),
    "DeleteCategoryTree": (_about(trees.DeleteCategoryTreeRequest, **VERSION), NO_TREE),
    "CreateCatalogVersion": (_about(versions.CreateCatalogVersionRequest), None),
    "ListCatalogVersions": (_about(versions.ListCatalogVersionsRequest), None),
    "GetActiveCatalogVersion": (_about(versions.GetActiveCatalogVersionRequest), "CATALOG_NOT_ACTIVE"),
    "ActivateCatalogVersion": (_about(versions.ActivateCatalogVersionRequest, version=1), NO_CATALOG),
    "DeleteCatalogVersion": (_about(versions.DeleteCatalogVersionRequest, version=2), NO_CATALOG),
    "CreateBatchImport": (_about(batches.CreateBatchImportRequest), None),
    "ListBatchImports": (_about(batches.ListBatchImportsRequest), None),
    "AddItems": (_about(batches.AddItemsRequest, batch_id="1"), NO_BATCH),
    "PatchItems": (_about(batches.PatchItemsRequest, batch_id="1"), NO_BATCH),
    "DeleteItems": (_about(batches.DeleteItemsRequest, batch_id="1"), NO_BATCH),
    "StreamItems": (
        lambda workspace_id, _catalog, _job: iter(
            [
                batches.StreamItemsRequest(
                    start=batches.ItemStreamStart(workspace_id=workspace_id, environment=HERE, batch_id="1")
                )
            ]
        ),
        NO_BATCH,
    ),
    "CreateIngestion": (
        _about(batches.CreateIngestionRequest, configuration=batches.IngestionConfiguration(catalog_version="1")),
        NO_CATALOG,
    ),
    "GetIngestion": (_about(batches.GetIngestionRequest, id="secret"), "INGESTION_NOT_FOUND"),
    "ListIngestions": (
        lambda workspace_id, _catalog, _job: batches.ListIngestionsRequest(workspace_id=workspace_id),
        None,
    ),
    "DeleteIngestion": (_about(batches.DeleteIngestionRequest, id="secret"), "INGESTION_NOT_FOUND"),
    "UpsertStreamedItems": (_about(streamed.UpsertStreamedItemsRequest), None),
    "PatchStreamedItems": (_about(streamed.PatchStreamedItemsRequest), None),
    "DeleteStreamedItems": (_about(streamed.DeleteStreamedItemsRequest), None),
}


def make_secrets(client):
    """A schema, a tree, an active catalog of version 1 and an inactive one of version 2, unless they are there."""
    there = client.ListCatalogVersions(versions.ListCatalogVersionsRequest(environment=HERE)).catalogs
    if there:
        return
    client.CreateItemSchema(schemas.CreateItemSchemaRequest(environment=HERE, item_schema=schema("secret")))
    client.CreateCategoryTree(trees.CreateCategoryTreeRequest(environment=HERE, category_tree=tree("secret")))
    for _ in range(2):
        request = versions.CreateCatalogVersionRequest(environment=HERE, catalog=catalog(["secret"], ["secret"]))
        client.CreateCatalogVersion(request)
    client.ActivateCatalogVersion(versions.ActivateCatalogVersionRequest(environment=HERE, version=1))
