import json
import subprocess
import sys

import pytest

BASE = "/api/workspace/ws_demo"
JOB_ID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
CATALOG = {"id": "cat_1", "name": "spring", "slug": "spring", "product_count": 1200, "is_default": True}
OTHER = {"id": "cat_2", "name": "autumn", "slug": "autumn", "product_count": 7, "is_default": False}
JOB = {
    "id": JOB_ID,
    "kind": "import",
    "status": "completed",
    "progress": {"processed": 3, "total": 3},
    "createdAt": "2026-11-21T01:00:00Z",
    "startedAt": "2026-11-21T01:00:00Z",
    "finishedAt": "2026-11-21T01:00:01.5Z",
    "result": {"total": 3, "created": 1, "updated": 0, "unchanged": 1, "errors": 1},
    "error": None,
}
NOTHING = {"data": [], "pagination": {"limit": 50, "has_more": False}}


@pytest.fixture
def stack(server, assay, monkeypatch):
    monkeypatch.setenv("ASSAY_URL", server.url)
    monkeypatch.setenv("ASSAY_API_KEY", "sk_live_x")
    page = {"data": [CATALOG, OTHER], "pagination": {"has_more": False}}
    server.on("GET", f"{BASE}/catalogs", server.answer(body=page))
    return server


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["serve", "everything"],
        ["serve", "--role", "worker"],
        ["serve", "gateway", "--role", "api"],
        ["serve", "silver", "--role", "boss"],
        ["import"],
        ["import", "/nowhere/at-all.csv"],
        ["import", "/"],
        ["import", __file__, "--catalog", "a", "--new", "b"],
        ["jobs", "watch"],
        ["jobs", "one", "two", "three"],
        ["keys", "create"],
        ["silver", "--unknown-brands", "maybe"],
        ["brands", "import", "/nowhere/brands.csv"],
        ["categories", "load", "/nowhere/tree.txt"],
    ],
)
def test_wrong_usage_ends_with_2(assay, words):
    code, out, err = assay(*words)

    assert code == 2
    assert out == "" and err != ""


@pytest.mark.parametrize(
    "words", [["catalogs"], ["jobs"], ["silver"], ["import", __file__], ["keys", "create", "-w", "ws_x"]]
)
def test_nobody_there_ends_with_3(assay, monkeypatch, words):
    monkeypatch.setenv("ASSAY_HTTP_PORT", "1")
    monkeypatch.setenv("ASSAY_API_KEY", "sk_live_x")

    code, out, err = assay(*words)

    assert code == 3
    assert out == "" and err.startswith("assay: ")


def test_a_refusal_ends_with_1(assay, stack):
    stack.on("GET", f"{BASE}/catalogs", stack.answer(401, {"error": {"code": "UNAUTHORIZED", "message": "who?"}}))

    code, _, err = assay("catalogs")

    assert code == 1
    assert err == "assay: who? (UNAUTHORIZED)\n"


