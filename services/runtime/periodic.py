"""A thread that does something again and again. Several processes may do so with the same database."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from services.runtime.log import logger


def always() -> bool:
    """For work that may be left off, and is not."""
    return True


class Periodic:
    """To be inherited from. `start` and `stop` once each."""

    def __init__(self, name: str, interval_seconds: float, *, stop_seconds: float, failed: str) -> None:
        """`stop_seconds`: how long a stop waits for a round under way; `failed` is logged when the database is away."""
        self._interval_seconds = interval_seconds
        self._stop_seconds = stop_seconds
        self._failed = failed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._forever, name=name, daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; waits for a round under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(self._stop_seconds)

    def has_rested(self, seconds: float) -> bool:
        """Pauses within a round, so that others get on; False when the round is to end."""
        return not self._stopping.wait(seconds)

    @property
    def is_stopping(self) -> bool:
        """Whether a round under way is waited for."""
        return self._stopping.is_set()

    def work(self) -> None:
        """One round. SQLAlchemyError: the next one tries again."""
        raise NotImplementedError

    def _forever(self) -> None:
        while not self._stopping.wait(self._interval_seconds):
            try:
                self.work()
            except sa.exc.SQLAlchemyError:
                logger().exception(self._failed)
