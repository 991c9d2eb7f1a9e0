"""The service as a process: it starts, says it is healthy, keeps its data over a restart and drains on SIGTERM."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from assay.ingest.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ROOT = Path(__file__).resolve().parents[2]
METADATA = (("authorization", "Bearer internal-secret"),)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def start(workspace, tmp_path):
    processes, log = [], tmp_path / "log"

    def run(**settings):
        port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")},
            "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}",
            "ASSAY_HOME": str(tmp_path),
            "ASSAY_INGEST_PORT": str(port),
            "ASSAY_INGEST_METRICS_PORT": "0",
            "ASSAY_WORKSPACE_ADDRESS": workspace.address,
            "ASSAY_INTERNAL_TOKEN": "internal-secret",
            **settings,
        }
        with log.open("ab") as err:
            process = subprocess.Popen([sys.executable, "-m", "services.ingest"], env=environment, cwd=ROOT, stderr=err)
        processes.append(process)
        return process, grpc.insecure_channel(f"127.0.0.1:{port}")

    yield run
    for process in processes:
        process.kill()
        process.wait()


def test_the_process_serves_keeps_and_drains(start):
    process, channel = start()
    with channel:
        health = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service="assay.ingest.v1.ImportService"), wait_for_ready=True, timeout=30
        )
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        made = catalog_service_pb2_grpc.CatalogServiceStub(channel).CreateCatalog(
            catalog_service_pb2.CreateCatalogRequest(workspace_id="ws_a", name="Shop"), metadata=METADATA
        )
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    _, channel = start()
    with channel:
        found = catalog_service_pb2_grpc.CatalogServiceStub(channel).GetCatalog(
            catalog_service_pb2.GetCatalogRequest(workspace_id="ws_a", catalog_id=made.catalog.id),
            metadata=METADATA,
            wait_for_ready=True,
            timeout=30,
        )
    assert found.catalog == made.catalog


def test_storage_that_cannot_be_used_is_told_in_one_line(start, tmp_path):
    process, channel = start(ASSAY_INGEST_STORAGE_URL="file:///no/such/folder")
    channel.close()
    assert process.wait(timeout=60) == 1
    (line,) = (tmp_path / "log").read_text().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"]) == ("cannot start", "error")
    assert told["reason"] == "ASSAY_INGEST_STORAGE_URL: the folder /no/such/folder is not there"
