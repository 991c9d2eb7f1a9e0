"""What the failure of a call to another service means."""

import grpc
from assay.ingest.v1 import item_service_pb2, item_service_pb2_grpc

from services.runtime.errors import JobCancelled
from services.runtime.neighbours import is_away
from tests.runtime.test_interceptors import failure, get_item, never_begun


def test_who_is_not_there_or_is_being_stopped_is_away():
    with grpc.insecure_channel("127.0.0.1:1") as nobody:
        stub = item_service_pb2_grpc.ItemServiceStub(nobody)
        refused = failure(lambda: stub.GetItem(item_service_pb2.GetItemRequest()))
    cancelled = never_begun()
    assert [error.code() for error in (refused, cancelled)] == [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
    ]
    assert is_away(refused)
    assert is_away(cancelled)


def test_a_job_that_was_cancelled_is_no_neighbour_that_is_away(channel, behaviour):
    behaviour.error = JobCancelled("The job was cancelled.")
    error = failure(lambda: get_item(channel))
    assert error.code() is grpc.StatusCode.CANCELLED
    assert not is_away(error)
    assert not is_away(ValueError())
