"""What rounds have in common in which a stack is disturbed: a client that is patient, and who disturbs."""

import contextlib
import random
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx

from tests.e2e.conftest import Client, Stack
from tests.e2e.victims import Victims

ROUND_SECONDS = 300
TELL_SECONDS = 30
FROZEN_SECONDS = 3.0
PASSING = {502, 503, 504}
ENDED = {"completed", "failed", "cancelled"}


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


class Plague(NamedTuple):
    """How a round is disturbed."""

    seed: int
    most: int
    """Disturbances at most."""
    frozen: float = FROZEN_SECONDS
    """Seconds that a process is stopped for at most."""
    pause: tuple[float, float] = (0.2, 2.5)
    """Seconds before each, from and to."""
    names: tuple[str, ...] = ()
    """Who is disturbed, as often as it is named; nobody: all of them."""


def disturb(victims: Victims, plague: Plague, over: threading.Event, done: list[str]) -> None:
    """Until it is over, or often enough: kills a process, stops one for a while, asks one to stop, or breaks off all
    that a database server of its own is at.
    """
    dice, already = random.Random(plague.seed), len(done)
    ways = {"kill": 6, "freeze": 2, "terminate": 2} | ({"restart": 1} if victims.server else {})
    while len(done) - already < plague.most and not over.wait(dice.uniform(*plague.pause)):
        name = dice.choice(plague.names or victims.names)
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


class Disturbed:
    """Something that is done in a workspace of its own, while the stack is disturbed."""

    def __init__(self, victims: Victims, plague: Plague, seconds: float = ROUND_SECONDS) -> None:
        """`seconds`: how long it may take."""
        self.done: list[str] = []
        """The disturbances."""
        self._victims = victims
        self._plague = plague
        workspace = f"ws_{uuid.uuid4().hex[:12]}"
        self._client = Patient(victims, victims.key(workspace), workspace, time.monotonic() + seconds)

    @contextlib.contextmanager
    def _disturbed(self, plague: Plague | None = None) -> Iterator[None]:
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            disturbed = pool.submit(disturb, self._victims, plague or self._plague, over, self.done)
            try:
                yield
            finally:
                over.set()
                disturbed.result()

    def run(self) -> dict[str, Any]:
        """What comes out, by name of what it is. AssertionError when its time is over before."""
        raise NotImplementedError

    def standing(self) -> list[str]:
        """How far its jobs are, if anybody tells, and which ones services still know of."""
        self._client.deadline = time.monotonic() + TELL_SECONDS
        try:
            jobs = self._client.told("jobs")["data"]
        except AssertionError as error:
            jobs = [f"of its jobs nothing is told: {error}"]
        return [*map(str, jobs), *self._victims.left_over()]
