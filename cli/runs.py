"""Silver and Gold runs: started over REST, watched as NDJSON, counted as they come.

Results are counted batch by batch and not kept: a catalog may hold a million products.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.errors import CannotConnect, ServerRefused
from cli.jobs import follow, get_job, require_completed, results
from cli.rest import Api, Json, segment
from cli.screen import Tracker

WORST = 5
IMAGES = "images"
FINDINGS = ("changes", "issues", "issuesBySeverity", "productsWithIssues", "brokenUrls", "brokenImages")
# What the gateway says when it lost the stream of a run that may go on.
STREAM_CUT = "STREAM_CUT"


class Tally:
    """What every run's results say."""

    def __init__(self) -> None:
        self.succeeded = 0
        self.failed = 0
        self.errors: Counter[str] = Counter()

    @property
    def processed(self) -> int:
        """Results in all."""
        return self.succeeded + self.failed

    def add(self, batch: Sequence[Json]) -> None:
        """Counts results."""
        for result in batch:
            if result["status"] == "success":
                self.succeeded += 1
                self._add_success(result)
            else:
                self.failed += 1
                self.errors[str(result.get("error", ""))] += 1

    def _add_success(self, result: Json) -> None:
        raise NotImplementedError

    def as_json(self) -> Json:
        """For `--json`."""
        return {
            "processed": self.processed,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "errors": [{"message": text, "count": count} for text, count in self.errors.most_common()],
        }


class SilverTally(Tally):
    """Counts of a Silver run."""

    def __init__(self) -> None:
        super().__init__()
        self.fields_normalized = 0
        self.changed = 0
        self.duplicates = 0
        self.urls_validated = 0

    def _add_success(self, result: Json) -> None:
        self.fields_normalized += result["fieldsNormalized"]
        self.changed += result["fieldsNormalized"] > 0
        self.duplicates += result["duplicateOf"] is not None
        self.urls_validated += result["urlsValidated"]

    def as_json(self) -> Json:
        """For `--json`."""
        return super().as_json() | {
            "fieldsNormalized": self.fields_normalized,
            "productsChanged": self.changed,
            "duplicates": self.duplicates,
            "urlsValidated": self.urls_validated,
        }


class GoldTally(Tally):
    """Counts of a Gold run, and the products with the lowest scores."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()
        self.worst: list[Json] = []

    def add(self, batch: Sequence[Json]) -> None:
        """Counts results."""
        super().add(batch)
        scored = [result for result in (*self.worst, *batch) if result["status"] == "success"]
        self.worst = heapq.nsmallest(WORST, scored, key=lambda result: (result["score"], result["productId"]))

    @property
    def images_unusable(self) -> int:
        """Products whose main image is a gap though not missing: no valid address, or a placeholder."""
        return self.gaps[IMAGES] - self.missing[IMAGES]

    def _add_success(self, result: Json) -> None:
        self.gaps.update(result["gaps"])
        self.missing.update(result["missingFields"])

    def as_json(self) -> Json:
        """For `--json`."""
        images = {"imagesMissing": self.missing[IMAGES], "imagesUnusable": self.images_unusable}
        return super().as_json() | images | {"worst": self.worst}


@dataclass(frozen=True)
class Stage:
    """Silver or Gold, as the command speaks of it."""

    name: str
    label: str
    tally: Callable[[], Tally]


SILVER = Stage("silver", "Silver", SilverTally)
GOLD = Stage("gold", "Gold", GoldTally)


@dataclass
class Ended:
    """A run that completed."""

    job: Json
    tally: Any
    """SilverTally or GoldTally, by stage."""

    summary: Json = field(default_factory=dict)
    """The fields beside `results` in the documented answer."""

    @property
    def findings(self) -> Json:
        """What the job's result says about rules and images; empty for Gold."""
        result = self.job.get("result") or {}
        return {name: result[name] for name in FINDINGS if name in result}

    def as_json(self) -> Json:
        """For `--json`."""
        told: Json = self.tally.as_json()
        return told | self.findings | self.summary


def body_of(product_ids: Sequence[str], **options: str | bool | None) -> Json:
    """The request: those products, or all; options that are None are left to the server."""
    scope: Json = {"scope": "selection", "productIds": list(product_ids)} if product_ids else {"scope": "all"}
    return scope | {name: value for name, value in options.items() if value is not None}


def path_of(stage: Stage, catalog_id: str) -> str:
    """Where the stage's runs of a catalog are started."""
    return f"catalogs/{segment(catalog_id)}/batch/{stage.name}"


def run(
    api: Api,
    stage: Stage,
    catalog_id: str,
    body: Mapping[str, Any],
    *,
    tracker: Tracker,
    on_results: Callable[[Sequence[Json]], None] = lambda _batch: None,
) -> Ended:
    """Runs to the end, showing progress. `on_results` sees every batch of results in the run's order.

    Errors: ServerRefused (also for the run's own failure), RunFailed, CannotConnect. When the stream breaks but the
    server is still there, the job is followed instead and its results are read again from the start.
    """
    watched = _Watched(stage, tracker, on_results)
    try:
        with api.stream(path_of(stage, catalog_id), body) as events:
            for event in events:
                watched.take(event)
    except (CannotConnect, ServerRefused) as error:
        if not watched.job_id or (isinstance(error, ServerRefused) and error.code != STREAM_CUT):
            raise
    if watched.summary is None:
        return _recovered(api, stage, watched.job_id, tracker, on_results, already=watched.tally.processed)
    return Ended(get_job(api, watched.job_id), watched.tally, watched.summary)


class _Watched:
    """The events of one run, as they come."""

    def __init__(self, stage: Stage, tracker: Tracker, on_results: Callable[[Sequence[Json]], None]) -> None:
        self.job_id = ""
        self.tally = stage.tally()
        self.summary: Json | None = None
        self._tracker = tracker
        self._on_results = on_results
        self._total = 0

    def take(self, event: Json) -> None:
        """One line of the answer: an object with one member, named after the event."""
        if started := event.get("started"):
            self.job_id, self._total = started["jobId"], started["total"]
        elif progress := event.get("progress"):
            self._tracker.update(progress["processed"], progress["total"])
        elif batch := event.get("results"):
            self.tally.add(batch)
            self._on_results(batch)
        elif "summary" in event:
            self._tracker.update(self._total, self._total)
            self.summary = event["summary"]


def _recovered(
    api: Api,
    stage: Stage,
    job_id: str,
    tracker: Tracker,
    on_results: Callable[[Sequence[Json]], None],
    *,
    already: int,
) -> Ended:
    """The outcome of a run whose stream was cut. Results come in a fixed order: those seen already are passed over."""
    job = require_completed(follow(api, job_id, tracker))
    tally = stage.tally()
    for number, result in enumerate(results(api, job_id)):
        tally.add([result])
        if number >= already:
            on_results([result])
    return Ended(job, tally, dict(job.get("result") or {}))
