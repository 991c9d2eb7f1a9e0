"""Settings of the Silver service."""

from typing import ClassVar

from pydantic import Field

from services.runtime.settings import ServiceSettings


class SilverSettings(ServiceSettings):
    """What all services share, and how a run is cut."""

    service: ClassVar[str] = "silver"

    silver_partition_size: int = Field(
        default=5000,
        ge=1,
        le=100_000,
        description="Products per partition of a run; a run of one partition is done inside the call that asked.",
    )
