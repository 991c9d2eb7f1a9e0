"""A stack whose processes are killed and stopped while it works, each started again at once.

Used by `test_chaos.py` for some rounds, and by `make chaos` for as many as are wanted:
`python -m tests.e2e.chaos --rounds 50 --products 20000`. With `--database postgresql` on a server of its own, which is
restarted, too; `--workers 2` adds processes of Silver that do jobs and nothing else.
"""

import argparse
import contextlib
import random
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import httpx

from bench import data
from tests.e2e.conftest import Client
from tests.e2e.victims import START_SECONDS, Victims
from tests.support import postgres

JOB_SECONDS = 240
# So that even a small catalog has several.
SMALL_PARTITIONS = {"ASSAY_SILVER_PARTITION_SIZE": "1000", "ASSAY_GOLD_PARTITION_SIZE": "1000"}
PASSING = {502, 503, 504}
ENDED = {"completed", "failed", "cancelled"}
RUN = {"scope": "all", "imageChecks": "syntax"}
# Of a product and of a score: what says when and where it was made, but not what it is.
CHANGING = {"createdAt", "updatedAt", "normalizedAt", "scoredAt", "catalogId", "workspaceId", "brandId", "fingerprint"}


class Patient(Client):
    """A client that asks again when nobody answers, as clients of a system that may be restarted do."""

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        """The answer, whatever it is, unless it says that a service is away."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = self.stack.http.request(method, f"{self.base}/{path}", headers=self.headers, **options)
                if answer.status_code not in PASSING:
                    return answer
            assert time.monotonic() < deadline, self.stack.tail()
            time.sleep(0.1)

    def told(self, path: str, **params) -> dict:
        """What is at the path."""
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, path: str, **params) -> Iterator[dict]:
        """Every entry of a list."""
        cursor: dict[str, str] = {}
        while True:
            page = self.told(path, **params, **cursor)
            yield from page["data"]
            if not page["pagination"]["has_more"]:
                return
            cursor = {"cursor": page["pagination"]["cursor"]}

    def do(self, kind: str, catalog: str, method: str, path: str, **options) -> dict:
        """Has a job done, and gives its record: asked for again when the answer was lost, but not begun twice."""
        deadline = time.monotonic() + JOB_SECONDS
        while True:
            answer = self.ask(method, path, **options)
            if answer.status_code == 409:  # the one whose answer was lost
                jobs = self.told("jobs", catalog_id=catalog, kind=kind)["data"]
                job = self.ended(jobs[0]["id"], deadline)
            else:
                assert answer.status_code == 202, answer.text
                job = self.ended(answer.json()["backgroundJobId"], deadline)
            if job["status"] == "completed":
                return job
            # Opened, but its service was killed before it had been written down and before anybody was told of it.
            assert (answer.status_code, job["error"]["code"]) == (409, "JOB_INTERRUPTED"), job

    def ended(self, job_id: str, deadline: float) -> dict:
        """The record of a job once it has ended."""
        while (job := self.told(f"jobs/{job_id}"))["status"] not in ENDED:
            assert time.monotonic() < deadline, (job, self.stack.tail())
            time.sleep(0.1)
        return job


def main_job(client: Patient, rows: bytes) -> dict:
    """Import, Silver and Gold in a catalog of its own; everything that came out, by name of what it is."""
    name = uuid.uuid4().hex
    answer = client.ask("POST", "catalogs", json={"name": name})
    # The answer to the first one may have been lost.
    known = answer.json() if answer.status_code in (200, 201) else {}
    catalog = known["catalog"]["id"] if known else next(c["id"] for c in client.every("catalogs") if c["name"] == name)
    upload = {"params": {"catalog_id": catalog}, "files": {"file": ("products.csv", rows)}}
    imported = client.do("import", catalog, "POST", "catalog/products/import", **upload)
    wait = {"Prefer": "respond-async"}
    client.headers |= wait
    silver = client.do("silver", catalog, "POST", f"catalogs/{catalog}/batch/silver", json=RUN)
    gold = client.do("gold", catalog, "POST", f"catalogs/{catalog}/batch/gold", json={"scope": "all"})
    products = {
        product["id"]: {key: value for key, value in product.items() if key not in CHANGING}
        for product in client.every("catalog/products", catalog_id=catalog, limit=100)
    }
    results = {
        job["kind"]: sorted(
            (result["productId"], result["status"], result.get("score"))
            for result in client.every(f"jobs/{job['id']}/results", limit=1000)
        )
        for job in (silver, gold)
    }
    counted = imported["result"]
    return {
        "products": products,
        "imported": (counted["total"], counted["errors"], counted["created"] + counted["unchanged"]),
        "silver": silver["result"],
        "gold": gold["result"],
        "results": results,
    }


def disturb(victims: Victims, dice: random.Random, most: int, over: threading.Event, done: list[str]) -> None:
    """Until it is over, or `most` times: kills a process, stops one for a while, asks one to stop, or breaks off all
    that a database server of its own is at.
    """
    ways = {"kill": 6, "freeze": 2, "terminate": 2} | ({"restart": 1} if victims.server else {})
    while len(done) < most and not over.wait(dice.uniform(0.2, 2.5)):
        name = dice.choice(victims.names)
        way = dice.choices([*ways], [*ways.values()])[0]
        done.append("restart database" if way == "restart" else f"{way} {name}")
        if way == "kill":
            victims.kill(name)
        elif way == "freeze":
            victims.freeze(name, dice.uniform(0.5, 3))
        elif way == "terminate":
            victims.terminate(name)
        else:
            victims.server.restart()


def round_of(victims: Victims, rows: bytes, dice: random.Random, most: int) -> tuple[dict, list[str]]:
    """What comes out of the main job while the stack is disturbed `most` times at most, and how it was."""
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    client = Patient(victims, victims.key(workspace), workspace)
    # Not by the run: of several spellings it registers the one it comes upon first, which no two runs need to share.
    for brand in data.BRANDS:
        client.ask("POST", "brands", json={"name": brand})
    over = threading.Event()
    done: list[str] = []
    disturber = threading.Thread(target=disturb, args=(victims, dice, most, over, done))
    disturber.start()
    try:
        return main_job(client, rows), done
    finally:
        over.set()
        disturber.join()


def wait_until_forgotten(victims: Victims) -> None:
    """Returns when no service knows of a job any more; AssertionError when some still do after a while."""
    deadline = time.monotonic() + START_SECONDS
    while left := victims.left_over():
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def say(text: str) -> None:
    """For whoever waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Rounds until one differs from the undisturbed one, or all are done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--most", type=int, default=25, help="disturbances of a round at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=0, help="further processes of Silver that do jobs")
    asked = parser.parse_args()
    rows = data.products(asked.products).read_bytes()
    on = postgres.serving(postgres.NO_SYNC) if asked.database == "postgresql" else nullcontext()
    with tempfile.TemporaryDirectory(prefix="assay-chaos-") as folder, on as server:
        settings = {"ASSAY_DATABASE_URL": server.url} if server else {}
        victims = Victims(Path(folder) / "home", server=server, workers=asked.workers, **SMALL_PARTITIONS, **settings)
        try:
            victims.start()
            calm, _ = round_of(victims, rows, random.Random(0), 0)
            for number in range(asked.rounds):
                started = time.monotonic()
                found, done = round_of(victims, rows, random.Random(asked.seed * 1000 + number), asked.most)
                if found != calm:
                    raise SystemExit(f"round {number + 1} came out otherwise: {differences(calm, found)} after {done}")
                say(f"round {number + 1}: the same in {time.monotonic() - started:.1f} s; {', '.join(done)}")
            wait_until_forgotten(victims)
        finally:
            victims.stop()
    say(f"{asked.rounds} rounds with {asked.products:,} products came out as the undisturbed one")


def differences(calm: dict, found: dict) -> list[str]:
    """What is not the same, some of it."""
    told = []
    for name, wanted in calm.items():
        if found[name] == wanted:
            continue
        if not isinstance(wanted, dict):
            told.append(f"{name}: {wanted} became {found[name]}")
            continue
        keys = [key for key in {**wanted, **found[name]} if wanted.get(key) != found[name].get(key)]
        told += [f"{name} {key}: {wanted.get(key)} became {found[name].get(key)}"[:500] for key in keys[:3]]
    return told


if __name__ == "__main__":
    main()
