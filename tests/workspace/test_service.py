"""The service as the others meet it: a process of its own, and the runtime's job ledger and token cache against it."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from assay.workspace.v1 import workspace_service_pb2, workspace_service_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.runtime.auth import RemoteAuthenticator
from services.runtime.channels import Channels
from services.runtime.errors import Unauthorized
from services.runtime.jobs import JobLedger, JobSpec, LocalEngine, Plan, Runner, claim_owner
from services.runtime.metrics import Metrics
from services.runtime.server import RunningServer
from services.workspace.app import build
from tests.support.job_log import job_log

ROOT = Path(__file__).parents[2]


class Counting(Runner):
    """A runner of three partitions."""

    kind = "silver"

    def __init__(self):
        self.done = []

    def prepare(self, job):
        return Plan([1, 2, 3], 6)

    def run_partition(self, job, partition):
        self.done.append(partition)
        return 2

    def complete(self, job):
        return {"total": 6, "ratio": 0.5}

    def discard(self, job):
        self.done.clear()


@pytest.fixture
def server(settings):
    running = RunningServer(build(settings))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def channels(server, settings):
    made = Channels(settings.resolved_internal_token(), max_message_bytes=settings.max_message_bytes)
    yield made
    made.close()


@pytest.fixture
def channel(channels, server):
    return channels.to(f"127.0.0.1:{server.port}")


@pytest.fixture
def ledger(channel, tmp_path):
    owner = claim_owner(tmp_path / "run", "silver")
    yield JobLedger(channel, owner)
    owner.release()


@pytest.fixture
def log(tmp_path):
    with job_log(tmp_path) as kept:
        yield kept


def test_the_runtimes_engine_runs_a_job_against_the_real_record_keeper(channel, ledger, log, new_over):
    new_over("ws_engine")
    engine = LocalEngine(ledger, log, {"silver": Counting()}, Metrics())
    engine.start()
    run = engine.open(JobSpec("silver", "catalog", "pipeline_run", "ws_engine", "cat_1", lock_key="cat_1"))
    with pytest.raises(grpc.RpcError) as caught:
        engine.open(JobSpec("silver", "catalog", "pipeline_run", "ws_engine", "cat_1", lock_key="cat_1"))
    assert caught.value.code() is grpc.StatusCode.ABORTED
    engine.prepare(run)
    engine.execute(run)
    again = engine.open(JobSpec("silver", "catalog", "pipeline_run", "ws_engine", "cat_1", lock_key="cat_1"))
    assert again.job.id != run.job.id
    engine.execute(again)
    engine.stop(0)


def test_the_runtimes_authenticator_learns_who_a_key_is(channel, new_over, new_key_over):
    new_over("ws_remote")
    principal = RemoteAuthenticator(channel).authenticate(new_key_over("ws_remote", "jobs:read"))
    assert (principal.workspace_ids, principal.scopes) == ({"ws_remote"}, {"jobs:read"})
    with pytest.raises(Unauthorized):
        RemoteAuthenticator(channel).authenticate("sk_live_wrong")


@pytest.fixture
def new_over(channel):
    stub = workspace_service_pb2_grpc.WorkspaceServiceStub(channel)
    return lambda name: stub.CreateWorkspace(workspace_service_pb2.CreateWorkspaceRequest(workspace_id=name))


@pytest.fixture
def new_key_over(channel):
    from assay.workspace.v1 import api_key_service_pb2, api_key_service_pb2_grpc

    stub = api_key_service_pb2_grpc.ApiKeyServiceStub(channel)

    def make(workspace_id, *scopes):
        request = api_key_service_pb2.CreateApiKeyRequest(workspace_id=workspace_id, name="x", permissions=scopes)
        return stub.CreateApiKey(request).api_key.secret

    return make


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def run_process(home):
    """Starts the service, waits until it is healthy, asks for ws_demo with the key in the file, stops it."""
    port = free_port()
    environment = os.environ | {
        "ASSAY_HOME": str(home),
        "ASSAY_WORKSPACE_PORT": str(port),
        "ASSAY_WORKSPACE_METRICS_PORT": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.workspace"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            request = health_pb2.HealthCheckRequest(service="assay.workspace.v1.JobService")
            health = health_pb2_grpc.HealthStub(channel).Check(request, wait_for_ready=True, timeout=30)
            assert health.status == health_pb2.HealthCheckResponse.SERVING
            secret = (home / "demo-key").read_text().strip()
            answer = workspace_service_pb2_grpc.WorkspaceServiceStub(channel).GetWorkspace(
                workspace_service_pb2.GetWorkspaceRequest(workspace_id="ws_demo"),
                metadata=[("authorization", f"Bearer {secret}")],
                timeout=10,
            )
            assert answer.workspace.id == "ws_demo"
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    return process.returncode, out, err, secret


def test_the_process_starts_prints_its_key_once_and_drains(tmp_path):
    code, out, err, secret = run_process(tmp_path)
    assert code == 0
    assert out == f"assay demo key: {secret}\n"
    assert re.search(r'"event": ?"rpc"', err)
    assert secret not in err
    code, out, err, again = run_process(tmp_path)
    assert (code, out, again) == (0, "", secret)
