"""Multipart uploads become the client stream, in pieces, and nothing is committed that is not whole."""

from __future__ import annotations

import hashlib
import socket
import threading

import grpc
import pytest
from assay.ingest.v1 import import_service_pb2

from tests.gateway.support import TOKEN, Refusal, new_id

PATH = "/api/workspace/ws_demo/catalog/products/import"
JOB = new_id()
CSV, JSON = import_service_pb2.IMPORT_FORMAT_CSV, import_service_pb2.IMPORT_FORMAT_JSON
TOLD = import_service_pb2.IMPORT_FORMAT_UNSPECIFIED
MIB = 1024 * 1024


class Received:
    """What arrived at the fake ingest service."""

    def __init__(self):
        self.start = self.commit = None
        self.pieces = []
        self.ended = threading.Event()

    def serve(self, requests, _context):
        try:
            for request in requests:
                part = request.WhichOneof("part")
                if part == "start":
                    self.start = request.start
                elif part == "data":
                    self.pieces.append(request.data)
                else:
                    self.commit = request.commit
        except grpc.RpcError:
            pass
        self.ended.set()
        return import_service_pb2.ImportProductsResponse(
            job_id=JOB,
            background_job_id=JOB,
            queue="ingest",
            job_name="catalog_import",
            status="queued",
            notify_email=self.start.notify_email if self.start else False,
        )


@pytest.fixture
def received(fakes):
    received = Received()
    fakes.methods["ImportProducts"] = received.serve
    return received


def multipart(*parts, end=True):
    """A body of (name, value, file name or None) in this order, and its headers."""
    body = b""
    for name, value, file_name in parts:
        file = f'; filename="{file_name}"' if file_name is not None else ""
        body += f'--XX\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + value + b"\r\n"
    return body + (b"--XX--\r\n" if end else b""), {"content-type": "multipart/form-data; boundary=XX"}


def post(client, *parts, path=PATH, **more):
    content, headers = multipart(*parts, **more)
    return client.post(path, content=content, headers=headers)


def error_of(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], [detail["field"] for detail in error.get("details", [])]


def test_an_upload_answers_the_documented_envelope(client, received):
    answer = client.post(f"{PATH}?catalog_id=cat_1", files={"file": ("shoes.csv", b"sku\n1\n")}, data={"format": "csv"})
    assert (answer.status_code, answer.json()) == (
        202,
        {
            "jobId": JOB,
            "backgroundJobId": JOB,
            "queue": "ingest",
            "jobName": "catalog_import",
            "status": "queued",
            "notify_email": False,
        },
    )
    assert answer.headers["location"] == f"/api/workspace/ws_demo/jobs/{JOB}"
    start = received.start
    assert (start.workspace_id, start.catalog_id, start.format, start.file_name) == (
        "ws_demo",
        "cat_1",
        CSV,
        "shoes.csv",
    )
    assert b"".join(received.pieces) == b"sku\n1\n"


def test_the_commit_carries_size_and_checksum(client, received):
    content = b"sku,title\r\n" + b"1,--XX\r\n" * 300_000
    assert post(client, ("file", content, "a.csv")).status_code == 202
    assert b"".join(received.pieces) == content
    assert len(received.pieces) == 3
    assert max(map(len, received.pieces)) == MIB
    assert received.commit.size == len(content)
    assert received.commit.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("late", [False, True])
def test_fields_may_stand_before_or_after_a_small_file(client, received, late):
    fields = [("format", b"json", None), ("notify_email", b"true", None)]
    file = ("file", b"[]", "a.json")
    answer = post(client, *([file, *fields] if late else [*fields, file]))
    assert answer.json()["notify_email"] is True
    assert (received.start.format, received.start.notify_email) == (JSON, True)


def test_without_a_format_the_content_tells(client, received):
    post(client, ("file", b"[]", None))
    assert received.start.format == TOLD


def test_a_late_format_of_a_large_file_must_fit_how_it_begins(client, received):
    content = b"\xef\xbb\xbf [" + b" " * 2 * MIB + b"]"
    assert post(client, ("file", content, "a"), ("format", b"json", None)).status_code == 202
    assert received.commit is not None


def test_a_late_format_that_does_not_fit_imports_nothing(client, received):
    answer = post(client, ("file", b"[" + b" " * 2 * MIB, "a"), ("format", b"csv", None))
    assert error_of(answer) == (400, "VALIDATION_ERROR", ["format"])
    assert received.ended.wait(5)
    assert received.commit is None


def test_a_late_wish_for_an_email_with_a_large_file_is_refused(client, received):
    answer = post(client, ("file", b"a" * 2 * MIB, "a"), ("notify_email", b"true", None))
    assert error_of(answer) == (400, "VALIDATION_ERROR", ["notify_email"])
    assert received.ended.wait(5)
    assert received.commit is None


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([], "file"),
        ([("format", b"csv", None)], "file"),
        ([("file", b"a", "a"), ("file", b"b", "b")], "file"),
        ([("format", b"xlsx", None), ("file", b"a", "a")], "format"),
        ([("format", b"csv", None), ("format", b"csv", None), ("file", b"a", "a")], "format"),
        ([("notify_email", b"yes", None), ("file", b"a", "a")], "notify_email"),
        ([("catalog", b"c", None), ("file", b"a", "a")], "catalog"),
        ([("format", b"c" * 2000, None), ("file", b"a", "a")], "format"),
    ],
)
def test_wrong_parts_are_named(client, received, parts, field):
    assert error_of(post(client, *parts)) == (400, "VALIDATION_ERROR", [field])
    assert received.commit is None


