"""The `assay` command against the real thing."""

import json
import uuid

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture
def name():
    return f"shop {uuid.uuid4().hex[:8]}"


def test_a_catalog_goes_all_the_way_by_command(stack, tmp_path, name):
    file = tmp_path / "products.csv"
    file.write_text("id,title,brand,price\nC-1,One thing,Somebody,5 EUR\nC-2,Another thing,Somebody,6 EUR\n")

    imported = json.loads(stack.run("import", file, "--new", name, "--json").stdout)
    assert imported["result"]["created"] == 2

    silver = json.loads(stack.run("silver", "--catalog", name, "--unknown-brands", "register", "--json").stdout)
    assert (silver["succeeded"], silver["failed"]) == (2, 0)

    gold = json.loads(stack.run("gold", "--catalog", name, "--product", "C-2", "--json").stdout)
    assert [result["productId"] for result in gold["worst"]] == ["C-2"]

    jobs = json.loads(stack.run("jobs", "--kind", "gold", "--limit", 1, "--json").stdout)
    assert jobs[0]["id"] == gold["jobId"]
    results = stack.run("jobs", "results", gold["jobId"], "--json").stdout.splitlines()
    assert [json.loads(line)["productId"] for line in results] == ["C-2"]
    assert stack.run("jobs", "watch", gold["jobId"]).returncode == 0


def test_a_detached_run_can_be_watched(stack, client, catalog, enough_products):
    client.import_file(enough_products, catalog)

    job_id = stack.run("silver", "--catalog", catalog, "--unknown-brands", "register", "--detach").stdout.strip()
    done = stack.run("jobs", "watch", job_id)

    assert done.returncode == 0, done.stderr
    assert "12,000" in done.stdout


def test_results_of_a_large_run_are_written_to_a_file(stack, client, catalog, enough_products, tmp_path):
    client.import_file(enough_products, catalog)
    file = tmp_path / "results.ndjson"

    done = stack.run("silver", "-c", catalog, "--unknown-brands", "register", "--results", file)

    assert done.returncode == 0, done.stderr
    ids = [json.loads(line)["productId"] for line in file.read_text().splitlines()]
    assert ids == [f"P{n:05}" for n in range(12_000)]


def test_a_key_is_alone_on_standard_output_and_works(stack):
    workspace = f"ws_{uuid.uuid4().hex[:12]}"

    done = stack.run("keys", "create", "--workspace", workspace, "--scope", "catalogs:read", "--tier", "pro")

    secret = done.stdout.strip()
    assert secret.startswith("sk_live_") and done.stdout == f"{secret}\n"
    assert f"made workspace {workspace}" in done.stderr and secret not in done.stderr
    assert stack.run("catalogs", "--key", secret, "--workspace", workspace, "--json").stdout == "[]\n"


def test_a_key_with_an_unknown_scope_is_refused(stack):
    done = stack.run("keys", "create", "--workspace", "ws_demo", "--scope", "catalogs:eat")

    assert done.returncode == 1
    assert done.stdout == "" and "VALIDATION_ERROR" in done.stderr and "no known scope" in done.stderr


def test_refusals_show_code_and_request_id(stack):
    done = stack.run("silver", "--catalog", "cat_0000000000000000")

    assert done.returncode == 1
    assert "CATALOG_NOT_FOUND" in done.stderr and "request id: req_" in done.stderr


def test_a_wrong_key_is_refused(stack):
    done = stack.run("catalogs", "--key", "sk_live_wrong")

    assert done.returncode == 1
    assert "UNAUTHORIZED" in done.stderr and "sk_live_wrong" not in done.stderr
