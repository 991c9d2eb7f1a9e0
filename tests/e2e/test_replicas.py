"""Two gateways before the same services: whoever is asked next answers as the one before would have."""

import subprocess
import sys
import time
from types import SimpleNamespace

import httpx
import pytest

from tests.e2e.conftest import ROOT, Client, free_ports
from tests.e2e.test_events import events_of, of

pytestmark = pytest.mark.e2e

STARTED_SECONDS = 60


@pytest.fixture
def other(stack, client):
    """The same client at a gateway of its own process, which shares nothing with that of the stack."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway"],
        cwd=ROOT,
        env=stack.environment | {"ASSAY_HTTP_PORT": str(port), "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}"},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(timeout=60, trust_env=False) as http:
        end = time.monotonic() + STARTED_SECONDS
        while True:
            try:
                http.get(f"{url}/healthz").raise_for_status()
                break
            except httpx.TransportError:
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.1)
        yield Client(SimpleNamespace(url=url, http=http), client.headers["Authorization"].split()[1], stack.workspace)
    process.terminate()
    process.wait()


def test_whoever_is_asked_next_goes_on(client, other, enough_products):
    catalog = client.new_catalog()
    assert other.get(f"catalogs/{catalog}").status_code == 200
    job = other.upload(enough_products, catalog).json()["backgroundJobId"]
    assert client.wait(job)["status"] == "completed"

    body = {"scope": "all", "unknownBrands": "register"}
    job = client.batch("silver", catalog, body, {"Prefer": "respond-async"}).json()["jobId"]
    assert other.wait(job)["result"]["processed"] == 12_000

    page = client.get(f"jobs/{job}/results", limit=10).json()
    after = other.get(f"jobs/{job}/results", limit=10, cursor=page["pagination"]["cursor"]).json()
    assert [result["productId"] for result in page["data"] + after["data"]] == [f"P{n:05}" for n in range(20)]

    job = other.batch("gold", catalog, headers={"Prefer": "respond-async"}).json()["jobId"]
    first = events_of(client, job, most=1500)
    second = events_of(other, job, last=first[-1][2], most=9_000)
    rest = events_of(client, job, last=second[-1][2])
    told = [result["productId"] for part in (first, second, rest) for result in of("result", part)]
    assert told == [f"P{n:05}" for n in range(12_000)]
    assert rest[-1][0] == "summary"
