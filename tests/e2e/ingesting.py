"""Rounds of the batch Items API: a batch is ingested while the stack is disturbed, others stream, and readers look.

What comes out is compared with what a model says (`model`, `story`).
"""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from tests.e2e.conftest import address_of
from tests.e2e.disturbing import ROUND_SECONDS, Disturbed, Patient, Plague
from tests.e2e.model import SCHEMA, Model, Sent
from tests.e2e.outcome import Reader
from tests.e2e.story import SOURCE, Story
from tests.e2e.victims import START_SECONDS, Victims

ENVIRONMENT = "live"
REQUEST_ITEMS = 500
PATHS = {"put": ("POST", "items"), "patch": ("PATCH", "items"), "delete": ("POST", "items/delete")}
SWEPT_OFTEN = {"ASSAY_INGEST_SWEEP_SECONDS": "1"}
PAUSE = (0.05, 0.8)
BY_DESIGN = {"JOB_CRASHED", "JOB_INTERRUPTED"}
LOST = "start it again"
LOST_SECONDS = 150
"""How long it may take until an ingestion that was lost has ended: two minutes, and a look of the sweeper."""
Seen = dict[str, tuple[Any, str | None]]


class Merchant(Patient):
    """A client of the batch Items API in one environment."""

    def __init__(self, client: Patient) -> None:
        super().__init__(client.stack, client.key, client.workspace, client.deadline)
        self.base = client.stack.url
        self.scope = {"tenant": client.workspace, "environment": ENVIRONMENT}

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """What is answered; that something is there already may be the end of a call whose answer was lost."""
        answer = self.answer(method, path, body, **params)
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        return answer.json()

    def answer(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        """Whatever it is, unless it says that a service is away."""
        return self.ask(method, path, json=body, params=self.scope | params)

    def add(self, batch: str, sent: list[Sent]) -> None:
        """All of them, in requests of some; again where the answer was lost."""
        for kind, (method, path) in PATHS.items():
            some = [one.body() for one in sent if one.kind == kind]
            for start in range(0, len(some), REQUEST_ITEMS):
                body = some[start : start + REQUEST_ITEMS]
                told = self.call(method, f"batch-imports/{path}", body, batch_id=batch)
                assert [one["code"] for one in told] == [0] * len(body), told

    def stream(self, version: int, sent: list[Sent]) -> None:
        """One request; all are of one kind."""
        method, path = PATHS[sent[0].kind]
        told = self.call(method, path, [one.body() | {"catalogVersion": version} for one in sent])
        assert not [one for one in told if "code" in one], (sent, told)

    def ingestion_of(self, batch: str) -> dict | None:
        """The first one of a batch that did not end in vain."""
        told = self.call("GET", "batch-imports/ingestions")
        of_batch = [one for one in told if one["configuration"].get("batchImportId") == batch]
        return next((one for one in reversed(of_batch) if one["status"] != "ERROR"), None)

    def ended(self, ingestion: str) -> dict:
        """An ingestion once it has ended."""
        while (told := self.call("GET", f"batch-imports/ingestions/{ingestion}"))["status"] == "RUNNING":
            time.sleep(0.1)
        return told


class IngestionRound(Disturbed):
    """A catalog with other items, and a batch that is ingested into it. `wanted` is what `run` is to find."""

    def __init__(self, victims: Victims, size: int, plague: Plague, seconds: float = ROUND_SECONDS) -> None:
        """`size`: about as many products; `seconds`: how long it may take."""
        names = ("ingest", *(name for name in victims.names if name.startswith("ingest")), "gateway", "workspace")
        super().__init__(victims, plague._replace(names=names, pause=PAUSE), seconds)
        self._story = Story(plague.seed, size)
        self._merchant = Merchant(self._client)
        self._looked: list[str] = []
        came = self._story.came
        self.wanted: dict[str, Any] = {
            "before": _plain(self._story.before),
            "status": "SUCCESS",
            "errors": came.errors,
            "counts": [came.invalid, came.upserted, came.deleted],
            "seen": True,
            "items": _plain(self._story.final),
            "item count": len(self._story.final.there()),
            "is active": True,
            "left": [],
        }

    def run(self) -> dict[str, Any]:
        """What comes out, by name of what it is. AssertionError when its time is over before."""
        merchant, story = self._merchant, self._story
        version, catalog = self._filled()
        before = self._items(catalog)
        batch = merchant.call("POST", "batch-imports")["id"]
        seed, most = self._plague.seed, self._plague.most
        with self._disturbed(self._plague._replace(seed=seed + 1_000_000, most=most // 3)):
            merchant.add(batch, story.batch)
        with self._watched(catalog), ThreadPoolExecutor(len(story.streamed)) as pool, self._disturbed():
            streaming = [pool.submit(self._stream, version, lane) for lane in story.streamed]
            told = self._ingested(version, batch)
            _wait(streaming)
        (listed,) = merchant.call("GET", "catalogs")
        return {
            "before": before,
            "status": told["status"],
            "errors": {name: one["count"] for name, one in told.get("itemErrorsSummary", {}).items()},
            "counts": self._counts(told),
            "seen": self._seen_well(),
            "items": self._items(catalog),
            "item count": listed["itemCount"],
            "is active": merchant.call("GET", "catalogs/active") == version,
            "left": self._left(),
        }

    def _filled(self) -> tuple[int, str]:
        """Version and id of a catalog in which there is something from everywhere."""
        merchant, story = self._merchant, self._story
        merchant.call("POST", "item-schemas", SCHEMA)
        version = merchant.call("POST", "catalogs", {"catalogItemSchemas": [{"name": "product", "version": 1}]})
        (listed,) = merchant.call("GET", "catalogs")
        rows = "\n".join(["id,title", *(f"{name},{name}" for name in story.imported)])
        upload = {"params": {"catalog_id": listed["catalogId"]}, "files": {"file": ("some.csv", rows.encode())}}
        self._client.do("import", listed["catalogId"], "POST", "catalog/products/import", **upload)
        for source, former in story.former.items():
            batch = merchant.call("POST", "batch-imports")["id"]
            merchant.add(batch, former)
            body = {"catalogVersion": version, "batchImportId": batch, "source": source}
            told = merchant.ended(merchant.call("POST", "batch-imports/ingestions", body)["id"])
            assert (told["status"], told["itemErrorCount"]) == ("SUCCESS", 0), told
        merchant.stream(version, story.first_streamed)
        return version, listed["catalogId"]

    def _ingested(self, version: int, batch: str) -> dict:
        """How the ingestion ended: begun again if the service stopped while it was begun, or too often."""
        body = {
            "catalogVersion": version,
            "batchImportId": batch,
            "source": SOURCE,
            "deleteMissingItems": True,
            "promoteCatalogOnCompletion": True,
        }
        while True:
            if (known := self._merchant.ingestion_of(batch)) is None:
                answer = self._merchant.answer("POST", "batch-imports/ingestions", body)
                # That one is at work already: the one whose answer was lost, or that was lost itself.
                assert answer.status_code in (200, 409), answer.text
                known = self._merchant.ingestion_of(batch)
            if known is None:
                time.sleep(0.5)
                continue
            told = self._merchant.ended(known["id"])
            if told["status"] == "ERROR" and self._is_by_design(told):
                self.done.append(f"begun again ({told['statusReason']})")
                for client in (self._client, self._merchant):
                    client.deadline += LOST_SECONDS
                continue
            return told

    def _is_by_design(self, told: dict) -> bool:
        if LOST in told["statusReason"]:
            return True
        job = self._client.told(f"jobs/{told['id']}")
        return (job.get("error") or {}).get("code") in BY_DESIGN

    def _counts(self, told: dict) -> list[int | None]:
        """As they are to be, if they may be: some depend on what is streamed earlier, and what later."""
        found = [told.get(name) for name in ("itemErrorCount", "upsertedItemCount", "deletedItemCount")]
        wanted, unclear = self.wanted["counts"], self._story.unclear
        if None in found or found[0] != wanted[0]:
            return found
        return wanted if all(abs(a - b) <= unclear for a, b in zip(wanted, found, strict=True)) else found

    def _stream(self, version: int, lane: list[list[Sent]]) -> None:
        for some in lane:
            self._merchant.stream(version, some)

    def _items(self, catalog: str) -> Seen:
        reader = Reader(
            {"ingest": address_of(self._victims, "ingest")},
            self._client.key,
            self._client.workspace,
            self._client.deadline,
        )
        return {
            name: (json.loads(document), parent or None)
            for name, (document, _, parent) in reader.items(catalog).items()
        }

    @contextmanager
    def _watched(self, catalog: str) -> Iterator[None]:
        """Looks at the catalog again and again; what is streamed is left out."""
        sides = {name: self._untouched(_plain(model)) for name, model in self._sides().items()}
        over = threading.Event()

        def look() -> None:
            is_last = False
            while not is_last:
                is_last = over.is_set()
                found = self._untouched(self._items(catalog))
                side = next((name for name, wanted in sides.items() if found == wanted), None)
                self._looked.append(side or _mixed(found, sides))
                over.wait(0.1)

        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(look)
            try:
                yield
            finally:
                over.set()
                looking.result()

    def _sides(self) -> dict[str, Model]:
        return {"before": self._story.before, "after": self._story.after}

    def _untouched(self, items: Seen) -> Seen:
        return {name: item for name, item in items.items() if name not in self._story.touched}

    def _seen_well(self) -> bool | list[str]:
        """Whether readers saw the catalog before, and then after."""
        first_after = self._looked.index("after") if "after" in self._looked else len(self._looked)
        looked = [*self._looked[:first_after]], [*self._looked[first_after:]]
        is_well = set(looked[0]) <= {"before"} and set(looked[1]) == {"after"}
        self.done.append(f"looked {len(looked[0])} times before and {len(looked[1])} after")
        return is_well or self._looked

    def _left(self) -> list[str]:
        """What is not swept in the end."""
        deadline = time.monotonic() + START_SECONDS
        while (left := self._victims.unswept()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return left


def _plain(model: Model) -> Seen:
    return dict(model.there())


def _mixed(found: Seen, sides: dict[str, Seen]) -> str:
    """Neither the one nor the other: how far it is from both."""
    told = []
    for name, wanted in sides.items():
        keys = [key for key in {**wanted, **found} if wanted.get(key) != found.get(key)]
        told.append(
            f"{len(keys)} differ from {name}, as {[(key, wanted.get(key), found.get(key)) for key in keys[:2]]}"
        )
    return "; ".join(told)


def _wait(futures: list[Future]) -> None:
    for future in futures:
        future.result()
