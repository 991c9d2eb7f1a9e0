"""The whole stack as real processes: `assay serve` on free ports, in a folder of its own."""

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SERVICES = ("ingest", "silver", "gold", "workspace")
READY_SECONDS = 90
JOB_SECONDS = 60
ENDED = {"completed", "failed", "cancelled"}


def free_ports(count):
    """Below those that systems give to outgoing connections, so that nobody takes one before its process is up."""
    found = []
    for port in random.sample(range(10_000, 32_000), 1000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")


class Stack:
    """One home, started and stopped as often as wanted."""

    workspace = "ws_demo"

    def __init__(self, home, **settings):
        self.home = home
        names = [f"ASSAY_{name.upper()}_PORT" for name in SERVICES]
        names += [f"ASSAY_{name.upper()}_METRICS_PORT" for name in SERVICES] + ["ASSAY_HTTP_PORT"]
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        # The images of most tests are nowhere.
        self.settings = {"ASSAY_HOME": str(home), "ASSAY_SILVER_IMAGE_REQUESTS": "false"}
        self.settings |= {name: str(port) for name, port in self.ports.items()} | settings
        self.url = f"http://127.0.0.1:{self.ports['ASSAY_HTTP_PORT']}"
        self.process = None
        self.log = home.parent / f"{home.name}.log"

    @property
    def environment(self):
        """The test's own environment without settings of somebody else, and with ours."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        return clean | self.settings | {"PATH": f"{BIN}:{clean['PATH']}"}

    def start(self):
        self.http = httpx.Client(timeout=60, trust_env=False)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "assay", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.printed = []
        timer = threading.Timer(READY_SECONDS, self.process.kill)
        timer.start()
        for line in self.process.stdout:
            self.printed.append(line.rstrip())
            if line.startswith("assay ready: "):
                break
        timer.cancel()
        assert self.printed and self.printed[-1] == f"assay ready: {self.url}", self.tail()
        return self

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        code = self.process.wait(60)
        self.process.stdout.close()
        self.http.close()
        return code

    def end(self):
        """Whatever state it is in: nothing of it is left."""
        if self.process:
            self.process.kill()
            self.wait()

    def tail(self):
        """What was logged last."""
        return self.log.read_text()[-3000:]

    def child(self, name):
        """The process of a service."""
        module = "gateway" if name == "gateway" else f"services.{name}"
        (found,) = self.children(module)
        return found

    def children(self, module):
        """The processes of a module, as they were started."""
        found = psutil.Process(self.process.pid).children()
        return sorted((one for one in found if one.cmdline()[-2:] == ["-m", module]), key=lambda one: one.pid)

    @property
    def key(self):
        return (self.home / "demo-key").read_text().strip()

    def run(self, *words, **options):
        """The `assay` command against this stack."""
        return subprocess.run(
            [BIN / "assay", *map(str, words)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
            **options,
        )

    def client(self, key=None, workspace=None):
        return Client(self, key or self.key, workspace or self.workspace)

    def make_key(self, workspace, *scopes):
        """A key that may ask as often as it likes: how often a test asks depends on how fast the machine is."""
        words = (*(f"--scope={scope}" for scope in scopes), "--tier", "enterprise")
        done = self.run("keys", "create", "--workspace", workspace, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def address_of(stack, service):
    """Where a service of a stack, or of victims, is asked by gRPC."""
    return f"127.0.0.1:{stack.environment[f'ASSAY_{service.upper()}_PORT']}"


class Client:
    """REST calls in one workspace."""

    def __init__(self, stack, key, workspace):
        self.stack = stack
        self.base = f"{stack.url}/api/workspace/{workspace}"
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path, **params):
        return self.stack.http.get(f"{self.base}/{path}", params=params, headers=self.headers)

    def post(self, path, body=None, headers=None, **params):
        headers = self.headers | (headers or {})
        return self.stack.http.post(f"{self.base}/{path}", json=body, headers=headers, params=params)

    def put(self, path, body):
        return self.stack.http.put(f"{self.base}/{path}", json=body, headers=self.headers)

    def new_catalog(self, name="test"):
        answer = self.post("catalogs", {"name": name})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["catalog"]["id"]

    def upload(self, content, catalog_id=None, name="products.csv", data=None):
        params = {"catalog_id": catalog_id} if catalog_id else {}
        files = {"file": (name, content)}
        url = f"{self.base}/catalog/products/import"
        return self.stack.http.post(url, params=params, files=files, data=data, headers=self.headers)

    def import_file(self, content, catalog_id=None, name="products.csv", data=None):
        """Uploads and waits; the completed job."""
        answer = self.upload(content, catalog_id, name, data)
        assert answer.status_code == 202, answer.text
        job = self.wait(answer.json()["backgroundJobId"])
        assert job["status"] == "completed", job
        return job

    def wait(self, job_id):
        """The job when it has ended, however."""
        deadline = time.monotonic() + JOB_SECONDS
        while time.monotonic() < deadline:
            answer = self.get(f"jobs/{job_id}")
            assert answer.status_code == 200, answer.text
            if answer.json()["status"] in ENDED:
                return answer.json()
            time.sleep(0.1)
        raise AssertionError(f"job {job_id} does not end: {answer.json()}")

    def batch(self, stage, catalog_id, body=None, headers=None):
        return self.post(f"catalogs/{catalog_id}/batch/{stage}", body or {"scope": "all"}, headers)

    def run(self, stage, catalog_id, **body):
        answer = self.batch(stage, catalog_id, {"scope": "all"} | body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path, **params):
        """Every entry, page by page."""
        entries, cursor = [], None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {})).json()
            entries += page["data"]
            cursor = page["pagination"].get("cursor")
            if not page["pagination"]["has_more"]:
                return entries

    def told_results(self, job_id):
        """The ids of what a job has results of."""
        return {result["productId"] for result in self.pages(f"jobs/{job_id}/results", limit=1000)}

    def product(self, catalog_id, product_id):
        answer = self.get(f"catalog/products/{product_id}", catalog_id=catalog_id)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.contextmanager
def running_stack(home, **settings):
    """A stack that ends in order, or is ended."""
    running = Stack(home, **settings)
    try:
        yield running.start()
        assert running.stop() == 0, running.tail()
    finally:
        running.end()


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """The stack most tests share: each works in a catalog or a workspace of its own."""
    with running_stack(tmp_path_factory.mktemp("stack") / "home") as running:
        yield running


@pytest.fixture
def client(stack):
    return stack.client()


@pytest.fixture
def catalog(client):
    return client.new_catalog()


@pytest.fixture
def make_stack(tmp_path):
    """Stacks that a test may break; what is left of them is ended."""
    made = []

    def make(name="home", **settings):
        made.append(Stack(tmp_path / name, **settings))
        return made[-1]

    yield make
    for one in made:
        one.end()


def csv_of(count):
    """CSV of that many products of 50 makers."""
    rows = (
        f"P{n:05},Maker {n % 50},Tool number {n} with a handle of ash wood,{n % 900 + 1}.90,EUR,in stock,"
        f'"A sturdy tool for garden and workshop, number {n}, with a handle of ash wood.",https://images.example.com/{n}.jpg'
        for n in range(count)
    )
    return ("id,brand,title,price,currency,availability,description,image_link\n" + "\n".join(rows)).encode()


@pytest.fixture(scope="session")
def many_products():
    """CSV of 30,000 products: long enough in work to be interrupted."""
    return csv_of(30_000)


@pytest.fixture(scope="session")
def enough_products():
    """CSV of 12,000 products: more than a run is answered with at once, in several partitions, pages and messages."""
    return csv_of(12_000)


@pytest.fixture(scope="session")
def buf_curl():
    """Calls an RPC through reflection: (exit code, JSON objects on standard output, standard error)."""

    def call(port, method, message=None, key=None):
        words = [BIN / "buf", "curl", "--protocol", "grpc", "--http2-prior-knowledge"]
        words += ["-H", f"authorization: Bearer {key}"] if key else []
        words += ["-d", json.dumps(message or {}), f"http://127.0.0.1:{port}/{method}"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        decoder, objects, text = json.JSONDecoder(), [], done.stdout.strip()
        while text:
            value, end = decoder.raw_decode(text)
            objects.append(value)
            text = re.sub(r"^\s+", "", text[end:])
        return done.returncode, objects, done.stderr

    return call
