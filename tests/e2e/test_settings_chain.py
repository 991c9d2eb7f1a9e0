"""Settings that have jobs follow jobs, and runs that only preview, over the whole stack."""

import time
import uuid

import pytest

pytestmark = pytest.mark.e2e

SCOPES = (
    *("catalogs:read", "catalogs:write", "products:read", "products:write", "jobs:read", "jobs:write"),
    *("settings:read", "settings:write", "brands:read"),
)
PATH = "settings/pipeline"
ROWS = "id,brand,title,price,currency,gtin\nA,Acme,Lamp,9.90,EUR,4006381333931\nB,Acme,Lamp,9.90,EUR,4006381333931\n"
REGISTER = {"unknownBrands": "register"}
WAIT_SECONDS = 60


@pytest.fixture
def tenant(stack):
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    client = stack.client(stack.make_key(workspace, *SCOPES), workspace)
    client.workspace = workspace
    return client


def chain(tenant, catalog, kinds):
    """The jobs of the catalog, oldest first, as soon as they are of these kinds and have all ended well."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        answer = tenant.get("jobs", catalog_id=catalog, limit=100)
        assert answer.status_code == 200, answer.text
        jobs = answer.json()["data"][::-1]
        if [job["kind"] for job in jobs] == kinds and all(job["status"] == "completed" for job in jobs):
            return jobs
        told = [(job["kind"], job["status"], job["error"]) for job in jobs]
        assert time.monotonic() < deadline and not any(job["status"] == "failed" for job in jobs), told
        time.sleep(0.3)


def test_one_import_ends_in_scores(tenant):
    tenant.put(PATH, {"autoTriggerSilver": True, "autoTriggerGold": True} | REGISTER)
    catalog = tenant.new_catalog()
    tenant.import_file(ROWS, catalog)
    imported, silver, gold = chain(tenant, catalog, ["import", "silver", "gold"])
    assert "triggeredBy" not in imported
    assert (silver["triggeredBy"], gold["triggeredBy"]) == (imported["id"], silver["id"])
    assert silver["result"]["succeeded"] == gold["result"]["succeeded"] == 2
    product = tenant.product(catalog, "B")
    assert (product["pipelineStage"], product["duplicateOf"]) == ("gold", "A")
    assert product["optimizationScore"] > 0

    tenant.import_file(ROWS, catalog)  # changes nothing: nothing follows
    tenant.import_file(ROWS.replace("Lamp", "Desk lamp"), catalog)
    jobs = chain(tenant, catalog, ["import", "silver", "gold", "import", "import", "silver", "gold"])
    assert jobs[5]["triggeredBy"] == jobs[4]["id"]
    assert tenant.product(catalog, "A")["title"] == "Desk lamp"


def test_gold_follows_a_run_over_some_products(tenant):
    catalog = tenant.new_catalog()
    tenant.import_file(ROWS, catalog)
    tenant.put(PATH, {"autoTriggerGold": True} | REGISTER)
    tenant.run("silver", catalog, scope="selection", productIds=["B"])
    gold = chain(tenant, catalog, ["import", "silver", "gold"])[-1]
    assert gold["result"]["processed"] == 1
    assert tenant.product(catalog, "B")["pipelineStage"] == "gold"
    assert tenant.product(catalog, "A")["pipelineStage"] == "bronze"


def test_a_preview_changes_nothing_and_nothing_follows_it(tenant):
    tenant.put(PATH, {"autoTriggerSilver": True, "autoTriggerGold": True, "previewMode": True} | REGISTER)
    catalog = tenant.new_catalog()
    tenant.import_file(ROWS, catalog)
    preview = tenant.run("silver", catalog)
    assert [(result["status"], result["duplicateOf"]) for result in preview["results"]] == [
        ("success", None),
        ("success", "A"),
    ]
    assert tenant.product(catalog, "A")["pipelineStage"] == "bronze"
    assert tenant.get("brands").json()["data"] == []
    job = chain(tenant, catalog, ["import", "silver"])[-1]
    assert tenant.get(f"jobs/{job['id']}/results").json()["data"] == preview["results"]
    assert tenant.run("gold", catalog)["results"][0]["status"] == "error"

    real = tenant.run("silver", catalog, previewMode=False)
    assert real["results"] == preview["results"]
    assert tenant.product(catalog, "A")["pipelineStage"] == "silver"
    assert len(tenant.get("brands").json()["data"]) == 1
    wrong = tenant.batch("silver", catalog, {"scope": "all", "previewMode": "yes"}).json()["error"]
    assert [detail["field"] for detail in wrong["details"]] == ["previewMode"]


def test_the_command_sets_them(stack, tenant):
    access = ("--key", tenant.headers["Authorization"].split()[1], "--workspace", tenant.workspace)
    weights = "identity=10,taxonomy=25,content=25,media=20,pricing=10,attributes=5,seo=5"
    words = ["--weights", weights, "--auto-silver", "--preview", "--category-attributes", "samples/attributes.csv"]
    done = stack.run("settings", "set", *words, *access)
    assert done.returncode == 0, done.stderr
    now = tenant.get(PATH).json()
    assert (now["goldWeights"]["taxonomy"], now["autoTriggerSilver"], now["previewMode"]) == (25, True, True)
    assert now["categoryAttributes"][0] == {
        "category": "Apparel > Shoes",
        "attributes": ["size", "color", "material"],
    }
    refused = stack.run("settings", "set", "--weights", weights.replace("=25", "=20"), *access)
    assert refused.returncode == 1
    assert "goldWeights must sum to 100, not 90." in refused.stderr
    assert tenant.get(PATH).json() == now
