"""A service as a process: health, reflection, metrics, ports, drain."""

import threading
import urllib.request

import grpc
import pytest
from assay.ingest.v1 import import_service_pb2, import_service_pb2_grpc, item_service_pb2, item_service_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

from services.runtime.neighbours import reason_of
from services.runtime.server import PortTakenError, RunningServer

INTERNAL_TOKEN = "internal-token-of-the-tests"
READER = [("authorization", "Bearer reader")]
WRITER = [("authorization", "Bearer writer")]
READ = item_service_pb2.ReadItemsRequest(workspace_id="ws_a")


def test_health_is_told_per_service_without_a_token(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ("", "assay.ingest.v1.ItemService", "assay.ingest.v1.ImportService"):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_health_can_be_watched(channel):
    stream = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=""))
    assert next(stream).status == health_pb2.HealthCheckResponse.SERVING
    stream.cancel()


def test_reflection_lists_the_services(channel):
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert {"assay.ingest.v1.ItemService", "grpc.health.v1.Health"} <= set(services)


def test_metrics_count_calls_by_method_and_code(server, channel):
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    stub.GetItem(item_service_pb2.GetItemRequest(workspace_id="ws_a"), metadata=READER)
    with urllib.request.urlopen(f"http://127.0.0.1:{server.metrics_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert 'assay_rpc_total{code="OK",method="/assay.ingest.v1.ItemService/GetItem"} 1.0' in text


def test_a_taken_port_is_an_error_and_not_shared(server, settings):
    taken = settings.model_copy(update={"ingest_port": server.port})
    app = server._app
    app.settings, before = taken, app.settings
    with pytest.raises(PortTakenError):
        RunningServer(app)
    app.settings = before


def test_stopping_lets_calls_under_way_end_and_refuses_new_ones(server, channel, behaviour):
    behaviour.hold = True
    stub = item_service_pb2_grpc.ItemServiceStub(channel)
    request = item_service_pb2.GetItemRequest(workspace_id="ws_a", product_id="slow")
    under_way = stub.GetItem.future(request, metadata=READER, timeout=10)
    assert behaviour.entered.wait(5)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    behaviour.release.set()
    assert under_way.result().item.id == "slow"
    stopping.join(10)
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetItem(request, metadata=READER, timeout=2)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_long_call_outlives_the_questions_whether_the_server_is_there(server, behaviour):
    behaviour.hold = True
    often = [("grpc.keepalive_time_ms", 100), ("grpc.http2.max_pings_without_data", 0)]
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=often) as channel:
        request = item_service_pb2.GetItemRequest(workspace_id="ws_a", product_id="slow")
        under_way = item_service_pb2_grpc.ItemServiceStub(channel).GetItem.future(request, metadata=READER, timeout=20)
        assert behaviour.entered.wait(5)
        threading.Timer(5, behaviour.release.set).start()  # gRPC asks once a second at most
        assert under_way.result().item.id == "slow"


def test_streams_that_stall_leave_threads_for_other_calls(server, settings, channel, behaviour):
    uploads = import_service_pb2_grpc.ImportServiceStub(channel)
    items = item_service_pb2_grpc.ItemServiceStub(channel)
    go_on = threading.Event()

    def stalling():
        yield import_service_pb2.ImportProductsRequest(start=import_service_pb2.ImportStart(workspace_id="ws_a"))
        go_on.wait(20)

    def read(token):
        return list(items.ReadItems(READ, metadata=[("authorization", f"Bearer {token}")], timeout=10))

    stalled = [uploads.ImportProducts.future(stalling(), metadata=WRITER) for _ in range(settings.rpc_streams)]
    try:
        assert all(behaviour.uploads.acquire(timeout=10) for _ in stalled)
        with pytest.raises(grpc.RpcError) as caught:
            read("reader")
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert reason_of(rpc_status.from_call(caught.value)) == "TOO_MANY_STREAMS"

        assert len(read(INTERNAL_TOKEN)) == 2
        assert items.GetItem(item_service_pb2.GetItemRequest(workspace_id="ws_a"), metadata=READER, timeout=10)
    finally:
        go_on.set()
    assert [call.result(10).job_id for call in stalled] == ["0"] * settings.rpc_streams
    assert len(read("reader")) == 2