def test_interruption_ends_with_130(assay, stack, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.rest.Api.pages", interrupt)

    assert assay("catalogs")[0] == 130


def test_a_home_that_cannot_be_written_is_named(assay, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", "/proc/assay")

    code, _, err = assay("serve")

    assert code == 1
    assert err.startswith("assay: cannot write into /proc/assay: ")


def test_a_demo_elsewhere_starts_nothing_here(assay, monkeypatch):
    monkeypatch.setenv("ASSAY_URL", "http://127.0.0.1:1")

    code, _, err = assay("demo")

    assert code == 3
    assert "nobody answers at http://127.0.0.1:1" in err


def test_help_lists_every_command(assay):
    code, out, _ = assay("--help")

    assert code == 0
    for name in ("demo", "serve", "import", "silver", "gold", "jobs", "catalogs", "brands", "categories", "keys"):
        assert f" {name} " in out


def test_catalogs_are_a_table_or_json(assay, stack):
    _, table, _ = assay("catalogs")
    _, text, _ = assay("catalogs", "--json")

    assert "cat_1" in table and "1,200" in table and "default" in table
    assert json.loads(text) == [CATALOG, OTHER]


def test_a_catalog_is_created_with_its_currency(assay, stack):
    stack.on("POST", f"{BASE}/catalogs", stack.answer(201, {"catalog": OTHER}))

    code, text, _ = assay("catalogs", "create", "autumn", "--currency", "eur", "--json")

    assert (code, json.loads(text)) == (0, OTHER)
    assert stack.requests("POST", f"{BASE}/catalogs")[0].json == {"name": "autumn", "currency": "EUR"}


def test_an_import_is_followed_to_its_counts(assay, stack, tmp_path):
    file = tmp_path / "products.tsv"
    file.write_text("id\ttitle\n1\tone\n")
    stack.on("POST", f"{BASE}/catalog/products/import", stack.answer(202, {"backgroundJobId": JOB_ID}))
    active = JOB | {"status": "active", "result": None, "progress": {"processed": 1, "total": 3}}
    stack.on("GET", f"{BASE}/jobs/{JOB_ID}", stack.answer(body=active), stack.answer(body=JOB))
    bad = {"line": 3, "column": "price", "reason": "RAGGED_ROW", "message": "too many cells", "severity": "error"}
    page = {"data": [bad], "pagination": {"has_more": False}}
    stack.on("GET", f"{BASE}/jobs/{JOB_ID}/results", stack.answer(body=page))

    code, out, err = assay("import", file, "--catalog", "autumn")

    assert code == 0
    assert "created" in out and "too many cells" in out
    assert err.startswith("import: 3 records in ") and f"assay jobs results {JOB_ID}" in err
    (upload,) = stack.requests("POST", f"{BASE}/catalog/products/import")
    assert upload.query == {"catalog_id": "cat_2"}
    assert b"\r\n\r\ncsv\r\n" in upload.body


def test_a_failed_import_says_why(assay, stack, tmp_path):
    file = tmp_path / "products.csv"
    file.write_text("\0")
    stack.on("POST", f"{BASE}/catalog/products/import", stack.answer(202, {"backgroundJobId": JOB_ID}))
    failed = JOB | {"status": "failed", "result": None, "error": {"code": "BINARY_FILE", "message": "no product file"}}
    stack.on("GET", f"{BASE}/jobs/{JOB_ID}", stack.answer(body=failed))

    code, out, err = assay("import", file, "--json")

    assert code == 1
    assert json.loads(out) == {"error": {"code": "BINARY_FILE", "message": "no product file", "jobId": JOB_ID}}
    assert "no product file (BINARY_FILE)" in err


def test_a_detached_import_prints_the_job_alone(assay, stack, tmp_path):
    file = tmp_path / "products.csv"
    file.write_text("id\n1\n")
    stack.on("POST", f"{BASE}/catalog/products/import", stack.answer(202, {"backgroundJobId": JOB_ID}))

    assert assay("import", file, "--detach")[1] == f"{JOB_ID}\n"


@pytest.mark.parametrize("words", [("--detach",), ("--detach", "--notify-email")])
def test_a_mail_is_asked_for_before_the_file(assay, stack, tmp_path, words):
    file = tmp_path / "products.csv"
    file.write_text("id\n1\n")
    stack.on("POST", f"{BASE}/catalog/products/import", stack.answer(202, {"backgroundJobId": JOB_ID}))

    assert assay("import", file, *words)[0] == 0

    (upload,) = stack.requests("POST", f"{BASE}/catalog/products/import")
    before, _, _ = upload.body.partition(b'name="file"')
    assert (b'name="notify_email"\r\n\r\ntrue\r\n' in before) is ("--notify-email" in words)


@pytest.mark.parametrize("stage", ["silver", "gold"])
def test_a_mail_is_asked_for_with_a_run(assay, stack, stage):
    path = f"{BASE}/catalogs/cat_1/batch/{stage}"
    stack.on("POST", path, stack.answer(202, {"backgroundJobId": JOB_ID}))

    assay(stage, "--detach", "--notify-email")
    assay(stage, "--detach")

    assert [seen.json for seen in stack.requests("POST", path)] == [
        {"scope": "all", "notify_email": True},
        {"scope": "all"},
    ]


def test_a_new_catalog_is_made_for_an_import(assay, stack, tmp_path):
    file = tmp_path / "products"
    file.write_text("id\n1\n")
    stack.on("POST", f"{BASE}/catalogs", stack.answer(201, {"catalog": OTHER}))
    stack.on("POST", f"{BASE}/catalog/products/import", stack.answer(202, {"backgroundJobId": JOB_ID}))

    assay("import", file, "--new", "autumn", "--detach")

    assert stack.requests("POST", f"{BASE}/catalogs")[0].json == {"name": "autumn"}
    (upload,) = stack.requests("POST", f"{BASE}/catalog/products/import")
    assert upload.query == {"catalog_id": "cat_2"}
    assert b'name="format"' not in upload.body


def test_silver_uses_the_default_catalog_and_passes_options_on(assay, stack, tmp_path):
    result = {"productId": "a", "status": "success", "fieldsNormalized": 4, "duplicateOf": None, "urlsValidated": 3}
    lines = [
        {"started": {"jobId": JOB_ID, "total": 1}},
        {"results": [result]},
        {"summary": {"processed": 1, "duration_ms": 5}},
    ]
    stack.on("POST", f"{BASE}/catalogs/cat_1/batch/silver", stack.answer(lines=lines))
    stack.on("GET", f"{BASE}/jobs/{JOB_ID}", stack.answer(body=JOB | {"kind": "silver"}))
    file = tmp_path / "results.ndjson"

    code, out, _ = assay(
        "silver",
        "-p",
        "a",
        "-p",
        "b",
        "--unknown-brands",
        "register",
        "--duplicates",
        "likely",
        "--duplicate-strictness",
        "loose",
        "--image-checks",
        "reachability",
        "--preview",
        "--results",
        file,
        "--json",
    )

    assert code == 0
    assert stack.requests("POST", f"{BASE}/catalogs/cat_1/batch/silver")[0].json == {
        "scope": "selection",
        "productIds": ["a", "b"],
        "unknownBrands": "register",
        "duplicates": "likely",
        "duplicateStrictness": "loose",
        "imageChecks": "reachability",
        "previewMode": True,
    }
    printed = json.loads(out)
    assert (printed["jobId"], printed["fieldsNormalized"], printed["duration_ms"]) == (JOB_ID, 4, 5)
    assert [json.loads(line) for line in file.read_text().splitlines()] == [result]


def test_a_detached_run_asks_for_it_and_prints_the_job(assay, stack):
    path = f"{BASE}/catalogs/cat_1/batch/gold"
    stack.on("POST", path, stack.answer(202, {"backgroundJobId": JOB_ID}))

    assert assay("gold", "--detach")[1] == f"{JOB_ID}\n"
    assert stack.requests("POST", path)[0].headers["Prefer"] == "respond-async"


def test_an_unclear_catalog_lists_those_there_are(assay, stack):
    code, _, err = assay("gold", "--catalog", "winter")

    assert code == 2
    assert "cat_1  spring (1,200 products)" in err and "cat_2  autumn" in err


def test_jobs_are_listed_with_filters(assay, stack):
    stack.on("GET", f"{BASE}/jobs", stack.answer(body={"data": [JOB], "pagination": {"has_more": False}}))

    code, out, _ = assay("jobs", "--kind", "import", "--status", "completed", "--limit", 5)

    assert code == 0
    assert JOB_ID in out and "completed" in out and " 3 " in out
    assert stack.seen[-1].query == {"limit": "5", "kind": "import", "status": "completed"}


def test_a_watched_job_that_failed_ends_with_1(assay, stack):
    failed = JOB | {"status": "failed", "error": {"code": "JOB_INTERRUPTED", "message": "stopped"}}
    stack.on("GET", f"{BASE}/jobs/{JOB_ID}", stack.answer(body=JOB | {"status": "active"}), stack.answer(body=failed))

    code, _, err = assay("jobs", "watch", JOB_ID)

    assert code == 1
    assert "import: failed in" in err and "stopped (JOB_INTERRUPTED)" in err


def test_a_job_is_shown_cancelled_and_read(assay, stack):
    stack.on("GET", f"{BASE}/jobs/{JOB_ID}", stack.answer(body=JOB))
    stack.on("POST", f"{BASE}/jobs/{JOB_ID}/cancel", stack.answer(body=JOB | {"status": "cancelled"}))
    entry = {"productId": "a", "status": "error", "error": "Product not found"}
    stack.on("GET", f"{BASE}/jobs/{JOB_ID}/results", stack.answer(body=NOTHING | {"data": [entry]}))

    assert "unchanged" in assay("jobs", JOB_ID)[1]
    assert "cancelled" in assay("jobs", "cancel", JOB_ID)[1]
    assert assay("jobs", "results", JOB_ID)[1] == "productId: a, status: error, error: Product not found\n"
    assert json.loads(assay("jobs", "results", JOB_ID, "--json")[1]) == entry


def test_brands_known_already_are_no_failure(assay, stack, tmp_path):
    file = tmp_path / "brands.csv"
    file.write_text('name,aliases\nAldermoor,Alder|Moor\n"Tamsiva, Inc.",\n')
    answer = {"created": 1, "known": 1, "errors": [], "failed": 0}
    stack.on("POST", f"{BASE}/brands/import", stack.answer(body=answer))

    code, out, err = assay("brands", "import", file, "--json")

    assert code == 0
    assert json.loads(out) == {"created": 1, "known": 1, "refused": []}
    assert "1 registered, 1 known already" in err
    (asked,) = stack.requests("POST", f"{BASE}/brands/import")
    assert asked.json == {"csv": 'name,aliases\nAldermoor,Alder|Moor\n"Tamsiva, Inc.",\n'}


def test_refused_brands_are_named_and_end_with_1(assay, stack, tmp_path):
    file = tmp_path / "brands.csv"
    file.write_text("name\nAldermoor\n")
    told = {"line": 2, "name": "Aldermoor", "message": "too long"}
    answer = {"created": 0, "known": 0, "errors": [told], "failed": 1}
    stack.on("POST", f"{BASE}/brands/import", stack.answer(body=answer))

    code, _, err = assay("brands", "import", file)

    assert code == 1
    assert "refused: Aldermoor: too long" in err


def test_a_long_list_of_brands_is_sent_in_parts(assay, stack, tmp_path):
    file = tmp_path / "brands.csv"
    file.write_text("name\n" + "".join(f"Brand {number}\n" for number in range(2_500)))
    refusal = {"error": {"code": "VALIDATION_ERROR", "message": "no list"}}
    answer = {"created": 1000, "known": 0, "errors": [], "failed": 0}
    parts = (stack.answer(body=answer), stack.answer(400, refusal), stack.answer(body=answer | {"created": 500}))
    stack.on("POST", f"{BASE}/brands/import", *parts)

    code, out, _ = assay("brands", "import", file, "--json")

    assert code == 1
    printed = json.loads(out)
    assert (printed["created"], len(printed["refused"]), printed["refused"][0]["message"]) == (1500, 1000, "no list")
    asked = stack.requests("POST", f"{BASE}/brands/import")
    assert [request.json["csv"].count("Brand") for request in asked] == [1000, 1000, 500]


def test_the_installed_command_is_this_one():
    done = subprocess.run([sys.executable, "-m", "cli", "--help"], capture_output=True, text=True, check=True)

    assert "Usage: " in done.stdout
