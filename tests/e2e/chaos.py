"""A stack whose processes are killed and stopped while it works, each started again at once.

Used by `test_chaos.py` for some rounds, and by `make chaos` for as many as are wanted:
`python -m tests.e2e.chaos --rounds 50 --products 20000`. With `--database postgresql` on a server of its own, which is
restarted, too; `--workers 2` adds processes of Silver that do jobs and nothing else. A round is disturbed by what its
seed says, at times that no two runs share: `--rounds 1 --seed 7` repeats the round of seed 7.
"""

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import httpx

from bench import data
from tests.e2e.conftest import Client, Stack, address_of
from tests.e2e.outcome import Reader, by_id
from tests.e2e.victims import START_SECONDS, Victims
from tests.support import postgres

ROUND_SECONDS = 300
TELL_SECONDS = 30
FROZEN_SECONDS = 3.0
# So that even a small catalog has several.
SMALL_PARTITIONS = {"ASSAY_SILVER_PARTITION_SIZE": "1000", "ASSAY_GOLD_PARTITION_SIZE": "1000"}
PASSING = {502, 503, 504}
ENDED = {"completed", "failed", "cancelled"}
RUN = {"scope": "all", "imageChecks": "syntax"}


class Patient(Client):
    """A client that asks again when nobody answers, as clients of a system that may be restarted do."""

    def __init__(self, stack: Victims | Stack, key: str, workspace: str, deadline: float) -> None:
        """`deadline`: of the monotonic clock; afterwards AssertionError is raised, whatever is asked."""
        self.key = key
        self.workspace = workspace
        self.deadline = deadline
        super().__init__(stack, key, workspace)

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        """The answer, whatever it is, unless it says that a service is away."""
        while True:
            assert time.monotonic() < self.deadline, f"{method} {path}: the time of the round is over"
            with contextlib.suppress(httpx.TransportError):
                answer = self.stack.http.request(method, f"{self.base}/{path}", headers=self.headers, **options)
                if answer.status_code not in PASSING:
                    return answer
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
        while True:
            answer = self.ask(method, path, **options)
            if answer.status_code == 409:  # the one whose answer was lost
                jobs = self.told("jobs", catalog_id=catalog, kind=kind)["data"]
                job = self.ended(jobs[0]["id"])
            else:
                assert answer.status_code == 202, answer.text
                job = self.ended(answer.json()["backgroundJobId"])
            if job["status"] == "completed":
                return job
            # Opened, but its service was killed before it had been written down and before anybody was told of it.
            assert (answer.status_code, job["error"]["code"]) == (409, "JOB_INTERRUPTED"), job

    def ended(self, job_id: str) -> dict:
        """The record of a job once it has ended."""
        while (job := self.told(f"jobs/{job_id}"))["status"] not in ENDED:
            time.sleep(0.1)
        return job


def main_job(client: Patient, rows: bytes) -> tuple[str, dict]:
    """Import, Silver and Gold in a catalog of its own: its id, and what was told of the jobs, by name of what it is."""
    name = uuid.uuid4().hex
    answer = client.ask("POST", "catalogs", json={"name": name})
    # The answer to the first one may have been lost.
    known = answer.json() if answer.status_code in (200, 201) else {}
    catalog = known["catalog"]["id"] if known else next(c["id"] for c in client.every("catalogs") if c["name"] == name)
    upload = {"params": {"catalog_id": catalog}, "files": {"file": ("products.csv", rows)}}
    imported = client.do("import", catalog, "POST", "catalog/products/import", **upload)
    client.headers |= {"Prefer": "respond-async"}
    silver = client.do("silver", catalog, "POST", f"catalogs/{catalog}/batch/silver", json=RUN)
    gold = client.do("gold", catalog, "POST", f"catalogs/{catalog}/batch/gold", json={"scope": "all"})
    results = {
        f"{job['kind']} results": by_id(
            (one["productId"], one) for one in client.every(f"jobs/{job['id']}/results", limit=1000)
        )
        for job in (silver, gold)
    }
    counted = imported["result"]
    return catalog, {
        "imported": (counted["total"], counted["errors"], counted["created"] + counted["unchanged"]),
        "silver": silver["result"],
        "gold": gold["result"],
        **results,
    }


def everything(client: Patient, catalog: str) -> dict:
    """What the services know of the catalog's products, by name of what it is."""
    services = {name: address_of(client.stack, name) for name in ("ingest", "silver", "gold")}
    return Reader(services, client.key, client.workspace, client.deadline).everything(catalog)


class Plague(NamedTuple):
    """How a round is disturbed."""

    seed: int
    most: int
    """Disturbances at most."""
    frozen: float = FROZEN_SECONDS
    """Seconds that a process is stopped for at most."""


def disturb(victims: Victims, plague: Plague, over: threading.Event, done: list[str]) -> None:
    """Until it is over, or often enough: kills a process, stops one for a while, asks one to stop, or breaks off all
    that a database server of its own is at.
    """
    dice = random.Random(plague.seed)
    ways = {"kill": 6, "freeze": 2, "terminate": 2} | ({"restart": 1} if victims.server else {})
    while len(done) < plague.most and not over.wait(dice.uniform(0.2, 2.5)):
        name = dice.choice(victims.names)
        way = dice.choices([*ways], [*ways.values()])[0]
        done.append("restart database" if way == "restart" else f"{way} {name}")
        if way == "kill":
            victims.kill(name)
        elif way == "freeze":
            victims.freeze(name, dice.uniform(0.5, plague.frozen))
        elif way == "terminate":
            victims.terminate(name)
        else:
            victims.server.restart()


