"""Jobs watched as they go: events, resumption, results while a job works, cancelling."""

import asyncio
import json
import signal
import threading

import grpc
import httpx
import pytest
from aiohttp import web
from assay.workspace.v1 import job_service_pb2, job_service_pb2_grpc

from tests.e2e.conftest import address_of
from tests.e2e.test_grpc import port_of
from tests.silver.images.conftest import Site

pytestmark = pytest.mark.e2e

REGISTER = {"scope": "all", "unknownBrands": "register"}
SSE, NDJSON = "text/event-stream", "application/x-ndjson"


def parsed(lines):
    """Server-sent events as (name, value, id), as they come."""
    event = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, value = line.split(": ", 1)
            event[name] = value
        elif "event" in event:
            yield event["event"], json.loads(event["data"]), event["id"]
            event = {}


def events_of(client, job_id, last="", most=None):
    headers = client.headers | {"Accept": SSE} | ({"Last-Event-ID": last} if last else {})
    with client.stack.http.stream("GET", f"{client.base}/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        found = []
        for event in parsed(answer.iter_lines()):
            found.append(event)
            if len(found) == most:
                break
        return found


def of(name, events):
    return [value for known, value, _ in events if known == name]


def test_a_run_is_started_and_followed_in_one_answer(client, catalog, enough_products):
    client.import_file(enough_products, catalog)
    url, headers = f"{client.base}/catalogs/{catalog}/batch/silver", client.headers | {"Accept": SSE}
    with client.stack.http.stream("POST", url, json=REGISTER, headers=headers) as answer:
        events = list(parsed(answer.iter_lines()))
    assert events[0][0] == "started" and events[0][1]["total"] == 12_000
    job = client.get(f"jobs/{events[0][1]['jobId']}").json()
    assert [name for name, *_ in events if name in ("summary", "error")] == ["summary"]
    assert events[-1][1] == job["result"]
    results = of("result", events)
    assert [result["productId"] for result in results] == [f"P{n:05}" for n in range(12_000)]
    assert results == client.pages(f"jobs/{job['id']}/results", limit=1000)
    done = {"jobId": job["id"], "processed": 12_000, "total": 12_000, "status": "completed"}
    assert of("progress", events)[-1] == done


def test_a_client_that_leaves_stops_nothing_and_reads_on_where_it_was(client, catalog, enough_products):
    client.import_file(enough_products, catalog)
    client.wait(client.batch("silver", catalog, REGISTER, {"Prefer": "respond-async"}).json()["jobId"])
    url, headers = f"{client.base}/catalogs/{catalog}/batch/gold", client.headers | {"Accept": SSE}
    with client.stack.http.stream("POST", url, json={"scope": "all"}, headers=headers) as answer:
        job_id = next(parsed(answer.iter_lines()))[1]["jobId"]

    first = events_of(client, job_id, most=1500)
    second = events_of(client, job_id, last=first[-1][2], most=9_000)
    rest = events_of(client, job_id, last=second[-1][2])

    told = [result["productId"] for part in (first, second, rest) for result in of("result", part)]
    assert told == [f"P{n:05}" for n in range(12_000)]
    assert rest[-1][:2] == ("summary", client.get(f"jobs/{job_id}").json()["result"])
    headers = client.headers | {"Last-Event-ID": rest[-1][2]}
    assert client.stack.http.get(f"{client.base}/jobs/{job_id}/events", headers=headers).status_code == 204


def test_bad_rows_are_events_of_an_import(client, catalog):
    answer = client.upload("id,title,price\n1,one,2\n,nameless,3\n2,two,4,5\n", catalog)
    job_id = answer.json()["jobId"]
    headers = client.headers | {"Accept": NDJSON}
    text = client.stack.http.get(f"{client.base}/jobs/{job_id}/events", headers=headers).text
    events = [json.loads(line) for line in text.splitlines() if line]
    assert [event["result"] for event in events if "result" in event] == client.pages(f"jobs/{job_id}/results")
    assert events[-1] == {"id": "end", "summary": client.get(f"jobs/{job_id}").json()["result"]}


def test_results_are_read_page_by_page_while_the_job_works(client, catalog, enough_products):
    client.import_file(enough_products, catalog)
    client.wait(client.batch("silver", catalog, REGISTER, {"Prefer": "respond-async"}).json()["jobId"])
    job_id = client.batch("gold", catalog, None, {"Prefer": "respond-async"}).json()["jobId"]
    entries = client.pages(f"jobs/{job_id}/results", limit=1000)
    assert [entry["productId"] for entry in entries] == [f"P{n:05}" for n in range(12_000)]


def test_jobs_are_listed_by_kind_state_and_catalog(client, catalog):
    imported = client.import_file("id,title\n1,one\n", catalog)
    client.run("gold", catalog)
    (gold,) = client.get("jobs", catalog_id=catalog, kind="gold", status="completed").json()["data"]
    assert (gold["kind"], gold["catalogId"]) == ("gold", catalog)
    assert [job["id"] for job in client.get("jobs", catalog_id=catalog, kind="import").json()["data"]] == [
        imported["id"]
    ]
    assert client.get("jobs", catalog_id=catalog, status="failed").json()["data"] == []


@pytest.mark.parametrize(
    ("name", "value"), [("kind", "No Kind"), ("status", "sleeping"), ("catalog_id", "x" * 1001), ("state", "failed")]
)
def test_a_filter_that_is_none_is_named(client, name, value):
    answer = client.get("jobs", **{name: value})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [name]


def test_a_job_is_watched_over_grpc(stack, client, catalog, buf_curl):
    job = client.import_file("id,title\n1,one\n", catalog)
    request = {"workspaceId": "ws_demo", "jobId": job["id"]}
    code, seen, err = buf_curl(
        port_of(stack, "workspace"), "assay.workspace.v1.JobService/WatchJob", request, stack.key
    )
    assert code == 0, err
    assert [record["job"]["status"] for record in seen] == ["JOB_STATUS_COMPLETED"]


@pytest.fixture
def never():
    """A site that takes requests and answers none until it is let go."""
    site, gate = Site(), threading.Event()

    async def hang(_request):
        await asyncio.to_thread(gate.wait, 60)
        return web.Response(status=404)

    site.pages = {f"/{number}.png": hang for number in range(12)}
    yield site
    gate.set()
    site.close()


def test_a_running_job_is_cancelled_and_frees_its_catalog(make_stack, never):
    """All but its first partitions wait for images that never come: it cannot be done before it is cancelled."""
    client = (
        make_stack(
            ASSAY_SILVER_IMAGE_REQUESTS="true",
            ASSAY_SILVER_IMAGE_ALLOWED_NETWORKS="127.0.0.1/32",
            ASSAY_SILVER_IMAGE_PORTS=str(never.port),
            ASSAY_SILVER_PARTITION_SIZE="1000",
        )
        .start()
        .client()
    )
    catalog_id = client.new_catalog()
    links = [never.url(f"/{number}.png", "127.0.0.1") if number >= 3 else "" for number in range(12)]
    rows = [f"P{number:05},Tool {number},{links[number // 1000]}" for number in range(12_000)]
    client.import_file("id,title,image_link\n" + "\n".join(rows), catalog_id)
    job_id = client.batch("silver", catalog_id, None, {"Prefer": "respond-async"}).json()["jobId"]
    while not never.asked or client.get(f"jobs/{job_id}").json()["progress"]["processed"] < 3_000:
        threading.Event().wait(0.05)

    watched = []
    watcher = threading.Thread(target=lambda: watched.extend(events_of(client, job_id)))
    watcher.start()
    asked = client.post(f"jobs/{job_id}/cancel").json()
    assert asked["cancelRequested"] and asked["status"] == "active"
    watcher.join(60)

    assert watched[-1][:2] == ("error", client.get(f"jobs/{job_id}").json()["error"])
    assert watched[-1][1]["code"] == "JOB_CANCELLED"
    record = client.get(f"jobs/{job_id}").json()
    assert (record["status"], record["progress"]) == ("cancelled", {"processed": 3_000, "total": 12_000})
    assert client.told_results(job_id) == {f"P{number:05}" for number in range(3_000)}  # what is done is kept
    again = client.batch("silver", catalog_id, REGISTER | {"imageChecks": "off"}, {"Prefer": "respond-async"})
    assert again.status_code == 202
    assert client.wait(again.json()["jobId"])["status"] == "completed"


def test_another_tenant_sees_no_events(stack, client, catalog):
    job = client.import_file("id,title\n1,one\n", catalog)
    other = stack.client(stack.make_key("ws_elsewhere", "jobs:read"), "ws_elsewhere")
    assert other.get(f"jobs/{job['id']}/events").json()["error"]["code"] == "JOB_NOT_FOUND"
    foreign = httpx.get(f"{client.base}/jobs/{job['id']}/events", headers=other.headers)
    assert foreign.status_code == 403


def test_who_watches_a_job_does_not_keep_the_stack_from_stopping(make_stack, enough_products):
    """No worker takes the job, and without an end in sight the streams would hold the stack for the time to drain."""
    stack = make_stack(ASSAY_ROLE="api", ASSAY_DRAIN_SECONDS="300").start()
    client = stack.client()
    job_id = client.upload(enough_products).json()["backgroundJobId"]
    url, headers = f"{client.base}/jobs/{job_id}/events", client.headers | {"accept": "application/x-ndjson"}
    request = job_service_pb2.WatchJobRequest(workspace_id=client.stack.workspace, job_id=job_id)
    with grpc.insecure_channel(address_of(stack, "workspace")) as channel:
        watch = job_service_pb2_grpc.JobServiceStub(channel).WatchJob
        watched = watch(request, metadata=[("authorization", client.headers["Authorization"])], timeout=120)
        assert next(watched).job.id == job_id
        with stack.http.stream("GET", url, headers=headers) as answer:
            lines = answer.iter_lines()
            assert json.loads(next(line for line in lines if line))["progress"]["status"] == "queued"
            stack.process.send_signal(signal.SIGTERM)
            with pytest.raises(httpx.RemoteProtocolError):  # cut: no end that HTTP would accept
                list(lines)
        with pytest.raises(grpc.RpcError) as caught:
            list(watched)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert stack.wait() == 0
