"""Duplicates over REST: what a product says of the one it repeats."""

import uuid

import pytest

pytestmark = pytest.mark.e2e

SCOPES = ("catalogs:read", "catalogs:write", "products:read", "products:write", "jobs:read")
FILE = """id,title,price,ean
cam-1,Zorvex compact camera black DSC-W120B,199.00,
pen-1,Ballpoint pen,1.50,4006381333931
pen-2,Biro,1.60,4006381333931
cam-2,"Zorvex DSC-W120/B digital still camera, black",205.00,
"""


@pytest.fixture
def tenant(stack):
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    return stack.client(stack.make_key(workspace, *SCOPES), workspace)


def test_a_product_tells_why_it_is_a_duplicate(tenant):
    catalog = tenant.new_catalog("twice")
    tenant.import_file(FILE, catalog)
    run = tenant.run("silver", catalog)
    marks = {result["productId"]: result["duplicateOf"] for result in run["results"]}
    assert marks == {"cam-1": None, "cam-2": "cam-1", "pen-1": None, "pen-2": "pen-1"}

    def evidence(product):
        return tenant.product(catalog, product).get("duplicateEvidence")

    camera, pen = evidence("cam-2"), evidence("pen-2")
    assert evidence("cam-1") is None
    assert 0.5 < camera.pop("similarity") <= 1
    assert camera == {
        "strength": "likely",
        "matchedProductId": "cam-1",
        "keys": [],
        "agree": ["title", "model", "color", "price"],
        "disagree": [],
    }
    assert pen == {
        "strength": "certain",
        "matchedProductId": "pen-1",
        "keys": ["gtin"],
        "similarity": 1,
        "agree": ["gtin"],
        "disagree": ["title", "price"],
    }

    again = tenant.run("silver", catalog, duplicates="certain")
    assert {one["productId"]: one["duplicateOf"] for one in again["results"]}["cam-2"] is None
    assert evidence("cam-2") is None
    job = tenant.get("jobs", kind="silver", limit=1).json()["data"][0]
    assert (job["result"]["duplicates"], job["result"]["likelyDuplicates"]) == (1, 0)
