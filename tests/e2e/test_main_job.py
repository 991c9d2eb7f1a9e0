import pytest

pytestmark = pytest.mark.e2e

IMAGES = "https://images.example.com"
SAMPLE = f"""id,title,description,brand,category,price,currency,availability,gtin,image_link
E2E-1,"Halo speaker, graphite",Plays long.,Orbisound,Audio > Speakers,59.90,USD,in stock,1650000000013,{IMAGES}/1.jpg
E2E-2,  JUNO   POWER BANK  ,Fits a shirt pocket.,Chargewell,Power,"1.049,50 €",,auf Lager,1650000000020,{IMAGES}/2.jpg
E2E-3,Same speaker again,Another text.,Orbisound,Audio,59.00,USD,in stock,01650000000013,{IMAGES}/3.jpg
"""
REGISTER = {"unknownBrands": "register"}


@pytest.fixture
def imported(client, catalog):
    client.import_file(SAMPLE, catalog)
    return catalog


def test_a_file_goes_from_upload_to_scores(client, catalog):
    accepted = client.upload(SAMPLE, catalog)

    assert accepted.status_code == 202
    envelope = accepted.json()
    assert envelope["jobId"] == envelope["backgroundJobId"]
    assert (envelope["queue"], envelope["jobName"], envelope["status"]) == ("ingest", "catalog_import", "queued")

    job = client.wait(envelope["backgroundJobId"])
    assert job["result"] == {"total": 3, "created": 3, "updated": 0, "unchanged": 0, "errors": 0}
    assert client.product(catalog, "E2E-2")["pipelineStage"] == "bronze"

    silver = client.run("silver", catalog, **REGISTER)
    assert silver["processed"] == 3 and silver["duration_ms"] >= 0
    results = {result["productId"]: result for result in silver["results"]}
    assert {result["status"] for result in results.values()} == {"success"}
    assert results["E2E-3"]["duplicateOf"] == "E2E-1" and results["E2E-1"]["duplicateOf"] is None
    assert results["E2E-2"]["fieldsNormalized"] >= 4
    assert results["E2E-1"]["urlsValidated"] == 1

    gold = client.run("gold", catalog)
    assert [result["status"] for result in gold["results"]] == ["success"] * 3
    assert all(0 <= result["score"] <= 100 for result in gold["results"])
    assert sum(gold["catalogSummary"]["scoreDistribution"].values()) == 3
    assert "secondaryImages" in gold["catalogSummary"]["topGaps"]

    product = client.product(catalog, "E2E-2")
    assert product["pipelineStage"] == "gold"
    assert (product["price"], product["currency"], product["availability"]) == (1049.5, "EUR", "in_stock")
    assert product["optimizationScore"] == {r["productId"]: r["score"] for r in gold["results"]}["E2E-2"]
    changes = {change["field"]: change for change in product["changes"]}
    assert changes["price"]["before"] == "1.049,50 €"


def test_a_run_can_be_read_again_from_its_job_page_by_page(client, imported):
    answer = client.batch("silver", imported, {"scope": "all", **REGISTER}, {"Prefer": "respond-async"})
    assert answer.status_code == 202
    job = client.wait(answer.json()["backgroundJobId"])

    assert job["status"] == "completed" and job["progress"] == {"processed": 3, "total": 3}
    results = client.pages(f"jobs/{job['id']}/results", limit=2)
    assert [result["productId"] for result in results] == ["E2E-1", "E2E-2", "E2E-3"]
    assert [entry["id"] for entry in client.pages("jobs", catalog_id=imported, kind="silver")] == [job["id"]]


def test_bad_rows_can_be_read_with_their_line(client, catalog):
    job = client.import_file("id,title,price\n1,one,2\n,nameless,3\n2,two,4,5\n", catalog)

    rows = client.get(f"jobs/{job['id']}/results").json()["data"]
    assert job["result"]["errors"] == len([row for row in rows if row["severity"] == "error"]) > 0
    assert {row["line"] for row in rows} <= {3, 4}
    assert all(row["reason"] and row["message"] for row in rows)


def test_the_same_file_again_changes_nothing(client, imported):
    client.run("silver", imported, **REGISTER)
    client.run("gold", imported)
    before = [client.product(imported, f"E2E-{n}") for n in (1, 2, 3)]

    job = client.import_file(SAMPLE, imported)

    assert job["result"] == {"total": 3, "created": 0, "updated": 0, "unchanged": 3, "errors": 0}
    assert [client.product(imported, f"E2E-{n}") for n in (1, 2, 3)] == before


def test_a_changed_row_goes_back_to_bronze_alone(client, imported):
    client.run("silver", imported, **REGISTER)
    client.run("gold", imported)

    job = client.import_file(SAMPLE.replace("59.90", "49.90"), imported)

    assert job["result"] == {"total": 3, "created": 0, "updated": 1, "unchanged": 2, "errors": 0}
    assert client.product(imported, "E2E-1")["pipelineStage"] == "bronze"
    assert client.product(imported, "E2E-2")["pipelineStage"] == "gold"


def test_gold_before_silver_is_an_error_of_each_product(client, imported):
    gold = client.run("gold", imported)

    assert {result["error"] for result in gold["results"]} == {"Product not in Silver stage — run Silver first"}
    assert gold["catalogSummary"]["avgScore"] is None


def test_a_selection_keeps_its_order_and_names_what_is_not_there(client, imported):
    silver = client.run("silver", imported, scope="selection", productIds=["E2E-3", "nobody", "E2E-3"], **REGISTER)

    assert [result["productId"] for result in silver["results"]] == ["E2E-3", "nobody"]
    assert silver["results"][1] == {"productId": "nobody", "status": "error", "error": "Product not found"}


def test_a_second_run_is_refused_with_the_first_ones_job(client, catalog, enough_products):
    client.import_file(enough_products, catalog)
    first = client.batch("silver", catalog, {"scope": "all", **REGISTER}, {"Prefer": "respond-async"})
    assert first.status_code == 202

    second = client.batch("gold", catalog)

    job_id = first.json()["backgroundJobId"]
    assert second.status_code == 409
    error = second.json()["error"]
    assert error["code"] == "JOB_ALREADY_RUNNING"
    assert job_id in [detail["message"] for detail in error["details"]]
    assert client.wait(job_id)["status"] == "completed"
    assert client.run("gold", catalog, scope="selection", productIds=["P00000"])["results"][0]["status"] == "success"


def test_a_run_above_the_inline_limit_is_answered_with_its_job(client, catalog, enough_products):
    client.import_file(enough_products, catalog)

    answer = client.batch("silver", catalog, {"scope": "all", **REGISTER})

    assert answer.status_code == 202
    assert (answer.json()["queue"], answer.json()["jobName"]) == ("catalog", "pipeline_run")
    assert client.wait(answer.json()["backgroundJobId"])["progress"]["processed"] == 12_000


def test_a_cancelled_run_frees_the_catalog(client, catalog, enough_products):
    client.import_file(enough_products, catalog)
    job_id = client.batch("silver", catalog, None, {"Prefer": "respond-async"}).json()["backgroundJobId"]

    assert client.post(f"jobs/{job_id}/cancel").status_code == 200

    assert client.wait(job_id)["status"] in {"cancelled", "completed"}
    again = client.run("silver", catalog, scope="selection", productIds=["P00001"], **REGISTER)
    assert again["results"][0]["status"] == "success"
