"""Files of uploads and imports: under the service's home, or in a folder that several machines share.

`incoming/` holds uploads that are still arriving, always under the home; `uploads/<job id>` what was committed,
`staged/<job id>/` what was parsed from it. They live as long as their job. `services.ingest.storage` has them in a
bucket instead.
"""

import hashlib
import shutil
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.ingest.errors import ChecksumMismatch, StorageUnavailable, UploadIncomplete, UploadLost, UploadTooLarge
from services.ingest.parsing.staging import Directory
from services.runtime.errors import DomainError
from services.runtime.log import logger

UPLOADS, STAGED = "uploads", "staged"


class Upload:
    """A file that is arriving."""

    def __init__(self, path: Path, stream: IO[bytes], limit: int) -> None:
        self.path = path
        self._stream = stream
        self._limit = limit
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The hash of what has arrived, in hexadecimal digits."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Appends. Raises UploadTooLarge."""
        self.size += len(data)
        if self.size > self._limit:
            raise UploadTooLarge(self._limit)
        self._hash.update(data)
        self._stream.write(data)

    def check(self, size: int, sha256: str) -> None:
        """Ends it, if it is what was announced. Raises UploadIncomplete, ChecksumMismatch."""
        if size != self.size:
            raise UploadIncomplete(
                f"{self.size:,} bytes arrived, but the commit speaks of {size:,}.",
                metadata={"received_bytes": str(self.size), "committed_bytes": str(size)},
            )
        if sha256.lower() != self.sha256:
            raise ChecksumMismatch("The SHA-256 of the bytes that arrived is not the one of the commit.")
        self._stream.close()


class JobFiles:
    """See module. `shared`: the folder of what is committed and staged; default: the home.

    What the file system refuses is StorageUnavailable, which a job waits out.
    """

    def __init__(self, home: Path, shared: Path | None = None) -> None:
        self._incoming = home / "incoming"
        self._uploads = (shared or home) / UPLOADS
        self._staged = (shared or home) / STAGED

    @contextmanager
    def receive(self, limit: int) -> Iterator[Upload]:
        """An upload of at most `limit` bytes; unless it is kept within, nothing of it stays.

        StorageUnavailable when the disk is full.
        """
        path = self._incoming / uuid.uuid4().hex
        with storage_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)
            try:
                with path.open("wb") as stream:
                    yield Upload(path, stream, limit)
            finally:
                path.unlink(missing_ok=True)

    def keep(self, upload: Upload, job_id: str) -> None:
        """Moves a checked upload to its place, where it appears whole. Raises StorageUnavailable."""
        target = self.upload(job_id)
        with storage_errors():
            target.parent.mkdir(parents=True, exist_ok=True)
            if upload.path.stat().st_dev == target.parent.stat().st_dev:
                upload.path.replace(target)
                return
            part = target.with_name(f"{job_id}.{uuid.uuid4().hex}.part")
            try:
                shutil.copyfile(upload.path, part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)

    @contextmanager
    def fetched(self, job_id: str) -> Iterator[Path]:
        """The committed file of a job, to be read within. Raises UploadLost, StorageUnavailable."""
        path = self.upload(job_id)
        if not path.exists():
            raise UploadLost(job_id)
        yield path

    def upload(self, job_id: str) -> Path:
        """Where the committed file of a job is."""
        return self._uploads / job_id

    def staged(self, job_id: str) -> Directory:
        """Where the staged chunks of a job are."""
        return self._staged / job_id

    def remove(self, job_id: str) -> None:
        """Removes everything of a job; harmless when it is gone. What stays is told, and removed when abandoned."""
        try:
            self._remove(job_id)
        except (OSError, StorageUnavailable) as error:
            logger().warning("files not removed", job_id=job_id, error=type(error).__name__)

    def _remove(self, job_id: str) -> None:
        self.upload(job_id).unlink(missing_ok=True)
        shutil.rmtree(self._staged / job_id, ignore_errors=True)

    def remove_abandoned(self, hours: float, working: Collection[str] = ()) -> None:
        """Removes what interrupted uploads and imports left behind: everything untouched for so long.

        What belongs to a job of `working` stays however old it is: it waits for somebody to go on with it.
        """
        before = time.time() - hours * 3600
        for folder in (self._incoming, self._uploads, self._staged):
            for path in folder.glob("*"):
                remove_old(path, before, working)


def remove_old(path: Path, before: float, working: Collection[str] = ()) -> None:
    """Removes a file or folder that is older than `before` (Unix seconds) and of no job of `working`."""
    try:
        if path.name in working or path.stat().st_mtime >= before:
            return
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except FileNotFoundError:
        return  # another process that shares the folder was faster


@contextmanager
def storage_errors(kind: type[Exception] = OSError, *, lost: bool = False) -> Iterator[None]:
    """What storage refuses within (errors of `kind`) is StorageUnavailable; with `lost`, but for what is not there."""
    try:
        yield
    except kind as error:
        if isinstance(error, DomainError) or (lost and isinstance(error, FileNotFoundError)):
            raise
        failed = StorageUnavailable((isinstance(error, OSError) and error.strerror) or type(error).__name__)
        logger().warning("storage failed", cause=failed.cause)
        raise failed from error
