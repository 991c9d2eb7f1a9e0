"""A service as a process: health, reflection, metrics, ports, drain."""

import threading
import urllib.request

import grpc
import pytest
from assay.ingest.v1 import item_service_pb2, item_service_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from services.runtime.server import PortTakenError, RunningServer

READER = [("authorization", "Bearer reader")]


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
