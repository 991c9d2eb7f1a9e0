"""Jobs: following one to its end, and what it left."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cli.errors import RunFailed
from cli.rest import RESULTS_PAGE, Api, Json, segment
from cli.screen import Tracker

FIRST_POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 1.0
ENDED = ("completed", "failed", "cancelled")


def get_job(api: Api, job_id: str) -> Json:
    """The job's record."""
    return api.get(f"jobs/{segment(job_id)}")


def follow(api: Api, job_id: str, tracker: Tracker) -> Json:
    """Shows a job's progress until it has ended; the ended record, however it ended."""
    pause = FIRST_POLL_SECONDS
    while True:
        job = get_job(api, job_id)
        progress = job["progress"]
        if progress["total"] or progress["processed"]:
            tracker.update(progress["processed"], progress["total"])
        if job["status"] in ENDED:
            return job
        time.sleep(pause)
        pause = min(LONGEST_POLL_SECONDS, pause * 1.5)


def require_completed(job: Json) -> Json:
    """The job, if it completed; RunFailed with its reason otherwise."""
    if job["status"] != "completed":
        error = job.get("error") or {}
        raise RunFailed(
            str(error.get("code", "UNKNOWN")), str(error.get("message", f"the job is {job['status']}")), str(job["id"])
        )
    return job


def results(api: Api, job_id: str) -> Iterator[Json]:
    """What a job left, entry by entry: results of a run, bad rows of an import."""
    return api.pages(f"jobs/{segment(job_id)}/results", limit=RESULTS_PAGE)
