"""What happens around every RPC, seen from a client."""

import grpc
import psycopg
import pytest
import sqlalchemy as sa
from assay.common.v1 import run_pb2
from assay.ingest.v1 import import_service_pb2, import_service_pb2_grpc, item_service_pb2, item_service_pb2_grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.runtime.database import Database
from services.runtime.errors import JobFailed, ValidationError
from services.runtime.interceptors.errors import DETAILS_LIMIT_BYTES, build_status


def bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


def get_item(channel, token="reader", workspace="ws_a", **options):
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    metadata = bearer(token) if token else None
    return stub.GetItem.with_call(
        item_service_pb2.GetItemRequest(workspace_id=workspace, catalog_id="cat_1", product_id="p1"),
        metadata=metadata,
        timeout=options.pop("timeout", 10),
    )


def failure(call) -> grpc.Call:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


def never_begun() -> grpc.RpcError:
    """What gRPC answers to a call that has come when its server no longer begins any; here: there is none."""
    with grpc.insecure_channel("127.0.0.1:1") as nobody:
        asked = item_service_pb2.ReadItemsRequest()
        call = item_service_pb2_grpc.ItemServiceStub(nobody).ReadItems(asked, wait_for_ready=True)
        call.cancel()
        with pytest.raises(grpc.RpcError) as cancelled:
            next(call)
    return cancelled.value


def reasons(error) -> list[str]:
    status = rpc_status.from_call(error)
    found = []
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            found.append(info.reason)
    return found


def test_an_answer_carries_the_request_id_that_was_sent(channel):
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    _, call = stub.GetItem.with_call(
        item_service_pb2.GetItemRequest(workspace_id="ws_a"), metadata=[*bearer("reader"), ("x-request-id", "req_mine")]
    )
    assert dict(call.initial_metadata())["x-request-id"] == "req_mine"


def test_a_request_without_an_id_gets_one(channel):
    _, call = get_item(channel)
    assert dict(call.initial_metadata())["x-request-id"].startswith("req_")


@pytest.mark.parametrize("token", ["", "nobody", "x" * 9000])
def test_a_missing_or_wrong_token_is_unauthenticated(channel, token):
    error = failure(lambda: get_item(channel, token))
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert reasons(error) == ["UNAUTHORIZED"]


def test_a_token_of_another_workspace_is_refused_before_anything_is_looked_up(channel, behaviour):
    error = failure(lambda: get_item(channel, workspace="ws_b"))
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert reasons(error) == ["INSUFFICIENT_PERMISSIONS"]
    assert not behaviour.entered.is_set()


def test_a_missing_scope_is_named(channel):
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    request = item_service_pb2.DeleteProductRequest(workspace_id="ws_a", product_id="p1")
    error = failure(lambda: stub.DeleteProduct(request, metadata=bearer("reader")))
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "products:write" in error.details()


def test_the_internal_token_reaches_every_workspace(channel):
    answer, _ = get_item(channel, "internal-token-of-the-tests", workspace="ws_z")
    assert answer.item.id == "p1"


def test_a_client_stream_is_checked_by_its_first_message(channel):
    stub = import_service_pb2_grpc.ImportServiceStub(channel)

    def parts(workspace):
        start = import_service_pb2.ImportStart(workspace_id=workspace)
        yield import_service_pb2.ImportProductsRequest(start=start)
        yield import_service_pb2.ImportProductsRequest(data=b"12345")

    assert stub.ImportProducts(parts("ws_a"), metadata=bearer("writer")).job_id == "5"
    error = failure(lambda: stub.ImportProducts(parts("ws_b"), metadata=bearer("writer")))
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_client_stream_that_names_no_workspace_is_refused(channel):
    stub = import_service_pb2_grpc.ImportServiceStub(channel)
    parts = iter([import_service_pb2.ImportProductsRequest(data=b"12345")])
    error = failure(lambda: stub.ImportProducts(parts, metadata=bearer("writer")))
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_domain_error_leaves_with_one_error_info_and_all_violations(channel, behaviour, violations):
    behaviour.error = violations
    error = failure(lambda: get_item(channel))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reasons(error) == ["VALIDATION_ERROR"]
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in rpc_status.from_call(error).details)
    assert [(entry.field, entry.description) for entry in bad.field_violations] == [("a", "A."), ("b", "B.")]


def fields(error) -> list[str]:
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in rpc_status.from_call(error).details)
    return [entry.field for entry in bad.field_violations]


@pytest.mark.parametrize(
    ("request_fields", "at_fault"),
    [
        ({"title": "a\0"}, ["title"]),
        ({"title": "\0", "sku": "a\0b"}, ["title", "sku"]),
        ({"category_path": ["a", "b\0", "\0"]}, ["category_path[1]", "category_path[2]"]),
        ({"attributes": {"a": "b\0"}}, ["attributes"]),
        ({"attributes": {"a\0": 1}}, ["attributes"]),
        ({"attributes": {"a": {"b": ["c", "\0"]}}}, ["attributes"]),
    ],
)
def test_texts_with_nul_are_refused_before_the_handler_sees_them(channel, request_fields, at_fault):
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    request = json_format.ParseDict({"workspace_id": "ws_a", **request_fields}, item_service_pb2.CreateProductRequest())
    error = failure(lambda: stub.CreateProduct(request, metadata=bearer("writer")))
    assert (error.code(), reasons(error)) == (grpc.StatusCode.INVALID_ARGUMENT, ["VALIDATION_ERROR"])
    assert fields(error) == at_fault


