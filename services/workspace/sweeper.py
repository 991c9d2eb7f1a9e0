"""Queues jobs again whose owner died, and fails those that nobody takes over, so that no one waits for them."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from services.runtime.log import logger
from services.workspace.stores.jobs import JobStore

STOP_SECONDS = 5.0


class Sweeper:
    """A thread that looks for expired leases. Several processes may sweep the same database."""

    def __init__(self, jobs: JobStore, interval_seconds: float) -> None:
        self._jobs = jobs
        self._interval_seconds = interval_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sweep_forever, name="job-sweeper", daemon=True)

    def start(self) -> None:
        """Begins sweeping."""
        self._thread.start()

    def stop(self) -> None:
        """Ends sweeping; waits for a sweep under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _sweep_forever(self) -> None:
        while not self._stopping.wait(self._interval_seconds):
            try:
                for job_id in self._jobs.requeue_expired():
                    logger().warning("job lost its owner", job_id=job_id)
                for job_id in self._jobs.fail_abandoned():
                    logger().warning("job was abandoned", job_id=job_id)
            except sa.exc.SQLAlchemyError:
                logger().exception("sweep failed; the next one tries again")