def test_unknown_query_parameters_are_named(client, received):
    answer = post(client, ("file", b"a", "a"), path=f"{PATH}?catalog_id=c&catalogId=c")
    assert error_of(answer) == (400, "VALIDATION_ERROR", ["catalogId"])


@pytest.mark.parametrize("kind", ["application/json", "text/csv", ""])
def test_another_media_type_is_415(client, received, kind):
    answer = client.post(PATH, content=b"{}", headers={"content-type": kind})
    assert error_of(answer)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("coding", ["gzip", "deflate, identity"])
def test_a_compressed_upload_is_415_and_imports_nothing(client, received, coding):
    content, headers = multipart(("file", b"sku\n1\n", "a.csv"))
    answer = client.post(PATH, content=content, headers={**headers, "content-encoding": coding})
    assert error_of(answer)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.headers["accept-encoding"] == "identity"
    assert received.start is None


def test_an_upload_with_the_identity_coding_is_taken(client, received):
    content, headers = multipart(("file", b"sku\n1\n", "a.csv"))
    assert client.post(PATH, content=content, headers={**headers, "content-encoding": "identity"}).status_code == 202


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "x" * 300])
def test_no_usable_boundary_is_400(client, received, boundary):
    answer = client.post(PATH, content=b"--XX--", headers={"content-type": f"multipart/form-data{boundary}"})
    assert error_of(answer)[:2] == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "content", [b"nothing of the kind", b"--XX\r\nno header\r\n\r\n", b"--XX\r\nA: b\r\n\r\nx\r\n--XX--"]
)
def test_a_malformed_body_is_400(client, received, content):
    answer = client.post(PATH, content=content, headers={"content-type": "multipart/form-data; boundary=XX"})
    assert error_of(answer)[0] == 400
    assert received.commit is None


@pytest.mark.parametrize("size", [10, 3 * MIB])
def test_a_body_without_its_end_imports_nothing(client, received, size):
    answer = post(client, ("file", b"a" * size, "a"), end=False)
    assert error_of(answer)[:2] == (400, "UPLOAD_INCOMPLETE")
    assert received.commit is None


def test_an_upload_broken_off_imports_nothing(gateway, fakes, received):
    content, headers = multipart(("file", b"a" * 3 * MIB, "a"))
    with socket.create_connection(gateway.address) as connection:
        head = (
            f"POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
            f"content-type: {headers['content-type']}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        connection.sendall(head.encode() + content[: 2 * MIB])
        while not received.pieces:
            threading.Event().wait(0.01)
    assert received.ended.wait(5)
    assert received.commit is None


def test_a_refusal_arrives_while_the_body_is_still_coming(client, fakes):
    def refuse(_requests, _context):
        raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_PERMISSIONS")

    fakes.methods["ImportProducts"] = refuse
    answer = post(client, ("file", b"a" * 20 * MIB, "a"))
    assert error_of(answer)[:2] == (403, "INSUFFICIENT_PERMISSIONS")


def test_a_refusal_after_the_commit_is_the_answer(client, fakes):
    def refuse(requests, _context):
        for _ in requests:
            pass
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR", "Empty.", fields={"file": "Is empty."})

    fakes.methods["ImportProducts"] = refuse
    assert error_of(post(client, ("file", b"", "a"))) == (400, "VALIDATION_ERROR", ["file"])


def test_a_slow_service_holds_the_client_back(gateway, fakes):
    go_on, sent = threading.Event(), 0

    def slow(requests, _context):
        next(requests)
        go_on.wait(20)
        for _ in requests:
            pass
        return import_service_pb2.ImportProductsResponse()

    fakes.methods["ImportProducts"] = slow
    content, headers = multipart(("file", b"a" * 200 * MIB, "a"))
    with socket.create_connection(gateway.address) as connection:
        head = (
            f"POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
            f"content-type: {headers['content-type']}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        connection.sendall(head.encode())
        connection.settimeout(1.0)
        view = memoryview(content)
        try:
            while sent < len(content):
                sent += connection.send(view[sent : sent + MIB])
        except TimeoutError:
            pass
        assert sent < 60 * MIB
    go_on.set()


@pytest.mark.parametrize("limit", ["gateway_upload_pause_seconds", "gateway_stream_seconds"])
def test_an_upload_that_rests_is_ended(start_gateway, received, limit):
    gateway = start_gateway(**{limit: 0.3})
    content, headers = multipart(("file", b"sku\n1\n" * MIB, "a"))
    with socket.create_connection(gateway.address, timeout=10) as connection:
        head = (
            f"POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
            f"content-type: {headers['content-type']}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        connection.sendall(head.encode() + content[: 2 * MIB])
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"REQUEST_TIMEOUT"' in answer
    assert received.ended.wait(10)
    assert received.commit is None
