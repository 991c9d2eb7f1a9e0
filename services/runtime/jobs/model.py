"""What a job is, and what a service writes to have one kind of job run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class JobSpec:
    """What to start. `params` is JSON: a durable engine writes it down and hands it to whoever runs the job."""

    kind: str
    queue: str
    job_name: str
    workspace_id: str
    target: str
    params: JsonObject = field(default_factory=dict)
    lock_key: str = ""
    notify_email: bool = False


@dataclass(frozen=True)
class Job:
    """A job that has a record."""

    id: str
    kind: str
    workspace_id: str
    target: str
    params: JsonObject
    registry_version: str = ""
    """Version of what the workspace keeps for runs when the record was opened; empty when that is not known."""
    settings: Any = None
    """The workspace's settings for runs when the record was opened, as the record keeper's message; None: not known."""
    check: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)
    """Raises when the job should stop. Asked between partitions; a partition that waits for long asks it itself."""


@dataclass(frozen=True)
class Plan:
    """How a job is divided. Partitions are JSON values, small, and independent of each other."""

    partitions: list[Any]
    total: int


@dataclass(frozen=True)
class Outcome:
    """How a job ended: completed with a result, or failed or cancelled with a reason."""

    status: str
    result: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    message: str = ""


class Runner:
    """One kind of job. Every method may be called again after a crash, and in another process, so each is idempotent;
    state lives in the service's own database, never in the runner. To be inherited from.
    """

    kind: str
    at_once: int = 0
    """Partitions of a job that one process works on beside each other; 0: as many as it has threads for.

    Work that holds the interpreter is done no sooner by two threads, and those that answer calls wait for both.
    """

    def prepare(self, job: Job) -> Plan:
        """Divides the work. Deterministic as long as nothing has been processed."""
        raise NotImplementedError

    def run_partition(self, job: Job, partition: Any) -> int:
        """Does one partition in one transaction, keyed so that doing it twice is doing it once; returns its units."""
        raise NotImplementedError

    def complete(self, job: Job) -> JsonObject:
        """The phase after all partitions (it sees all of them); returns the public result."""
        raise NotImplementedError

    def discard(self, job: Job) -> None:
        """Frees what the job held (files) after it failed or was cancelled. What is done stays done."""
        raise NotImplementedError

    def forget(self, job: Job) -> None:
        """Drops what this process keeps of a job that it does not work on any more."""

    def rows(self, job: Job, partition: Any) -> Sequence[str]:  # noqa: ARG002 - for those who can tell
        """What users call the rows of a partition, in a fixed order; nothing where they cannot be told apart."""
        return ()

    def probe(self, job: Job, partition: Any, rows: Sequence[str]) -> None:
        """Does what `run_partition` does with some of its rows, and writes nothing.

        Asked of a partition that has taken the process down, to find out which row does.
        """
