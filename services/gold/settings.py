"""Settings of the Gold service."""

from typing import ClassVar

from pydantic import Field

from services.runtime.settings import ServiceSettings


class GoldSettings(ServiceSettings):
    """What all services share, and how a run is cut."""

    service: ClassVar[str] = "gold"

    gold_partition_size: int = Field(
        default=10_000,
        ge=1,
        le=100_000,
        description="Products per partition of a run; a run of one partition is done inside the call that asked.",
    )
    gold_sweep_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Between two questions to ingest which catalogs were deleted; their rows are removed after two "
        "answers that say so.",
    )
    partition_threads: int = Field(
        default=3, ge=1, le=64, description="Partitions of one job worked on at once; one of them waits for Silver."
    )
    gold_kept_scores: int = Field(
        default=2_000_000,
        ge=0,
        description="Scores kept in memory for lists and groups, over all catalogs, some 130 bytes each.",
    )
    gold_known_seconds: float = Field(
        default=5.0, ge=0, description="How long a catalog that was there and a workspace's settings are remembered."
    )
    gold_feed_keep_seconds: float = Field(
        default=900.0, ge=0, description="How long a feed is kept before it is made anew."
    )
    gold_feed_most: int = Field(default=200, ge=1, description="Feeds that are kept at most, the newest ones.")
    gold_feed_bytes: int = Field(
        default=1024**3, ge=0, description="Room for feeds that are kept; the newest one stays whatever its size."
    )