class Round:
    """One main job in a workspace of its own, while the stack is disturbed."""

    def __init__(self, victims: Victims, rows: bytes, plague: Plague, seconds: float = ROUND_SECONDS) -> None:
        """`seconds`: how long it may take."""
        self.done: list[str] = []
        """The disturbances."""
        self._victims = victims
        self._rows = rows
        self._plague = plague
        workspace = f"ws_{uuid.uuid4().hex[:12]}"
        self._client = Patient(victims, victims.key(workspace), workspace, time.monotonic() + seconds)

    def run(self) -> dict:
        """What comes out, by name of what it is. AssertionError when its time is over before."""
        client, over = self._client, threading.Event()
        # Not by the run: of several spellings it registers the one it comes upon first, and no two runs need to agree.
        client.ask("POST", "brands/import", json={"csv": "\n".join(("name", *data.BRANDS))})
        with ThreadPoolExecutor(1) as pool:
            disturbed = pool.submit(disturb, self._victims, self._plague, over, self.done)
            try:
                catalog, told = main_job(client, self._rows)
            finally:
                over.set()
                disturbed.result()
        return told | everything(client, catalog)

    def standing(self) -> list[str]:
        """How far its jobs are, if anybody tells, and which ones services still know of."""
        self._client.deadline = time.monotonic() + TELL_SECONDS
        try:
            jobs = self._client.told("jobs")["data"]
        except AssertionError as error:
            jobs = [f"of its jobs nothing is told: {error}"]
        return [*map(str, jobs), *self._victims.left_over()]


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
    parser.add_argument("--frozen", type=float, default=FROZEN_SECONDS, help="seconds a process is stopped at most")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each has the next one")
    parser.add_argument("--seconds", type=float, default=ROUND_SECONDS, help="a round that takes longer has failed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=0, help="further processes of Silver that do jobs")
    asked = parser.parse_args()
    rows = data.products(asked.products).read_bytes()
    on = postgres.serving(postgres.NO_SYNC) if asked.database == "postgresql" else nullcontext()
    folder = Path(tempfile.mkdtemp(prefix="assay-chaos-"))
    say(f"logs: {folder / 'home'}")
    with on as server:
        settings = {"ASSAY_DATABASE_URL": server.url} if server else {}
        victims = Victims(folder / "home", server=server, workers=asked.workers, **SMALL_PARTITIONS, **settings)
        try:
            victims.start()
            calm = tried(victims, Round(victims, rows, Plague(0, 0), asked.seconds), "undisturbed", {})
            assert calm["imported"] == (asked.products, 0, asked.products), calm["imported"]
            for seed in range(asked.seed, asked.seed + asked.rounds):
                one = Round(victims, rows, Plague(seed, asked.most, asked.frozen), asked.seconds)
                tried(victims, one, f"round {seed - asked.seed + 1} of {asked.rounds}, seed {seed}", calm)
            wait_until_forgotten(victims)
        finally:
            victims.stop()
    shutil.rmtree(folder)
    say(f"{asked.rounds} rounds with {asked.products:,} products came out as the undisturbed one")


def tried(victims: Victims, one: Round, name: str, calm: dict) -> dict:
    """What comes out of a round, and a line of it. SystemExit when it fails, with all that tells why."""
    started = time.monotonic()
    try:
        found = one.run()
        wrong = differences(calm, found)
    except Exception:  # noqa: BLE001 - whatever it is, it is told with the state of the jobs
        found, wrong = {}, [traceback.format_exc()]
    told = f"in {time.monotonic() - started:.1f} s; {', '.join(one.done) or 'no disturbance'}"
    if not wrong:
        say(f"{name}: as it should be {told}")
        return found
    say(f"{name}: FAILED {told}")
    for line in (*wrong, *one.standing()):
        say(f"  {line}")
    victims.tell_stacks()
    raise SystemExit(f"  logs, with what each thread was at in the end: {victims.home}")


def differences(calm: dict, found: dict) -> list[str]:
    """What is not the same, some of it."""
    told = []
    for name, wanted in calm.items():
        if found[name] == wanted:
            continue
        if not isinstance(wanted, dict):
            told.append(f"{name}: {apart(wanted, found[name])}")
            continue
        keys = [key for key in {**wanted, **found[name]} if wanted.get(key) != found[name].get(key)]
        told.append(f"{name}: {len(keys)} of {len(wanted)} differ")
        told += [f"{name} {key}: {apart(wanted.get(key), found[name].get(key))}" for key in keys[:3]]
    return told


def apart(wanted: object, found: object) -> str:
    """Two values around where they begin to differ."""
    texts = [str(wanted), str(found)]
    same = next((place for place, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    return " became ".join(text[max(same - 100, 0) : same + 200] for text in texts)


if __name__ == "__main__":
    main()
