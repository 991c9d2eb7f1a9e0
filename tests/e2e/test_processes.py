import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.e2e

BIN = Path(sys.executable).parent
RESPOND_ASYNC = {"Prefer": "respond-async"}
REGISTER = {"scope": "all", "unknownBrands": "register"}


def test_jobs_of_killed_services_go_on_in_their_next_life(make_stack, many_products):
    stack = make_stack().start()
    client = stack.client()
    normalising, importing = client.new_catalog("normalising"), client.new_catalog("importing")
    client.import_file(many_products, normalising)

    jobs = [
        client.upload(many_products, importing).json()["backgroundJobId"],
        client.batch("silver", normalising, REGISTER, RESPOND_ASYNC).json()["backgroundJobId"],
    ]
    for child in (stack.child("silver"), stack.child("ingest")):
        child.send_signal(signal.SIGKILL)

    imported, normalised = map(client.wait, jobs)
    assert (imported["status"], normalised["status"]) == ("completed", "completed")
    assert (imported["result"]["total"], imported["result"]["created"]) == (30_000, 30_000)
    assert (normalised["result"]["processed"], normalised["progress"]["processed"]) == (30_000, 30_000)
    assert len(client.told_results(jobs[1])) == 30_000
    assert stack.log.read_text().count(" was killed by SIGKILL and is started again") == 2
    assert stack.stop() == 0


def test_jobs_of_a_stack_that_is_stopped_go_on_when_it_is_started(make_stack, many_products):
    stack = make_stack().start()
    catalog = stack.client().new_catalog()
    stack.client().import_file(many_products, catalog)
    job = stack.client().batch("silver", catalog, REGISTER, RESPOND_ASYNC).json()["backgroundJobId"]

    assert stack.stop() == 0
    stack.start()

    ended = stack.client().wait(job)
    assert (ended["status"], ended["result"]["processed"]) == ("completed", 30_000)
    again = stack.client().batch("silver", catalog, REGISTER, RESPOND_ASYNC)
    assert again.status_code == 202, again.text
    assert stack.stop() == 0


def test_a_stack_may_have_processes_for_the_jobs_of_ingest(make_stack, many_products):
    stack = make_stack(ASSAY_INGEST_WORKERS="1").start()
    client = stack.client()
    catalog = client.new_catalog()
    calls, worker = stack.children("services.ingest")
    assert [one.environ()["ASSAY_ROLE"] for one in (calls, worker)] == ["api", "worker"]

    job = client.upload(many_products, catalog).json()["backgroundJobId"]
    while (told := client.get(f"jobs/{job}").json())["status"] == "queued":
        pass
    assert told["status"] == "active", told
    worker.send_signal(signal.SIGKILL)  # who does it

    ended = client.wait(job)
    assert (ended["status"], ended["result"]["created"]) == ("completed", 30_000), ended
    assert "ingest-worker-1 was killed by SIGKILL and is started again" in stack.log.read_text()
    assert calls.is_running()
    assert stack.stop() == 0


def test_one_process_can_be_served_alone(make_stack):
    stack = make_stack()
    process = subprocess.Popen(
        [BIN / "assay", "serve", "workspace"], env=stack.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with process:
        assert json.loads(process.stderr.readline())["event"] == "serving"
        assert psutil.Process(process.pid).cmdline()[-2:] == ["-m", "services.workspace"]

        process.terminate()

        assert process.wait(30) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell a child of its parent's death")
def test_a_signal_drains_everything_and_a_killed_supervisor_leaves_nobody_behind(make_stack):
    stack = make_stack().start()
    assert f"assay demo key: {stack.key}" in stack.printed
    children = psutil.Process(stack.process.pid).children()
    assert len(children) == 5

    stack.process.send_signal(signal.SIGINT)

    assert stack.wait() == 0
    assert not any(child.is_running() for child in children)
    stopped = [json.loads(line) for line in stack.log.read_text().splitlines() if '"stopped"' in line]
    assert [line["service"] for line in stopped][-4:] == ["gold", "silver", "ingest", "workspace"]

    stack.start()
    assert stack.printed == [f"assay ready: {stack.url}"]  # the key was for the first start only
    children = psutil.Process(stack.process.pid).children()

    stack.process.kill()
    stack.wait()

    _, left = psutil.wait_procs(children, timeout=30)
    assert left == []


def test_a_taken_port_is_named_before_anything_starts(make_stack):
    stack = make_stack()
    port = stack.ports["ASSAY_GOLD_PORT"]

    with socket.create_server(("127.0.0.1", port)):
        done = stack.run("serve")

    assert done.returncode == 1
    assert f"127.0.0.1:{port} for gold: move it with ASSAY_GOLD_PORT=<port>" in done.stderr
    assert "assay ready" not in done.stdout


def test_a_home_belongs_to_one_stack(stack, make_stack):
    other = make_stack(ASSAY_HOME=str(stack.home))

    done = other.run("serve")

    assert done.returncode == 1
    assert f"another stack runs on {stack.home} (process {stack.process.pid})" in done.stderr


def test_a_misspelt_setting_ends_the_start_with_its_name(make_stack):
    done = make_stack(ASSAY_DRAIN_SECOND="3").run("serve")

    assert done.returncode == 1
    assert "ASSAY_DRAIN_SECOND" in done.stderr
    assert " ended with exit code 1" in done.stderr
