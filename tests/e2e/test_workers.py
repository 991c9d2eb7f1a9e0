"""Several processes of one service: some for calls, some for jobs."""

import contextlib
import json
import re
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import BIN

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

RESPOND_ASYNC = {"Prefer": "respond-async"}
RUN = {"scope": "all", "imageChecks": "off", "unknownBrands": "register"}
UNITS = re.compile(r'^assay_job_units_total\{kind="\w+"\} (\S+)$', re.M)


class Worker:
    """`assay serve <service> --role worker` beside a stack."""

    def __init__(self, stack, service):
        settings = {f"ASSAY_{service.upper()}_PORT": "0", f"ASSAY_{service.upper()}_METRICS_PORT": "0"}
        self.process = subprocess.Popen(
            [BIN / "assay", "serve", service, "--role", "worker"],
            env=stack.environment | settings,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.serving = self._until_it_serves()
        # Nobody reads what it has to say, but a full pipe would stop it.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def _until_it_serves(self):
        """What it tells when it serves."""
        told = []
        for line in self.process.stderr:
            told.append(line)
            with contextlib.suppress(json.JSONDecodeError):  # why it did not start may be more than one line
                if (event := json.loads(line))["event"] == "serving":
                    return event
        self.end()
        raise AssertionError("it did not start:\n" + "".join(told))

    def units(self):
        """Products it has done."""
        text = httpx.get(f"http://127.0.0.1:{self.serving['metrics_port']}/metrics", trust_env=False).text
        return sum(map(float, UNITS.findall(text)))

    def is_stopped(self):
        """Whether each of its threads stands still: a signal that was sent may reach them later."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return all((thread / "stat").read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.process.stderr.close()
        return code


@pytest.fixture
def workers():
    made = []

    def start(stack, service):
        made.append(Worker(stack, service))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.end()


def until(holds, seconds=100):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "too late"
        time.sleep(0.05)


def pause(stack, *workers):
    """Stops processes, but not where they would keep others from the database."""
    while True:
        for one in workers:
            one.process.send_signal(signal.SIGSTOP)
        until(lambda: all(one.is_stopped() for one in workers))  # sent is not stopped: a thread may still be writing
        with contextlib.closing(sqlite3.connect(stack.home / "silver" / "silver.sqlite3", timeout=0)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                for one in workers:
                    one.process.send_signal(signal.SIGCONT)
                time.sleep(0.02)
            else:
                database.rollback()
                return


def owner_of(stack, job_id):
    """The process that has a job: whoever dies instead of it is missed after 15 s, it itself after 30."""
    with contextlib.closing(sqlite3.connect(stack.home / "silver" / "silver.sqlite3")) as database:
        (owner,) = database.execute("SELECT owner FROM job_runs WHERE job_id = ?", (job_id,)).fetchone()
    return int(owner.rpartition("#")[2].partition("-")[0])


def test_a_job_goes_over_all_workers_and_one_that_dies_hands_its_partitions_on(make_stack, workers, many_products):
    stack = make_stack(ASSAY_ROLE="api", ASSAY_SILVER_PARTITION_SIZE="250").start()
    for service in ("ingest", "gold"):
        workers(stack, service)
    client = stack.client()
    catalog = client.new_catalog()
    client.import_file(many_products, catalog)  # by a worker of ingest
    first, second = workers(stack, "silver"), workers(stack, "silver")

    job = client.batch("silver", catalog, RUN, RESPOND_ASYNC).json()["backgroundJobId"]
    until(lambda: first.units() and second.units())
    pause(stack, first, second)
    third = workers(stack, "silver")  # one that joins takes some
    until(third.units)
    owner = owner_of(stack, job)
    dying, going_on = sorted((first, second), key=lambda one: one.process.pid == owner)
    dying.end()
    going_on.process.send_signal(signal.SIGCONT)

    until(lambda: client.get(f"jobs/{job}").json()["status"] not in ("queued", "active"))
    ended = client.get(f"jobs/{job}").json()
    assert (ended["status"], ended["progress"]) == ("completed", {"processed": 30_000, "total": 30_000}), ended
    assert len(client.told_results(job)) == 30_000
    scoring = client.batch("gold", catalog, headers=RESPOND_ASYNC).json()["backgroundJobId"]
    assert client.wait(scoring)["result"]["succeeded"] == 30_000
    assert [one.end(signal.SIGTERM) for one in (going_on, third)] == [0, 0]
    assert stack.stop() == 0


def test_a_small_job_is_done_while_a_large_one_of_another_workspace_runs(make_stack, many_products):
    stack = make_stack(ASSAY_JOB_THREADS="1", ASSAY_PARTITION_THREADS="1", ASSAY_SILVER_PARTITION_SIZE="200").start()
    scopes = ("catalogs:write", "products:write", "jobs:read")
    large, small = (stack.client(stack.make_key(name, *scopes), name) for name in ("ws_large", "ws_small"))
    catalogs = large.new_catalog(), small.new_catalog()
    large.import_file(many_products, catalogs[0])
    small.import_file(b"\n".join(many_products.splitlines()[:501]), catalogs[1])

    slow = large.batch("silver", catalogs[0], RUN, RESPOND_ASYNC).json()["backgroundJobId"]
    until(lambda: large.get(f"jobs/{slow}").json()["status"] == "active")
    quick = small.batch("silver", catalogs[1], RUN, RESPOND_ASYNC).json()["backgroundJobId"]

    assert small.wait(quick)["status"] == "completed"
    assert large.get(f"jobs/{slow}").json()["status"] == "active"
    assert large.wait(slow)["status"] == "completed"
    assert stack.stop() == 0
