"""The main job through the public REST API, phase by phase, with the clock running."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from bench import data
from bench.stack import WORKSPACE

POLL_SECONDS = 0.25
SMALL_CALLS = 200
SMALL_CALLS_CHANGED = 50
WARM_UP_CALLS = 10


class PipelineError(RuntimeError):
    """The system answered something the benchmark cannot count as done."""


class Pipeline:
    """A REST client that measures. `check` is called while waiting and raises when the system is gone."""

    def __init__(self, url: str, key: str, check: Callable[[], None]) -> None:
        self._check = check
        self.key = key
        self._client = httpx.Client(
            base_url=f"{url}/api/workspace/{WORKSPACE}", headers={"authorization": f"Bearer {key}"}, timeout=600
        )
        self.catalog = ""

    def prepare(self) -> None:
        """Not measured: the catalog and the registered brands."""
        self.catalog = self._post("/catalogs", {"name": "benchmark"})["catalog"]["id"]
        for brand in data.BRANDS:
            self._post("/brands", {"name": brand})

    def import_file(self, path: Path) -> tuple[float, dict[str, int]]:
        """Seconds from the first byte of the upload to the completed job, and the job's result."""
        started = time.perf_counter()
        with path.open("rb") as content:
            answer = self._client.post(
                "/catalog/products/import",
                params={"catalog_id": self.catalog},
                files={"file": (path.name, content, "text/csv")},
                data={"format": "csv"},
            )
        state = self._wait_for(self._body(answer)["backgroundJobId"], "import")
        return time.perf_counter() - started, state["result"]

    def run(self, stage: str, body: dict[str, str]) -> tuple[float, int, dict[str, Any]]:
        """Seconds from the call to the end of the NDJSON stream, bytes received, and the summary in its last line."""
        started = time.perf_counter()
        size, tail = 0, b""
        headers = {"accept": "application/x-ndjson"}
        url = f"/catalogs/{self.catalog}/batch/{stage}"
        with self._client.stream("POST", url, json={"scope": "all", **body}, headers=headers) as answer:
            if answer.status_code != 200:
                answer.read()
                self._body(answer)
            for chunk in answer.iter_raw(1 << 16):
                size += len(chunk)
                tail = (tail + chunk)[-65_536:]
        seconds = time.perf_counter() - started
        last = json.loads(tail.rstrip().rsplit(b"\n", 1)[-1])
        if "summary" not in last:
            raise PipelineError(f"{stage} did not end with a summary: {last}")
        return seconds, size, last["summary"]

    def run_job(self, stage: str, body: dict[str, str]) -> float:
        """Seconds from the call, answered at once with the job, to the job's end: no result is sent to the client."""
        started = time.perf_counter()
        self._wait_for(self.begin(stage, body), stage)
        return time.perf_counter() - started

    def begin(self, stage: str, body: dict[str, str]) -> str:
        """A job that goes on by itself."""
        answer = self._client.post(
            f"/catalogs/{self.catalog}/batch/{stage}",
            json={"scope": "all", **body},
            headers={"prefer": "respond-async"},
        )
        job: str = self._body(answer)["jobId"]
        return job

    def cancel(self, job: str) -> float:
        """Seconds from the call that cancels a job until it has ended and its catalog is free."""
        started = time.perf_counter()
        self._post(f"/jobs/{job}/cancel", {})
        while self.get(f"/jobs/{job}", {})["status"] in {"queued", "active"}:
            time.sleep(0.02)
        return time.perf_counter() - started

    def _wait_for(self, job: str, what: str) -> dict[str, Any]:
        """The record of a job that is completed, asked for every quarter of a second."""
        while True:
            state = self._body(self._client.get(f"/jobs/{job}"))
            if state["status"] not in {"queued", "active"}:
                break
            self._check()
            time.sleep(POLL_SECONDS)
        if state["status"] != "completed":
            raise PipelineError(f"{what} {state['status']}: {state['error']}")
        return state

    def small_silver(self, count: int, calls: int = SMALL_CALLS, *, changed: bool = False) -> dict[str, float]:
        """Milliseconds of Silver calls for three products each, spread over a catalog of `count`.

        `changed`: each product gets another title before the call, which is not measured.
        """
        return self._timed(calls, lambda call: self._some(count, call, changed=changed), self._silver)

    def small_gold(self, count: int, calls: int = SMALL_CALLS, *, changed: bool = False) -> dict[str, float]:
        """The same of Gold calls. `changed`: the products are normalised before the call, too.

        With the duplicates of the main job: a call that asks for likely ones looks through the whole catalog first.
        """

        def some(call: int) -> list[str]:
            ids = self._some(count, call, changed=changed)
            if changed:
                self._silver(ids, duplicates="certain")
            return ids

        return self._timed(calls, some, self._gold)

    def _some(self, count: int, call: int, *, changed: bool) -> list[str]:
        """Three ids; the products have another title than before if they are to be changed."""
        ids = [f"P{(call * 7919 + step * 104_729) % count:08d}" for step in range(3)]
        for step, product_id in enumerate(ids if changed else ()):
            change = {"title": f"Desk Lamp {call * 3 + step} of another make"}
            self._body(
                self._client.patch(f"/catalog/products/{product_id}", params={"catalog_id": self.catalog}, json=change)
            )
        return ids

    def _silver(self, ids: list[str], **options: str) -> None:
        body = {"scope": "selection", "productIds": ids, "imageChecks": "syntax", **options}
        answer = self._post(f"/catalogs/{self.catalog}/batch/silver", body)
        if answer["processed"] != len(set(ids)):
            raise PipelineError(f"asked for {ids}, got {answer}")

    def _gold(self, ids: list[str]) -> None:
        answer = self._post(f"/catalogs/{self.catalog}/batch/gold", {"scope": "selection", "productIds": ids})
        if len(answer["results"]) != len(set(ids)):
            raise PipelineError(f"asked for {ids}, got {answer}")

    @staticmethod
    def _timed(calls: int, some: Callable[[int], list[str]], run: Callable[[list[str]], None]) -> dict[str, float]:
        times = []
        for call in range(WARM_UP_CALLS + calls):
            ids = some(call)
            started = time.perf_counter()
            run(ids)
            times.append((time.perf_counter() - started) * 1000)
        cuts = statistics.quantiles(times[WARM_UP_CALLS:], n=100)
        return {"calls": calls, "p50_ms": round(cuts[49], 2), "p95_ms": round(cuts[94], 2)}

    def get(self, url: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What is at an address of the workspace."""
        return self._body(self._client.get(url, params=asked))

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._body(self._client.post(url, json=body))

    def _body(self, answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            raise PipelineError(
                f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
            )
        return answer.json()
