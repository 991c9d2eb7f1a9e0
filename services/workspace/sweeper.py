"""Queues jobs again whose owner died, and fails those that nobody takes over, so that no one waits for them."""

from __future__ import annotations

from services.runtime.log import logger
from services.runtime.periodic import Periodic
from services.workspace.stores.jobs import JobStore

STOP_SECONDS = 5.0


class Sweeper(Periodic):
    """A thread that looks for expired leases."""

    def __init__(self, jobs: JobStore, interval_seconds: float) -> None:
        failed = "sweep failed; the next one tries again"
        super().__init__("job-sweeper", interval_seconds, stop_seconds=STOP_SECONDS, failed=failed)
        self._jobs = jobs

    def work(self) -> None:
        """One sweep."""
        for job_id in self._jobs.requeue_expired():
            logger().warning("job lost its owner", job_id=job_id)
        for job_id in self._jobs.fail_abandoned():
            logger().warning("job was abandoned", job_id=job_id)
