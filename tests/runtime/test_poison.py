# ruff: noqa: F811 - fixtures are found by their names
"""A row that takes the process down fails its job, and is named; real processes die of it here."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from assay.workspace.v1 import job_pb2, job_service_pb2_grpc

from services.runtime.jobs import Job
from tests.runtime.test_jobs import log  # noqa: F401 - a fixture
from tests.runtime.test_workers import Keeper

ROOT = Path(__file__).parents[2]
JOB = Job("6b0f4e0a-6f3e-4a57-9f0e-0d6c6a0a0001", "count", "ws_a", "cat_1", {})


@pytest.fixture
def keeper():
    keeper = Keeper()
    keeper.records[JOB.id] = job_pb2.Job(id=JOB.id, status=job_pb2.JOB_STATUS_QUEUED)
    keeper.of[JOB.id] = ""
    return keeper


@pytest.fixture
def address(keeper):
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    job_service_pb2_grpc.add_JobServiceServicer_to_server(keeper, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield str(port)
    server.stop(None).wait()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("row", ["row-0", "row-313"])
def test_a_deadly_row_is_named_after_five_deaths(keeper, address, log, tmp_path, row):
    log.add(JOB, b"", "", 0.0)
    deaths = 0
    while JOB.id not in keeper.ends:
        words = [sys.executable, "-m", "tests.runtime.poisoned", address, str(tmp_path), row]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and JOB.id not in keeper.ends:
                time.sleep(0.02)
            deaths += process.poll() is not None
            process.kill()
        assert deaths <= 5
    end = keeper.ends[JOB.id]
    number = int(row.removeprefix("row-")) // 250 + 1
    told = f"Row {row} (partition {number} of the job) stopped the service 5 times and is not tried again."
    assert (end.status, end.error.code, end.error.message) == (job_pb2.JOB_STATUS_FAILED, "JOB_CRASHED", told)
    assert (deaths, end.processed) == (5, 250)
