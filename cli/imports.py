"""Bringing a file in: upload, then the job it becomes."""

from __future__ import annotations

from pathlib import Path

from cli.errors import UsageError
from cli.jobs import follow, require_completed
from cli.rest import Api, Json
from cli.screen import Screen

MEGABYTE = 1_000_000
# Smaller files are sent before a bar could be drawn.
LARGE = 16 * MEGABYTE
FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}


def require_readable(file: Path) -> None:
    """UsageError when the file cannot be sent."""
    if file.is_dir():
        raise UsageError(f"{file} is a folder")
    try:
        file.open("rb").close()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def format_of(file: Path) -> str | None:
    """What the file's name says; None when it says nothing, and the server tells from the content."""
    return FORMATS.get(file.suffix.lower())


def bring_in(
    api: Api, file: Path, catalog_id: str | None, file_format: str | None, screen: Screen, *, notify_email: bool = False
) -> Json:
    """Uploads and waits for the import to end; the completed job's record. ServerRefused, RunFailed, CannotConnect."""
    accepted = start(api, file, catalog_id, file_format, screen, notify_email=notify_email)
    with screen.track("Import", "records") as tracker:
        job = require_completed(follow(api, accepted["backgroundJobId"], tracker))
        tracker.done(f"{job['result']['total']:,} records")
    return job


def start(
    api: Api, file: Path, catalog_id: str | None, file_format: str | None, screen: Screen, *, notify_email: bool = False
) -> Json:
    """Uploads; the answer names the job, of whose end `notify_email` has a mail sent."""
    file_format = file_format or format_of(file)
    size = file.stat().st_size
    if size < LARGE:
        return api.upload(file, catalog_id=catalog_id, file_format=file_format, notify_email=notify_email)
    with screen.track("Upload", "MB") as tracker:
        accepted = api.upload(
            file,
            catalog_id=catalog_id,
            file_format=file_format,
            notify_email=notify_email,
            on_sent=lambda sent: tracker.update(sent // MEGABYTE, size // MEGABYTE),
        )
        tracker.done(f"{size / MEGABYTE:,.0f} MB")
    return accepted
