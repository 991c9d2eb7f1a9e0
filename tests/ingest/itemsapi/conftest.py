"""A catalog with schemas, and short ways to fill batches and ingest them."""

import itertools
import json

import pytest
from assay.ingest.v1 import batch_import_service_pb2 as pb
from assay.ingest.v1 import catalog_version_service_pb2 as versions
from assay.ingest.v1 import item_schema_service_pb2 as schemas

from tests.ingest.itemsapi.making import attribute, catalog, schema

_NUMBERS = itertools.count(1)
PRODUCT = schema(
    "product",
    attribute("title", is_required=True),
    attribute("price", "FLOAT"),
    nested=[schema("variant", attribute("size", "INTEGER"))],
)


class Shop:
    """An environment of a workspace, with one schema."""

    def __init__(self, client, workspace, environment):
        self.client = client
        self.workspace = workspace
        self.environment = environment
        self.call(client.CreateItemSchema, schemas.CreateItemSchemaRequest, item_schema=PRODUCT)

    def call(self, method, request, **fields):
        return method(request(environment=self.environment, **fields))

    def catalog(self, schemas=("product",), *, with_batch=True):
        """A new catalog's version."""
        return self.call(
            self.client.CreateCatalogVersion,
            versions.CreateCatalogVersionRequest,
            catalog=catalog(schemas),
            create_batch_import=with_batch,
        ).version

    def remove(self, version):
        self.call(self.client.DeleteCatalogVersion, versions.DeleteCatalogVersionRequest, version=version)

    def listed(self, version):
        answer = self.call(self.client.ListCatalogVersions, versions.ListCatalogVersionsRequest)
        return next(one for one in answer.catalogs if one.version == version)

    def batch(self):
        return self.call(self.client.CreateBatchImport, pb.CreateBatchImportRequest).id

    def put(self, batch, *items):
        return self.call(self.client.AddItems, pb.AddItemsRequest, batch_id=str(batch), items=items).results

    def patch(self, batch, *items):
        return self.call(self.client.PatchItems, pb.PatchItemsRequest, batch_id=str(batch), items=items).results

    def delete(self, batch, *items):
        return self.call(self.client.DeleteItems, pb.DeleteItemsRequest, batch_id=str(batch), items=items).results

    def start(self, version, **configuration):
        told = pb.IngestionConfiguration(catalog_version=str(version), **configuration)
        return self.call(self.client.CreateIngestion, pb.CreateIngestionRequest, configuration=told).id

    def get(self, ingestion):
        return self.call(self.client.GetIngestion, pb.GetIngestionRequest, id=ingestion).ingestion

    def ingest(self, version, **configuration):
        """Starts an ingestion and waits for its end."""
        ingestion = self.start(version, **configuration)
        self.workspace.wait(ingestion)
        return self.get(ingestion)

    def items(self, version):
        """Documents by product id."""
        rows = self.client.read(catalog_id=self.listed(version).catalog_id)
        return {product_id: json.loads(document) for product_id, _, document in rows}


@pytest.fixture
def shop(client, workspace):
    return Shop(client, workspace, f"live{next(_NUMBERS)}")


def item(item_id, item_type="product", /, *, parent=None, context=None, at=None, **attributes):
    """An item; `at` is a time of day on the first of 2024."""
    return pb.ItemContent(
        id=item_id,
        type=item_type,
        context=context,
        parent_id=parent,
        timestamp=at and f"2024-01-01T{at}:00Z",
        attributes=json.dumps(attributes),
    )


def gone(item_id, item_type="product", /, *, context=None, at=None):
    return pb.ItemDeletion(id=item_id, type=item_type, context=context, timestamp=at and f"2024-01-01T{at}:00Z")
