import hashlib
import threading
import time

import grpc
import pytest
from assay.ingest.v1 import catalog_service_pb2
from assay.ingest.v1 import import_service_pb2 as pb
from assay.workspace.v1 import job_pb2
from structlog.testing import capture_logs

CSV = "id,name,price\n" + "".join(f"p{n},Lamp {n},{n}.50\n" for n in range(10))


@pytest.fixture
def leftovers(settings):
    def find():
        home = settings.service_home
        return [path for name in ("incoming", "uploads", "staged") for path in (home / name).glob("*")]

    return find


def test_an_import_is_a_job_with_counts(client, workspace, catalog, do_import, leftovers):
    job, result = do_import(CSV, catalog, notify_email=True)
    assert (job.status, job.kind, job.queue, job.job_name) == (
        job_pb2.JOB_STATUS_COMPLETED,
        "import",
        "ingest",
        "catalog_import",
    )
    assert result == {"total": 10, "created": 10, "updated": 0, "unchanged": 0, "errors": 0}
    assert (job.catalog_id, job.notify_email, job.progress.processed, job.progress.total) == (catalog, True, 10, 10)
    assert leftovers() == []
    assert client.GetCatalog(catalog_service_pb2.GetCatalogRequest(catalog_id=catalog)).catalog.product_count == 10


def test_the_answer_is_the_documented_one(client, workspace, catalog):
    answer = client.upload(CSV.encode(), catalog, notify_email=True)
    assert (answer.job_id, answer.queue, answer.job_name, answer.status, answer.notify_email) == (
        answer.background_job_id,
        "ingest",
        "catalog_import",
        "queued",
        True,
    )
    workspace.wait(answer.job_id)


def test_the_same_file_twice_changes_nothing(client, catalog, do_import):
    do_import(CSV, catalog)
    before = client.read(catalog_id=catalog)
    _, result = do_import(CSV, catalog)
    assert result == {"total": 10, "created": 0, "updated": 0, "unchanged": 10, "errors": 0}
    assert client.read(catalog_id=catalog) == before


def test_changed_rows_are_updates_that_keep_their_place(client, catalog, do_import):
    do_import(CSV, catalog)
    before = {row[0]: row[1] for row in client.read(catalog_id=catalog)}
    _, result = do_import(CSV.replace("Lamp 3", "Desk 3") + "new,Chair,1\n", catalog)
    assert result == {"total": 11, "created": 1, "updated": 1, "unchanged": 9, "errors": 0}
    after = {row[0]: row[1:] for row in client.read(catalog_id=catalog)}
    assert {product_id: after[product_id][0] for product_id in before} == before
    assert after["p3"][1] == '{"id":"p3","name":"Desk 3","price":"3.50"}'
    assert after["new"][0] > max(before.values())


def test_the_order_of_first_ingestion_is_the_order_of_the_file(client, catalog, do_import):
    ids = ["z", "b", "y", "a", "x", "c", "w"]
    do_import("id,name\n" + "".join(f"{i},n\n" for i in ids), catalog)
    rows = sorted(client.read(catalog_id=catalog), key=lambda row: row[1])
    assert [row[0] for row in rows] == ids
    assert [row[1] for row in rows] == [1, 2, 3, 4, 5, 6, 7]


def test_bad_rows_are_listed_page_by_page(client, catalog, do_import):
    content = "id,name,price\n" + "".join(f"p{n},a,1\n,,{n}\n" for n in range(9)) + "p0,b,2\n"
    job, result = do_import(content, catalog)
    assert result == {"total": 19, "created": 10, "updated": 0, "unchanged": 0, "errors": 9}
    found, cursor = [], ""
    while True:
        page = client.ListImportErrors(pb.ListImportErrorsRequest(job_id=job.id, page_size=4, page_token=cursor))
        found += [(e.line, e.column, e.reason, e.severity) for e in page.errors]
        cursor = page.pagination.cursor
        if not page.pagination.has_more:
            break
    assert found == [(3 + 2 * n, "", "MISSING_ID", "error") for n in range(9)] + [(20, "", "DUPLICATE_ID", "warning")]


def test_repeated_rows_are_unchanged_ones(catalog, do_import):
    _, result = do_import("id,name\n1,a\n1,a\n2,b\n", catalog)
    assert result == {"total": 3, "created": 2, "updated": 0, "unchanged": 1, "errors": 0}


