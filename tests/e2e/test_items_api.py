"""A client of the batch Items API, as its documents say, and the pipeline on the catalog that it fills."""

import signal
import time

import pytest

pytestmark = pytest.mark.e2e

SCOPE = {"tenant": "ws_demo", "environment": "live1"}
SECONDS = 120


class Shop:
    """Calls with a tenant and an environment."""

    def __init__(self, stack):
        self.stack = stack
        self.headers = {"Authorization": f"Bearer {stack.key}"}

    def call(self, verb, path, body=None, **params):
        """503 is tried again, as the documents advise."""
        deadline = time.monotonic() + SECONDS
        while True:
            answer = self.stack.http.request(
                verb, f"{self.stack.url}{path}", json=body, params=SCOPE | params, headers=self.headers
            )
            if answer.status_code != 503 or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, ingestion):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            told = self.call("GET", f"/batch-imports/ingestions/{ingestion}")
            if told["status"] != "RUNNING":
                return told
            time.sleep(0.1)
        raise AssertionError(f"the ingestion does not end: {told}")


def items(count, title="Lamp"):
    for start in range(0, count, 1_000):
        numbers = range(start, min(count, start + 1_000))
        yield [
            {"id": f"sku-{n}", "type": "product", "attributes": {"title": f"{title} {n}", "price": n}} for n in numbers
        ]


@pytest.fixture
def shop(make_stack):
    shop = Shop(make_stack().start())
    schema = {"name": "product", "attributes": [{"name": "title", "type": "TEXT", "isRequired": True}]}
    assert shop.call("POST", "/item-schemas", schema) == {}
    return shop


def test_a_catalog_is_replaced_as_the_documents_say(shop):
    catalog = {"catalogItemSchemas": [{"name": "product", "version": 1}]}
    version = shop.call("POST", "/catalogs", catalog, createBatchImport="true")
    sent = [
        {"id": "id1", "type": "product", "timestamp": "2024-09-05T10:50:42Z", "attributes": {"title": "Item 1"}},
        {"id": "id 2", "type": "product", "attributes": {"title": "Item 2"}},
        {"id": "id3", "type": "product", "attributes": {"price": 2}},
    ]
    added = shop.call("POST", "/batch-imports/items", sent, batch_id=version)
    assert added[0] == {"id": {"id": "id1", "type": "product"}, "code": 0}
    assert [one["code"] for one in added] == [0, 600, 0]
    patch = [{"id": "id1", "type": "product", "attributes": {"url": "https://example.com/item1_patch"}}]
    assert shop.call("PATCH", "/batch-imports/items", patch, batch_id=version)[0]["code"] == 0
    body = {"catalogVersion": version, "promoteCatalogOnCompletion": True, "minSuccessRatePercent": 50}
    told = shop.ended(shop.call("POST", "/batch-imports/ingestions", body)["id"])
    assert (told["status"], told["upsertedItemCount"], told["itemErrorCount"]) == ("SUCCESS", 1, 1)
    assert told["itemErrorsSummary"] == {"ITEM_ATTRIBUTE_REQUIRED": {"count": 1, "sampleIds": ["id3"]}}
    assert shop.call("GET", "/catalogs/active") == version
    (listed,) = shop.call("GET", "/catalogs")
    assert (listed["state"], listed["itemCount"]) == ("ACTIVE", 1)
    receipts = shop.call("POST", "/items", [{"id": "id4", "type": "product", "attributes": {"title": "Streamed"}}])
    assert (receipts[0]["itemId"], set(receipts[0])) == ("id4", {"itemId", "receiptId"})

    client = shop.stack.client()
    summary = client.run("silver", listed["catalogId"], imageChecks="syntax", unknownBrands="register")
    assert summary["processed"] == 2
    assert len(client.run("gold", listed["catalogId"])["results"]) == 2
    product = client.get("catalog/products/id1", catalog_id=listed["catalogId"]).json()
    assert (product["title"], product["pipelineStage"]) == ("Item 1", "gold")

    refused = shop.stack.http.get(f"{shop.stack.url}/catalogs", params={"tenant": "ws_demo"}, headers=shop.headers)
    assert (refused.status_code, refused.json()) == (
        400,
        {"code": 3, "message": "Tenant and Environment are required", "details": []},
    )


@pytest.mark.parametrize("kills", [1, 3])
def test_an_ingestion_survives_whatever_kills_the_service(shop, kills):
    """Nothing is applied twice, and readers see the catalog before or after."""
    catalog = {"catalogItemSchemas": [{"name": "product", "version": 1}]}
    version = shop.call("POST", "/catalogs", catalog, createBatchImport="true")
    for some in items(2_000, "Old"):
        shop.call("POST", "/batch-imports/items", some, batch_id=version)
    shop.ended(shop.call("POST", "/batch-imports/ingestions", {"catalogVersion": version})["id"])
    batch = shop.call("POST", "/batch-imports")["id"]
    for some in items(20_000, "New"):
        shop.call("POST", "/batch-imports/items", some, batch_id=batch)
    body = {"catalogVersion": version, "batchImportId": batch}
    ingestion = shop.call("POST", "/batch-imports/ingestions", body)["id"]
    for _ in range(kills):
        shop.stack.child("ingest").send_signal(signal.SIGKILL)
        time.sleep(0.3)
    told = shop.ended(ingestion)
    assert (told["status"], told["upsertedItemCount"], told["itemErrorCount"]) == ("SUCCESS", 20_000, 0)
    (listed,) = shop.call("GET", "/catalogs")
    assert listed["itemCount"] == 20_000
    assert shop.stack.client().wait(ingestion)["status"] == "completed"
    again = shop.ended(shop.call("POST", "/batch-imports/ingestions", body)["id"])
    assert (again["status"], again["upsertedItemCount"]) == ("SUCCESS", 20_000)
    assert shop.call("GET", "/catalogs")[0]["itemCount"] == 20_000
