"""The calls of the batch Items API as the documents have them."""

from __future__ import annotations

from typing import Any, NamedTuple

from assay.ingest.v1 import (
    batch_import_service_pb2,
    catalog_version_service_pb2,
    category_tree_service_pb2,
    item_schema_service_pb2,
    streaming_item_service_pb2,
)

WHEN = {"created_at": "2024-09-05T10:50:42Z", "updated_at": "2024-09-05T10:51:42Z"}
BATCH, CATALOG, TREE = batch_import_service_pb2, catalog_version_service_pb2, category_tree_service_pb2
SCHEMA, STREAM = item_schema_service_pb2, streaming_item_service_pb2

ATTRIBUTE = {"name": "title", "type": "TEXT", "isRequired": True}
NESTED = {"name": "variant", "attributes": [{"name": "sizes", "type": "LIST", "listSubType": "TEXT"}]}
SCHEMA_BODY = {"name": "product", "attributes": [ATTRIBUTE], "nestedItemSchemas": [NESTED]}
SCHEMA_REPLY = {
    "name": "product",
    "attributes": [{"name": "title", "type": "ATTRIBUTE_TYPE_TEXT", "is_required": True}],
    "nested_item_schemas": [
        {
            "name": "variant",
            "attributes": [{"name": "sizes", "type": "ATTRIBUTE_TYPE_LIST", "list_sub_type": "ATTRIBUTE_TYPE_TEXT"}],
        }
    ],
    "version": 1,
    "tenant": "ws_demo",
    "environment": "live1",
}
SCHEMA_SHOWN = {**SCHEMA_BODY, "version": 1, "tenant": "ws_demo", "environment": "live1"}
TREE_BODY = {
    "name": "catalog01",
    "localizedNames": [{"locale": "fr_FR", "name": "Catalogue"}],
    "children": [{"name": "dresses21", "children": [{"name": "long"}]}],
}
TREE_REPLY = {
    "name": "catalog01",
    "localized_names": TREE_BODY["localizedNames"],
    "children": TREE_BODY["children"],
    "version": 1,
}
CATALOG_BODY = {
    "name": "Summer",
    "catalogItemSchemas": [{"name": "product", "version": 1}],
    "catalogCategoryTrees": [{"name": "catalog01", "version": 2}],
}
CATALOG_REPLY = {
    "version": 3,
    "name": "Summer",
    "state": "CATALOG_STATE_INACTIVE",
    "catalog_item_schemas": CATALOG_BODY["catalogItemSchemas"],
    "item_count": 0,
}
CATALOG_SHOWN = {
    "version": 3,
    "name": "Summer",
    "state": "INACTIVE",
    "catalogItemSchemas": CATALOG_BODY["catalogItemSchemas"],
    "itemCount": 0,
}
ITEM = {"id": "id1", "type": "product", "timestamp": "2024-09-05T10:50:42Z", "attributes": {"title": "Item 1"}}
VARIANT = {"id": "id2", "type": "variant", "context": "store-1", "parentId": "id1", "attributes": {"size": 2}}
KEY = {"id": "id1", "type": "product"}
RESULTS = {
    "results": [{"id": KEY, "code": 0}, {"id": {**KEY, "context": "store-1"}, "code": 600, "message": "ITEM_ID: empty"}]
}
RECEIPTS = {
    "receipts": [
        {"item_id": "id1", "receipt_id": "r-1"},
        {"item_id": "", "receipt_id": "r-2", "code": 600, "message": "ITEM_ID: empty"},
    ]
}
RECEIPTS_SHOWN = [
    {"itemId": "id1", "receiptId": "r-1"},
    {"itemId": "", "receiptId": "r-2", "code": 600, "message": "ITEM_ID: empty"},
]
CONFIGURATION = {"catalogVersion": "3", "promoteCatalogOnCompletion": True}
WHOLE_CONFIGURATION = {
    "batchImportId": "b-1",
    "catalogVersion": "3",
    "minItemCount": 10,
    "minSuccessRatePercent": 99.5,
    "source": "erp",
    "deleteMissingItems": True,
    "promoteCatalogOnCompletion": False,
}
SUCCESS = {
    "id": "i-1",
    "status": "INGESTION_STATUS_SUCCESS",
    "item_error_count": 2,
    "item_errors_summary": {"ITEM_TYPE_UNKNOWN": {"count": 2, "sample_ids": ["a", "b"]}},
    "upserted_item_count": 98,
    "deleted_item_count": 0,
    "duration": "1.25",
    **WHEN,
    "configuration": {"catalog_version": "3", "promote_catalog_on_completion": True},
    "environment": "live1",
}
SUCCESS_SHOWN = {
    "id": "i-1",
    "status": "SUCCESS",
    "itemErrorCount": 2,
    "itemErrorsSummary": {"ITEM_TYPE_UNKNOWN": {"count": 2, "sampleIds": ["a", "b"]}},
    "upsertedItemCount": 98,
    "deletedItemCount": 0,
    "duration": "1.25",
    "createdAt": WHEN["created_at"],
    "updatedAt": WHEN["updated_at"],
    "configuration": CONFIGURATION,
    "environment": "live1",
}
RUNNING = {"id": "i-2", "status": "INGESTION_STATUS_RUNNING", **WHEN, "configuration": {"catalog_version": "3"}}
RUNNING_SHOWN = {
    "id": "i-2",
    "status": "RUNNING",
    "createdAt": WHEN["created_at"],
    "updatedAt": WHEN["updated_at"],
    "configuration": {"catalogVersion": "3"},
    "environment": "",
}