def test_without_a_catalog_the_default_one_is_made(client_of, workspace):
    client = client_of("internal-secret", "ws_fresh")
    job = workspace.wait(client.upload(CSV.encode()).job_id)
    default = client.GetCatalog(catalog_service_pb2.GetCatalogRequest()).catalog
    assert (default.id, default.is_default, default.product_count, default.source) == (
        job.catalog_id,
        True,
        10,
        "import",
    )
    second = workspace.wait(client.upload(CSV.encode()).job_id)
    assert second.catalog_id == default.id


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "EMPTY_FILE"),
        (b"id,name\n", "NO_ROWS"),
        (b"PK\x03\x04" + bytes(200), "BINARY_FILE"),
        (b"<?xml version='1.0'?><a/>", "UNSUPPORTED_FILE"),
        ((",".join(f"c{n}" for n in range(2000)) + "\n1\n").encode(), "TOO_MANY_COLUMNS"),
        (CSV.encode() + b'px,"never closed\npy,b,1\n', "UNTERMINATED_QUOTE"),
        (b'[{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id"', "TRUNCATED_JSON"),
        (b'[{"id": 1} {"id": 2}]', "INVALID_JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_file_imports_nothing(client, catalog, do_import, leftovers, *, content, reason):
    job, _ = do_import(content, catalog)
    assert (job.status, job.error.code) == (job_pb2.JOB_STATUS_FAILED, reason)
    assert client.read(catalog_id=catalog) == []
    assert leftovers() == []


def test_csv_announced_as_json_fails_clearly(catalog, do_import):
    job, _ = do_import(CSV, catalog, format=pb.IMPORT_FORMAT_JSON)
    assert job.error.code == "FORMAT_MISMATCH"


def test_damaged_rows_are_reported_and_the_rest_is_imported(client, catalog, do_import):
    content = "id,name\n1,Café\n".encode() + b"2,\xff\xfe\n3,a\0b\n4,b,c\n5," + b"x" * 2_000_000 + b"\n6,ok\n"
    job, result = do_import(content, catalog)
    assert result == {"total": 6, "created": 2, "updated": 0, "unchanged": 0, "errors": 4}
    errors = client.ListImportErrors(pb.ListImportErrorsRequest(job_id=job.id)).errors
    assert [(e.line, e.column, e.reason) for e in errors] == [
        (3, "name", "INVALID_UTF8"),
        (4, "name", "NUL_BYTE"),
        (5, "", "RAGGED_ROW"),
        (6, "name", "CELL_TOO_LARGE"),
    ]


def start(client, **more):
    return pb.ImportProductsRequest(start=pb.ImportStart(workspace_id=client.workspace_id, **more))


def data(content):
    return pb.ImportProductsRequest(data=content)


def commit(content, size=None):
    return pb.ImportProductsRequest(
        commit=pb.ImportCommit(size=len(content) if size is None else size, sha256=hashlib.sha256(content).hexdigest())
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([data(b"id\n1\n")], (grpc.StatusCode.INVALID_ARGUMENT, "UPLOAD_INCOMPLETE")),
        ([], (grpc.StatusCode.INVALID_ARGUMENT, "UPLOAD_INCOMPLETE")),
        ([data(b"id\n1\n"), commit(b"id\n1\n", 4)], (grpc.StatusCode.INVALID_ARGUMENT, "UPLOAD_INCOMPLETE")),
        ([data(b"id\n1\n"), commit(b"id\n2\n")], (grpc.StatusCode.INVALID_ARGUMENT, "CHECKSUM_MISMATCH")),
        ([data(b"id\n1\n"), commit(b"id\n1\n"), data(b"x")], (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR")),
        ([data(b"x" * 1_000_000)] * 5, (grpc.StatusCode.OUT_OF_RANGE, "UPLOAD_TOO_LARGE")),
        ([data(b"x" * (4 * 1024 * 1024 + 1))], (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR")),
    ],
    ids=["no commit", "nothing", "size", "checksum", "after commit", "too large", "part too large"],
)
def test_an_upload_that_is_not_committed_leaves_nothing(
    client, workspace, catalog, refused, leftovers, *, parts, expected
):
    jobs = len(workspace.jobs)
    stream = iter([start(client, catalog_id=catalog), *parts])
    assert refused(lambda: client.ImportProducts(stream))[:2] == expected
    assert leftovers() == []
    assert len(workspace.jobs) == jobs


def test_the_first_message_must_be_start(client_of, refused):
    client = client_of("internal-secret", "ws_a")
    code, reason, fields = refused(lambda: client.ImportProducts(iter([data(b"x")])))
    assert (code, reason, fields) == (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR", ["start"])


def test_a_second_start_is_refused(client, catalog, refused):
    parts = iter([start(client, catalog_id=catalog), start(client)])
    assert refused(lambda: client.ImportProducts(parts))[1:] == ("VALIDATION_ERROR", ["start"])


def test_an_unknown_catalog_is_told_before_the_file_is_sent(client, refused):
    assert refused(lambda: client.upload(CSV.encode(), "cat_unknown"))[:2] == (
        grpc.StatusCode.NOT_FOUND,
        "CATALOG_NOT_FOUND",
    )


def until(condition):
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_client_that_breaks_off_leaves_nothing(client, catalog, leftovers):
    def parts():
        yield start(client, catalog_id=catalog)
        yield data(b"id,name\n")
        time.sleep(0.2)
        raise ConnectionError

    with pytest.raises((grpc.RpcError, ConnectionError)):
        client.ImportProducts(parts())
    until(lambda: not leftovers())
    assert leftovers() == []


def test_an_upload_that_is_broken_off_is_logged_as_what_it_is(client, catalog, leftovers):
    gone = threading.Event()

    def parts():
        yield start(client, catalog_id=catalog)
        yield data(b"id,name\n")
        gone.wait(5)

    with capture_logs() as lines:
        metadata = (*client.metadata, ("x-request-id", "broken-off"))
        call = client.stubs["Import"].ImportProducts.future(parts(), metadata=metadata)
        until(leftovers)
        call.cancel()
        gone.set()
        until(lambda: ("broken-off", "rpc") in [(line.get("request_id"), line["event"]) for line in lines])
    mine = [line for line in lines if line.get("request_id") == "broken-off"]
    assert [(line["event"], line["log_level"], line.get("code")) for line in mine] == [
        ("upload incomplete", "info", None),
        ("rpc", "info", "INVALID_ARGUMENT"),
    ]
    assert leftovers() == []


def test_a_job_that_cannot_be_opened_leaves_nothing(client, workspace, catalog, refused, leftovers):
    workspace.refuse_jobs = True
    try:
        assert refused(lambda: client.upload(CSV.encode(), catalog))[0] is grpc.StatusCode.ABORTED
    finally:
        workspace.refuse_jobs = False
    assert leftovers() == []


def test_errors_of_an_unknown_job(client, refused):
    assert refused(lambda: client.ListImportErrors(pb.ListImportErrorsRequest(job_id="nope"))) == (
        grpc.StatusCode.NOT_FOUND,
        "JOB_NOT_FOUND",
        [],
    )
