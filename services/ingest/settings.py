"""Settings of the ingest service."""

from typing import ClassVar

from pydantic import Field

from services.ingest.parsing import ParseLimits
from services.runtime.settings import ServiceSettings

MIB = 1024 * 1024


class IngestSettings(ServiceSettings):
    """Limits of uploads and files; the meaning of each file limit is in `ParseLimits`."""

    service: ClassVar[str] = "ingest"

    ingest_max_upload_bytes: int = Field(default=2048 * MIB, ge=1, description="Size of one uploaded file.")
    ingest_max_columns: int = Field(default=1_000, ge=1, le=10_000)
    ingest_max_cell_bytes: int = Field(default=MIB, ge=1_024, le=3 * MIB)
    ingest_max_rows: int = Field(default=20_000_000, ge=1)
    ingest_max_row_errors: int = Field(default=100_000, ge=1, description="Row errors kept with text per import.")
    ingest_chunk_items: int = Field(default=5_000, ge=1, le=100_000, description="Items of one import partition.")
    ingest_abandoned_hours: float = Field(
        default=24.0, gt=0, description="Age at which files of interrupted uploads and imports are removed."
    )
    ingest_batch_days: float = Field(
        default=7.0, gt=0, description="Age at which a batch of the Items API expires; its items are removed then."
    )
    ingest_request_items: int = Field(
        default=10_000, ge=1, le=100_000, description="Items of one request of the Items API, or message of a stream."
    )
    ingest_stream_calls_per_second: int = Field(
        default=250, ge=1, description="Calls of the streaming Items API for one tenant and environment, per process."
    )
    ingest_sweep_seconds: float = Field(
        default=10.0, gt=0, description="Between two looks for items of former contents and of batches that are gone."
    )
    ingest_storage_url: str | None = Field(
        default=None,
        description="Where uploads and what is parsed from them lie, for all processes of ingest: file:///folder or "
        "s3://bucket/prefix. Default: under home, which is enough for processes that share it.",
    )
    ingest_storage_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^/@?]+/?$",
        description="URL of what speaks S3, when it is not AWS. Keys come from AWS_… variables or the machine's role.",
    )

    @property
    def parse_limits(self) -> ParseLimits:
        """The limits of one file."""
        return ParseLimits(
            max_columns=self.ingest_max_columns,
            max_cell_bytes=self.ingest_max_cell_bytes,
            max_rows=self.ingest_max_rows,
            max_problems=self.ingest_max_row_errors,
            chunk_items=self.ingest_chunk_items,
        )
