"""Files of uploads and imports, under the service's home. They live as long as their job.

`incoming/` holds uploads that are still arriving, `uploads/<job id>` what was committed, `staged/<job id>/` what was
parsed from it.
"""

import hashlib
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.ingest.errors import ChecksumMismatch, UploadIncomplete, UploadTooLarge


class Upload:
    """A file that is arriving."""

    def __init__(self, path: Path, stream: IO[bytes], limit: int) -> None:
        self._path = path
        self._stream = stream
        self._limit = limit
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Appends. Raises UploadTooLarge."""
        self.size += len(data)
        if self.size > self._limit:
            raise UploadTooLarge(self._limit)
        self._hash.update(data)
        self._stream.write(data)

    def commit(self, size: int, sha256: str, target: Path) -> None:
        """Moves the file to its place if it is what was announced. Raises UploadIncomplete, ChecksumMismatch."""
        if size != self.size:
            raise UploadIncomplete(
                f"{self.size:,} bytes arrived, but the commit speaks of {size:,}.",
                metadata={"received_bytes": str(self.size), "committed_bytes": str(size)},
            )
        if sha256.lower() != self._hash.hexdigest():
            raise ChecksumMismatch("The SHA-256 of the bytes that arrived is not the one of the commit.")
        self._stream.close()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(target)


class JobFiles:
    """See module."""

    def __init__(self, home: Path) -> None:
        self._incoming = home / "incoming"
        self._uploads = home / "uploads"
        self._staged = home / "staged"

    @contextmanager
    def receive(self, limit: int) -> Iterator[Upload]:
        """An upload of at most `limit` bytes; unless it is committed within, nothing of it stays."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        path = self._incoming / uuid.uuid4().hex
        try:
            with path.open("wb") as stream:
                yield Upload(path, stream, limit)
        finally:
            path.unlink(missing_ok=True)

    def upload(self, job_id: str) -> Path:
        """Where the committed file of a job is."""
        return self._uploads / job_id

    def staged(self, job_id: str) -> Path:
        """Where the staged chunks of a job are."""
        return self._staged / job_id

    def remove(self, job_id: str) -> None:
        """Removes everything of a job; harmless when it is gone."""
        self.upload(job_id).unlink(missing_ok=True)
        shutil.rmtree(self.staged(job_id), ignore_errors=True)

    def remove_abandoned(self, hours: float) -> None:
        """Removes what interrupted uploads and imports left behind: everything untouched for so long."""
        before = time.time() - hours * 3600
        for folder in (self._incoming, self._uploads, self._staged):
            for path in folder.glob("*"):
                if path.stat().st_mtime < before:
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
