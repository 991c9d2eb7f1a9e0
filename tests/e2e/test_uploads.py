import hashlib
import socket
import time

import grpc
import pytest
from assay.ingest.v1 import import_service_pb2, import_service_pb2_grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tests.e2e.conftest import address_of

pytestmark = pytest.mark.e2e

CONTENT = b"id,title\n" + b"".join(b"%d,product number %d\n" % (n, n) for n in range(1000))


def count(client, catalog):
    return client.get(f"catalogs/{catalog}").json()["product_count"]


def imports(client, catalog):
    return client.pages("jobs", kind="import", catalog_id=catalog)


def alive(client, catalog):
    """The service takes the next file as if nothing had happened."""
    return client.import_file(CONTENT, catalog)["result"]["created"] == 1000


def test_an_upload_that_breaks_off_imports_nothing(stack, client, catalog):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="p.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + CONTENT + b"\r\n--b--\r\n"
    )
    head = (
        f"POST /api/workspace/ws_demo/catalog/products/import?catalog_id={catalog} HTTP/1.1\r\n"
        f"Host: localhost\r\nAuthorization: Bearer {stack.key}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", stack.ports["ASSAY_HTTP_PORT"])) as connection:
        connection.sendall(head.encode() + body[: len(body) // 2])
        time.sleep(0.3)

    time.sleep(0.5)
    assert count(client, catalog) == 0
    assert all(job["status"] != "completed" for job in imports(client, catalog))
    assert alive(client, catalog)


@pytest.fixture
def upload(stack):
    with grpc.insecure_channel(address_of(stack, "ingest")) as channel:
        stub = import_service_pb2_grpc.ImportServiceStub(channel)
        metadata = [("authorization", f"Bearer {stack.key}")]

        def send(*parts):
            messages = (import_service_pb2.ImportProductsRequest(**part) for part in parts)
            return stub.ImportProducts(messages, metadata=metadata, timeout=30)

        yield send


def start(catalog):
    return {"start": import_service_pb2.ImportStart(workspace_id="ws_demo", catalog_id=catalog, file_name="p.csv")}


def commit(content):
    return {"commit": import_service_pb2.ImportCommit(size=len(content), sha256=hashlib.sha256(content).hexdigest())}


def reason(error):
    info = error_details_pb2.ErrorInfo()
    (detail,) = [detail for detail in rpc_status.from_call(error).details if detail.Is(info.DESCRIPTOR)]
    detail.Unpack(info)
    return info.reason


def test_a_file_can_be_streamed_over_grpc(client, catalog, upload):
    half = len(CONTENT) // 2

    answer = upload(start(catalog), {"data": CONTENT[:half]}, {"data": CONTENT[half:]}, commit(CONTENT))

    assert answer.status == "queued"
    assert client.wait(answer.background_job_id)["result"]["created"] == 1000


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ([], "UPLOAD_INCOMPLETE"),
        ([commit(CONTENT + b"x")], "UPLOAD_INCOMPLETE"),
        ([commit(b"y" * len(CONTENT))], "CHECKSUM_MISMATCH"),
    ],
)
def test_without_a_fitting_commit_nothing_is_imported(client, catalog, upload, end, expected):
    with pytest.raises(grpc.RpcError) as raised:
        upload(start(catalog), {"data": CONTENT}, *end)

    assert reason(raised.value) == expected
    assert count(client, catalog) == 0
    assert imports(client, catalog) == []
    assert alive(client, catalog)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"id,title,price\n", "NO_ROWS"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, "BINARY_FILE"),
        (b'{"products": [{"id": "1", "title": "x"', "TRUNCATED_JSON"),
        (b"<html><body>Please log in</body></html>", "UNSUPPORTED_FILE"),
        (",".join(f"column {n}" for n in range(2000)).encode() + b"\n1\n", "TOO_MANY_COLUMNS"),
    ],
    ids=["empty", "header only", "binary", "cut", "a web page", "2,000 columns"],
)
def test_a_file_without_products_fails_clearly_and_imports_nothing(client, catalog, content, code):
    job = client.wait(client.upload(content, catalog).json()["backgroundJobId"])

    assert (job["status"], job["error"]["code"]) == ("failed", code)
    assert count(client, catalog) == 0
    assert alive(client, catalog)