def test_texts_within_messages_of_a_request_are_looked_at_too(channel):
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    request = item_service_pb2.ReplaceProductRequest(workspace_id="ws_a", product_id="p1")
    request.product.title = "\0"
    assert fields(failure(lambda: stub.ReplaceProduct(request, metadata=bearer("writer")))) == ["product.title"]


def test_bytes_may_hold_nul(channel):
    stub = import_service_pb2_grpc.ImportServiceStub(channel)

    def parts(name):
        start = import_service_pb2.ImportStart(workspace_id="ws_a", file_name=name)
        yield import_service_pb2.ImportProductsRequest(start=start)
        yield import_service_pb2.ImportProductsRequest(data=b"12\x0045")

    assert stub.ImportProducts(parts("a"), metadata=bearer("writer")).job_id == "5"
    error = failure(lambda: stub.ImportProducts(parts("a\0"), metadata=bearer("writer")))
    assert fields(error) == ["start.fileName"]


def test_a_database_that_is_away_is_told_as_such(channel, behaviour):
    behaviour.error = sa.exc.OperationalError("SELECT secret", {}, psycopg.OperationalError("connection refused"))
    error = failure(lambda: get_item(channel))
    assert (error.code(), reasons(error)) == (grpc.StatusCode.UNAVAILABLE, ["UPSTREAM_UNAVAILABLE"])
    assert "secret" not in error.details()


def test_a_neighbour_that_is_being_stopped_is_away(channel, behaviour):
    behaviour.error = never_begun()
    error = failure(lambda: get_item(channel))
    assert (error.code(), reasons(error)) == (grpc.StatusCode.UNAVAILABLE, ["UPSTREAM_UNAVAILABLE"])


def test_an_unknown_exception_leaves_no_text_but_the_request_id(channel, behaviour):
    behaviour.error = RuntimeError("SELECT secret FROM /etc/passwd")
    error = failure(lambda: get_item(channel))
    assert error.code() is grpc.StatusCode.INTERNAL
    assert reasons(error) == ["INTERNAL"]
    assert "SELECT" not in error.details()
    assert dict(error.initial_metadata())["x-request-id"] in error.details()


def test_a_database_that_is_away_is_to_be_asked_again_later(channel, behaviour):
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(sa.exc.OperationalError) as away, database.read():
        pass
    behaviour.error = away.value
    error = failure(lambda: get_item(channel))
    assert (error.code(), reasons(error)) == (grpc.StatusCode.UNAVAILABLE, ["UPSTREAM_UNAVAILABLE"])
    assert "127.0.0.1" not in error.details()


def test_an_error_in_the_middle_of_a_stream_is_covered_too(channel, behaviour):
    behaviour.error, behaviour.fail_after = ValueError("inner"), 1
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    stream = stub.ReadItems(item_service_pb2.ReadItemsRequest(workspace_id="ws_a"), metadata=bearer("reader"))
    assert list(next(stream).ids) == ["0"]
    error = failure(lambda: next(stream))
    assert (error.code(), reasons(error)) == (grpc.StatusCode.INTERNAL, ["INTERNAL"])


def test_a_stream_without_errors_arrives_whole(channel, behaviour):
    behaviour.chunks = 5
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    request = item_service_pb2.ReadItemsRequest(workspace_id="ws_a", range=run_pb2.IdRange())
    chunks = stub.ReadItems(request, metadata=bearer("reader"))
    assert [list(chunk.ids) for chunk in chunks] == [["0"], ["1"], ["2"], ["3"], ["4"]]


def test_the_deadline_is_the_smaller_of_the_clients_and_the_ceiling(channel, behaviour):
    import time

    before = time.monotonic()
    get_item(channel, timeout=3600)
    get_item(channel, timeout=5)
    ceiling, own = (deadline - before for deadline in behaviour.deadlines)
    assert own < 6
    assert 29 < ceiling < 40


def test_many_violations_are_cut_to_what_trailers_carry():
    error = ValidationError("Many.", violations=[_violation(n) for n in range(1000)])
    assert build_status(error).ByteSize() < DETAILS_LIMIT_BYTES * 2


def _violation(number):
    from services.runtime.errors import FieldViolation

    return FieldViolation(f"field{number}", "is wrong in a way that takes a few words to say")


@pytest.mark.parametrize("character", ["x", "é", "語"])
def test_a_long_text_is_cut_to_what_trailers_carry(channel, behaviour, character):
    text = character * 20_000
    behaviour.error = ValidationError(f"Not found: {text}", metadata={"catalog_id": text})
    error = failure(lambda: get_item(channel))
    assert (error.code(), reasons(error)) == (grpc.StatusCode.INVALID_ARGUMENT, ["VALIDATION_ERROR"])
    assert error.details().startswith(f"Not found: {character * 255}")
    assert error.details().endswith("…")


def test_a_failed_jobs_own_reason_goes_out():
    status = build_status(JobFailed("TRUNCATED_JSON", "Line 3 ends too early."))
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.reason == "TRUNCATED_JSON"
