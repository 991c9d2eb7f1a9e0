"""The import job: stage the whole file, then write it partition by partition."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from services.ingest.errors import UploadLost
from services.ingest.files import JobFiles, storage_errors
from services.ingest.parsing import (
    FormatHint,
    ParseLimits,
    read_staged_ids,
    read_staged_items,
    read_staged_problems,
    stage_file,
)
from services.ingest.store import ImportStore
from services.runtime.jobs import Job, JobSpec, JsonObject, Plan, Runner

KIND = "import"
QUEUE = "ingest"
JOB_NAME = "catalog_import"
_APPLIED = -1
"""Stands for all that an earlier life applied."""


def import_spec(workspace_id: str, catalog_id: str, hint: FormatHint, *, notify_email: bool) -> JobSpec:
    """The job of one upload. No lock: writes are upserts, and each import reserves its own numbers."""
    return JobSpec(
        kind=KIND,
        queue=QUEUE,
        job_name=JOB_NAME,
        workspace_id=workspace_id,
        target=catalog_id,
        params={"hint": str(hint)},
        notify_email=notify_email,
    )


class ImportRunner(Runner):
    """Runs imports; see services.runtime.jobs.Runner. A partition is the number of a staged chunk."""

    kind = KIND

    def __init__(self, store: ImportStore, files: JobFiles, limits: ParseLimits) -> None:
        self._store = store
        self._files = files
        self._limits = limits

    def prepare(self, job: Job) -> Plan:
        """Parses the file into storage. Raises FileRefusedError for a broken one, of which nothing is imported then."""
        folder = self._files.staged(job.id)
        try:
            with self._files.fetched(job.id) as path, _of(job):
                staged = stage_file(path, folder, FormatHint(job.params["hint"]), self._limits)
        except UploadLost:
            # An import of one partition is not written down. It may have ended, and lacks but the record of its end.
            if not (applied := self._store.counts(job.id).total):
                raise
            return Plan([_APPLIED], applied)
        with _of(job):
            self._store.record_staged(job.id, staged, (read_staged_ids(folder, n) for n in range(len(staged.chunks))))
        return Plan(list(range(len(staged.chunks))), staged.total)

    def run_partition(self, job: Job, partition: Any) -> int:
        """Writes one chunk; returns the records it stood for."""
        if partition == _APPLIED:
            return self._store.counts(job.id).total
        folder = self._files.staged(job.id)
        with _of(job):
            items, problems = read_staged_items(folder, partition), read_staged_problems(folder, partition)
        return self._store.apply(job.id, partition, items, problems)

    def complete(self, job: Job) -> JsonObject:
        """Counts, and removal of the files."""
        result = asdict(self._store.counts(job.id))
        self._files.remove(job.id)
        return result

    def discard(self, job: Job) -> None:
        """Removes the files; what was written stays."""
        self._files.remove(job.id)


@contextmanager
def _of(job: Job) -> Iterator[None]:
    """What storage refuses while a job reads and stages is told of it."""
    try:
        with storage_errors(lost=True):
            yield
    except FileNotFoundError:
        raise UploadLost(job.id) from None
