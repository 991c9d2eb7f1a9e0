"""Files of uploads and imports in a bucket that speaks S3, and which of the places for them the settings name.

A bucket has no half-written objects: one appears when its last byte has arrived. Parsers want a file, so that an upload
is fetched into `fetched/` under the home while it is parsed: one file per job, at most as many at once as jobs are at
work. What a process that died left there goes when the job is begun again, or when it is old.
"""

import io
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec
import polars as pl

from services.ingest.errors import StorageUnavailable, UploadLost
from services.ingest.files import STAGED, UPLOADS, JobFiles, Upload, remove_old, storage_errors
from services.ingest.settings import IngestSettings
from services.runtime.log import logger
from services.runtime.settings import SettingError

# Two parts at once are as much as memory holds of a large file.
PARTS = {"chunksize": 16 * 1024 * 1024, "max_concurrency": 2}
CONNECT_SECONDS, READ_SECONDS = 5, 60
NAME = "ASSAY_INGEST_STORAGE_URL"


class StorageSettingError(SettingError):
    """ASSAY_INGEST_STORAGE_URL names a storage that cannot be used."""


def open_files(settings: IngestSettings) -> JobFiles:
    """The files of jobs where the settings say. Raises StorageSettingError when nothing can be written there."""
    url = urlsplit(settings.ingest_storage_url or "")
    path = unquote(url.path)
    if not settings.ingest_storage_url:
        return JobFiles(settings.service_home)
    if url.scheme == "file" and url.netloc in ("", "localhost") and path.startswith("/"):
        return _tried(JobFiles(settings.service_home, shared=_folder(Path(path))))
    if url.scheme == "s3" and url.netloc and not url.username and not url.query:
        root = "/".join(part for part in (url.netloc, path.strip("/")) if part)
        return _tried(BucketFiles(settings.service_home, root, settings.ingest_storage_endpoint))
    raise StorageSettingError(f"{NAME} must be file:///folder or s3://bucket/prefix")


def _folder(path: Path) -> Path:
    # Made by nobody: a share that is not mounted would be a folder of this machine then, and nobody would notice.
    if not path.is_dir():
        raise StorageSettingError(f"{NAME}: the folder {path} is not there")
    return path


def _tried(files: JobFiles) -> JobFiles:
    """The files, after something was written there and removed."""
    probe = f"probe-{uuid.uuid4().hex}"
    try:
        with files.receive(0) as upload:
            upload.check(0, upload.sha256)
            files.keep(upload, probe)
    except StorageUnavailable as error:
        raise StorageSettingError(f"{NAME}: nothing can be written there ({error.cause})") from None
    files.remove(probe)
    return files


class Objects:
    """What lies under a prefix of a bucket. Every method raises StorageUnavailable when the bucket does not answer."""

    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        self._root = root

    def under(self, name: str) -> "Objects":
        """What lies under a longer prefix."""
        return Objects(self._system, f"{self._root}/{name}")

    def put(self, path: Path, name: str) -> None:
        """Copies a file there."""
        with storage_errors(Exception):
            self._system.put_file(str(path), f"{self._root}/{name}", **PARTS)

    def get(self, name: str, path: Path) -> None:
        """Copies an object into a file. Raises FileNotFoundError."""
        with storage_errors(Exception, lost=True):
            self._system.get_file(f"{self._root}/{name}", str(path), **PARTS)

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """See `parsing.staging.FrameStore`. Compressed: the way is longer than that to a disk."""
        content = io.BytesIO()
        frame.write_ipc(content, compression="lz4")
        with storage_errors(Exception):
            self._system.pipe_file(f"{self._root}/{name}", content.getvalue())

    def read(self, name: str, columns: list[str] | None) -> pl.DataFrame:
        """See `parsing.staging.FrameStore`. Raises FileNotFoundError."""
        with storage_errors(Exception, lost=True):
            content = self._system.cat_file(f"{self._root}/{name}")
        return pl.read_ipc(io.BytesIO(content), columns=columns)

    def remove(self, *names: str) -> None:
        """Removes objects and all that lies under them; harmless when they are gone."""
        with storage_errors(Exception):
            paths = [path for name in names for path in self._system.find(f"{self._root}/{name}")]
            if paths:
                self._system.rm(paths)

    def ages(self) -> Iterator[tuple[str, float]]:
        """What lies here, by the first part of its name: when the last of it was written, in Unix seconds."""
        with storage_errors(Exception):
            found = self._system.find(self._root, detail=True)
        newest: dict[str, float] = {}
        for path, info in found.items():
            name = path.removeprefix(f"{self._root}/").split("/")[0]
            newest[name] = max(newest.get(name, 0.0), info["LastModified"].timestamp())
        return iter(newest.items())


class BucketFiles(JobFiles):
    """Uploads and staged chunks as objects under `root` (bucket/prefix); see `JobFiles`."""

    def __init__(self, home: Path, root: str, endpoint: str | None) -> None:
        super().__init__(home)
        self._fetched = home / "fetched"
        self._objects = Objects(_system(endpoint), root)

    def keep(self, upload: Upload, job_id: str) -> None:
        """Puts a checked upload into the bucket. Raises StorageUnavailable."""
        self._objects.put(upload.path, f"{UPLOADS}/{job_id}")

    @contextmanager
    def fetched(self, job_id: str) -> Iterator[Path]:
        """The committed file of a job, to be read within. Raises UploadLost, StorageUnavailable."""
        self._fetched.mkdir(parents=True, exist_ok=True)
        for left in self._fetched.glob(f"{job_id}.*"):
            left.unlink(missing_ok=True)
        path = self._fetched / f"{job_id}.{uuid.uuid4().hex}"
        try:
            try:
                self._objects.get(f"{UPLOADS}/{job_id}", path)
            except FileNotFoundError:
                raise UploadLost(job_id) from None
            yield path
        finally:
            path.unlink(missing_ok=True)

    def staged(self, job_id: str) -> Objects:
        """Where the staged chunks of a job are."""
        return self._objects.under(f"{STAGED}/{job_id}")

    def _remove(self, job_id: str) -> None:
        self._objects.remove(f"{UPLOADS}/{job_id}", f"{STAGED}/{job_id}")

    def remove_abandoned(self, hours: float, working: Collection[str] = ()) -> None:
        """As that of `JobFiles`; a job's chunks are as old as the youngest of them."""
        before = time.time() - hours * 3600
        for folder in (self._incoming, self._fetched):
            for path in folder.glob("*"):
                remove_old(path, before)
        try:
            for prefix in (UPLOADS, STAGED):
                objects = self._objects.under(prefix)
                objects.remove(*(name for name, at in objects.ages() if at < before and name not in working))
        except StorageUnavailable:
            logger().warning("abandoned files not removed; tried again at the next start")


def _system(endpoint: str | None) -> Any:
    """The bucket's file system, which remembers no listings: others write there, too."""
    config = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"max_attempts": 2, "mode": "standard"},
        **({"s3": {"addressing_style": "path"}} if endpoint else {}),
    }
    try:
        kind = fsspec.get_filesystem_class("s3")
    except ImportError:
        raise StorageSettingError(f"{NAME}: s3 needs the extra of that name: pip install 'assay[s3]'") from None
    return kind(endpoint_url=endpoint, config_kwargs=config, use_listings_cache=False, skip_instance_cache=True)
