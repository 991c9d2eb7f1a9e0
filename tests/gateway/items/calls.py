"""The calls of the batch Items API as the documents have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assay.ingest.v1 import (
    batch_import_service_pb2,
    catalog_version_service_pb2,
    category_tree_service_pb2,
    item_schema_service_pb2,
    streaming_item_service_pb2,
)

from tests.gateway.items.samples import (
    CATALOG_BODY,
    CATALOG_REPLY,
    CATALOG_SHOWN,
    CONFIGURATION,
    ITEM,
    KEY,
    RECEIPTS,
    RECEIPTS_SHOWN,
    RESULTS,
    RUNNING,
    RUNNING_SHOWN,
    SCHEMA_BODY,
    SCHEMA_REPLY,
    SCHEMA_SHOWN,
    SUCCESS,
    SUCCESS_SHOWN,
    TREE_BODY,
    TREE_REPLY,
    VARIANT,
    WHEN,
    WHOLE_CONFIGURATION,
)

BATCH, CATALOG, TREE = batch_import_service_pb2, catalog_version_service_pb2, category_tree_service_pb2
SCHEMA, STREAM = item_schema_service_pb2, streaming_item_service_pb2
NOTHING: Mapping[str, Any] = {}


class Call(NamedTuple):
    """A request, the RPC that it becomes and what that is asked beside tenant, environment and body; the answer."""

    verb: str
    path: str
    module: Any
    rpc: str
    parameters: Mapping[str, str] = {}
    body: Any = None
    asked: Mapping[str, Any] = {}
    reply: Mapping[str, Any] = {}
    answer: Any = NOTHING


CALLS = [
    Call(
        "POST",
        "/item-schemas",
        SCHEMA,
        "CreateItemSchema",
        parameters={"fhrValidation": "True"},
        body=SCHEMA_BODY,
        asked={"fhrValidation": "True"},
    ),
    Call(
        "PUT",
        "/item-schemas/product",
        SCHEMA,
        "UpdateItemSchema",
        body=SCHEMA_BODY,
        asked={"name": "product"},
        reply={"version": 2},
        answer={"version": 2},
    ),
    Call(
        "GET",
        "/item-schemas/product/1",
        SCHEMA,
        "GetItemSchema",
        asked={"name": "product", "version": 1},
        reply={"item_schema": SCHEMA_REPLY},
        answer=SCHEMA_SHOWN,
    ),
    Call(
        "GET", "/item-schemas", SCHEMA, "ListItemSchemas", reply={"item_schemas": [SCHEMA_REPLY]}, answer=[SCHEMA_SHOWN]
    ),
    Call("DELETE", "/item-schemas/product/1", SCHEMA, "DeleteItemSchema", asked={"name": "product", "version": 1}),
    Call(
        "POST",
        "/category-trees",
        TREE,
        "CreateCategoryTree",
        parameters={"fhrValidation": "false"},
        body=TREE_BODY,
        asked={"fhrValidation": "false"},
        reply={"version": 1},
        answer={"version": 1},
    ),
    Call(
        "PUT",
        "/category-trees/catalog01",
        TREE,
        "UpdateCategoryTree",
        body=TREE_BODY,
        asked={"name": "catalog01"},
        reply={"version": 2},
        answer={"version": 2},
    ),
    Call(
        "GET",
        "/category-trees/catalog01/1",
        TREE,
        "GetCategoryTree",
        asked={"name": "catalog01", "version": 1},
        reply={"category_tree": TREE_REPLY},
        answer={**TREE_BODY, "version": 1},
    ),
    Call(
        "GET",
        "/category-trees",
        TREE,
        "ListCategoryTrees",
        parameters={"nameSearchPattern": "cat*"},
        asked={"nameSearchPattern": "cat*"},
        reply={"category_trees": [{"name": "catalog01", "version": 1}]},
        answer=[{"name": "catalog01", "version": 1}],
    ),
    Call(
        "DELETE", "/category-trees/catalog01/1", TREE, "DeleteCategoryTree", asked={"name": "catalog01", "version": 1}
    ),
    Call(
        "POST",
        "/catalogs",
        CATALOG,
        "CreateCatalogVersion",
        parameters={"createBatchImport": "true"},
        body=CATALOG_BODY,
        asked={"createBatchImport": True},
        reply={"version": 3},
        answer=3,
    ),
    Call(
        "GET", "/catalogs", CATALOG, "ListCatalogVersions", reply={"catalogs": [CATALOG_REPLY]}, answer=[CATALOG_SHOWN]
    ),
    Call("GET", "/catalogs/active", CATALOG, "GetActiveCatalogVersion", reply={"version": 3}, answer=3),
    Call(
        "POST",
        "/catalogs/activate/3",
        CATALOG,
        "ActivateCatalogVersion",
        parameters={"minItemCount": "5"},
        asked={"version": 3, "minItemCount": 5},
    ),
    Call("DELETE", "/catalogs/3", CATALOG, "DeleteCatalogVersion", asked={"version": 3}),
    Call("POST", "/batch-imports", BATCH, "CreateBatchImport", reply={"id": "b-1"}, answer={"id": "b-1"}),
    Call(
        "GET",
        "/batch-imports",
        BATCH,
        "ListBatchImports",
        reply={"batch_imports": [{"id": "b-1", "created_at": WHEN["created_at"]}]},
        answer=[{"id": "b-1", "createdAt": WHEN["created_at"]}],
    ),
    Call(
        "POST",
        "/batch-imports/items",
        BATCH,
        "AddItems",
        parameters={"batch_id": "3"},
        body=[ITEM, VARIANT],
        asked={"batch_id": "3"},
        reply=RESULTS,
        answer=RESULTS["results"],
    ),
    Call(
        "PATCH",
        "/batch-imports/items",
        BATCH,
        "PatchItems",
        parameters={"batch_id": "b-1"},
        body=[ITEM, KEY],
        asked={"batch_id": "b-1"},
        reply=RESULTS,
        answer=RESULTS["results"],
    ),
    Call(
        "POST",
        "/batch-imports/items/delete",
        BATCH,
        "DeleteItems",
        parameters={"batch_id": "b-1"},
        body=[KEY],
        asked={"batch_id": "b-1"},
        reply=RESULTS,
        answer=RESULTS["results"],
    ),
    Call(
        "POST",
        "/batch-imports/ingestions",
        BATCH,
        "CreateIngestion",
        body=CONFIGURATION,
        reply={"id": "i-1"},
        answer={"id": "i-1"},
    ),
    Call(
        "POST",
        "/batch-imports/ingestions",
        BATCH,
        "CreateIngestion",
        body=WHOLE_CONFIGURATION,
        reply={"id": "i-1"},
        answer={"id": "i-1"},
    ),
    Call(
        "GET",
        "/batch-imports/ingestions/i-1",
        BATCH,
        "GetIngestion",
        asked={"id": "i-1"},
        reply={"ingestion": SUCCESS},
        answer=SUCCESS_SHOWN,
    ),
    Call(
        "GET",
        "/batch-imports/ingestions/i-2",
        BATCH,
        "GetIngestion",
        asked={"id": "i-2"},
        reply={"ingestion": RUNNING},
        answer=RUNNING_SHOWN,
    ),
    Call("DELETE", "/batch-imports/ingestions/i-1", BATCH, "DeleteIngestion", asked={"id": "i-1"}),
    Call(
        "POST",
        "/items",
        STREAM,
        "UpsertStreamedItems",
        parameters={"fhrValidation": "true"},
        body=[{**ITEM, "catalogVersion": 3}, VARIANT],
        asked={"fhrValidation": "true"},
        reply=RECEIPTS,
        answer=RECEIPTS_SHOWN,
    ),
    Call(
        "PATCH",
        "/items",
        STREAM,
        "PatchStreamedItems",
        parameters={"fhrValidation": "true"},
        body=[{**KEY, "catalogVersion": 3}],
        asked={"fhrValidation": "true"},
        reply=RECEIPTS,
        answer=RECEIPTS_SHOWN,
    ),
    Call(
        "POST",
        "/items/delete",
        STREAM,
        "DeleteStreamedItems",
        body=[{**KEY, "catalogVersion": 3, "timestamp": "x"}],
        reply=RECEIPTS,
        answer=RECEIPTS_SHOWN,
    ),
]