class Call(NamedTuple):
    """A request, the RPC that it becomes and what that is asked beside tenant, environment and body; the answer."""

    verb: str
    path: str
    parameters: dict[str, str]
    body: Any
    module: Any
    rpc: str
    asked: dict[str, Any]
    reply: dict[str, Any]
    answer: Any


CALLS = [
    Call(
        "POST",
        "/item-schemas",
        {"fhrValidation": "True"},
        SCHEMA_BODY,
        SCHEMA,
        "CreateItemSchema",
        {"fhrValidation": "True"},
        {},
        {},
    ),
    Call(
        "PUT",
        "/item-schemas/product",
        {},
        SCHEMA_BODY,
        SCHEMA,
        "UpdateItemSchema",
        {"name": "product"},
        {"version": 2},
        {"version": 2},
    ),
    Call(
        "GET",
        "/item-schemas/product/1",
        {},
        None,
        SCHEMA,
        "GetItemSchema",
        {"name": "product", "version": 1},
        {"item_schema": SCHEMA_REPLY},
        SCHEMA_SHOWN,
    ),
    Call(
        "GET",
        "/item-schemas",
        {},
        None,
        SCHEMA,
        "ListItemSchemas",
        {},
        {"item_schemas": [SCHEMA_REPLY]},
        [SCHEMA_SHOWN],
    ),
    Call(
        "DELETE",
        "/item-schemas/product/1",
        {},
        None,
        SCHEMA,
        "DeleteItemSchema",
        {"name": "product", "version": 1},
        {},
        {},
    ),
    Call(
        "POST",
        "/category-trees",
        {"fhrValidation": "false"},
        TREE_BODY,
        TREE,
        "CreateCategoryTree",
        {"fhrValidation": "false"},
        {"version": 1},
        {"version": 1},
    ),
    Call(
        "PUT",
        "/category-trees/catalog01",
        {},
        TREE_BODY,
        TREE,
        "UpdateCategoryTree",
        {"name": "catalog01"},
        {"version": 2},
        {"version": 2},
    ),
    Call(
        "GET",
        "/category-trees/catalog01/1",
        {},
        None,
        TREE,
        "GetCategoryTree",
        {"name": "catalog01", "version": 1},
        {"category_tree": TREE_REPLY},
        {**TREE_BODY, "version": 1},
    ),
    Call(
        "GET",
        "/category-trees",
        {"nameSearchPattern": "cat*"},
        None,
        TREE,
        "ListCategoryTrees",
        {"nameSearchPattern": "cat*"},
        {"category_trees": [{"name": "catalog01", "version": 1}]},
        [{"name": "catalog01", "version": 1}],
    ),
    Call(
        "DELETE",
        "/category-trees/catalog01/1",
        {},
        None,
        TREE,
        "DeleteCategoryTree",
        {"name": "catalog01", "version": 1},
        {},
        {},
    ),
    Call(
        "POST",
        "/catalogs",
        {"createBatchImport": "true"},
        CATALOG_BODY,
        CATALOG,
        "CreateCatalogVersion",
        {"createBatchImport": True},
        {"version": 3},
        3,
    ),
    Call(
        "GET", "/catalogs", {}, None, CATALOG, "ListCatalogVersions", {}, {"catalogs": [CATALOG_REPLY]}, [CATALOG_SHOWN]
    ),
    Call("GET", "/catalogs/active", {}, None, CATALOG, "GetActiveCatalogVersion", {}, {"version": 3}, 3),
    Call(
        "POST",
        "/catalogs/activate/3",
        {"minItemCount": "5"},
        None,
        CATALOG,
        "ActivateCatalogVersion",
        {"version": 3, "minItemCount": 5},
        {},
        {},
    ),
    Call("DELETE", "/catalogs/3", {}, None, CATALOG, "DeleteCatalogVersion", {"version": 3}, {}, {}),
    Call("POST", "/batch-imports", {}, None, BATCH, "CreateBatchImport", {}, {"id": "b-1"}, {"id": "b-1"}),
    Call(
        "GET",
        "/batch-imports",
        {},
        None,
        BATCH,
        "ListBatchImports",
        {},
        {"batch_imports": [{"id": "b-1", "created_at": WHEN["created_at"]}]},
        [{"id": "b-1", "createdAt": WHEN["created_at"]}],
    ),
    Call(
        "POST",
        "/batch-imports/items",
        {"batch_id": "3"},
        [ITEM, VARIANT],
        BATCH,
        "AddItems",
        {"batch_id": "3"},
        RESULTS,
        RESULTS["results"],
    ),
    Call(
        "PATCH",
        "/batch-imports/items",
        {"batch_id": "b-1"},
        [ITEM, KEY],
        BATCH,
        "PatchItems",
        {"batch_id": "b-1"},
        RESULTS,
        RESULTS["results"],
    ),
    Call(
        "POST",
        "/batch-imports/items/delete",
        {"batch_id": "b-1"},
        [KEY],
        BATCH,
        "DeleteItems",
        {"batch_id": "b-1"},
        RESULTS,
        RESULTS["results"],
    ),
    Call(
        "POST",
        "/batch-imports/ingestions",
        {},
        CONFIGURATION,
        BATCH,
        "CreateIngestion",
        {},
        {"id": "i-1"},
        {"id": "i-1"},
    ),
    Call(
        "POST",
        "/batch-imports/ingestions",
        {},
        WHOLE_CONFIGURATION,
        BATCH,
        "CreateIngestion",
        {},
        {"id": "i-1"},
        {"id": "i-1"},
    ),
    Call(
        "GET",
        "/batch-imports/ingestions/i-1",
        {},
        None,
        BATCH,
        "GetIngestion",
        {"id": "i-1"},
        {"ingestion": SUCCESS},
        SUCCESS_SHOWN,
    ),
    Call(
        "GET",
        "/batch-imports/ingestions/i-2",
        {},
        None,
        BATCH,
        "GetIngestion",
        {"id": "i-2"},
        {"ingestion": RUNNING},
        RUNNING_SHOWN,
    ),
    Call("DELETE", "/batch-imports/ingestions/i-1", {}, None, BATCH, "DeleteIngestion", {"id": "i-1"}, {}, {}),
    Call(
        "POST",
        "/items",
        {"fhrValidation": "true"},
        [{**ITEM, "catalogVersion": 3}, VARIANT],
        STREAM,
        "UpsertStreamedItems",
        {"fhrValidation": "true"},
        RECEIPTS,
        RECEIPTS_SHOWN,
    ),
    Call(
        "PATCH",
        "/items",
        {"fhrValidation": "true"},
        [{**KEY, "catalogVersion": 3}],
        STREAM,
        "PatchStreamedItems",
        {"fhrValidation": "true"},
        RECEIPTS,
        RECEIPTS_SHOWN,
    ),
    Call(
        "POST",
        "/items/delete",
        {},
        [{**KEY, "catalogVersion": 3, "timestamp": "x"}],
        STREAM,
        "DeleteStreamedItems",
        {},
        RECEIPTS,
        RECEIPTS_SHOWN,
    ),
]
