"""Bodies and answers of the batch Items API, and the replies that become such answers."""

from __future__ import annotations

WHEN = {"created_at": "2024-09-05T10:50:42Z", "updated_at": "2024-09-05T10:51:42Z"}

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
    "itemWarningsSummary": {},
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
