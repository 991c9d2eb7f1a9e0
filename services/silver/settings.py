"""Settings of the Silver service."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, IPvAnyNetwork, field_validator
from pydantic_settings import NoDecode

from services.runtime.settings import ServiceSettings
from services.silver.images import ImageLimits

Port = Annotated[int, Field(ge=1, le=65535)]


class SilverSettings(ServiceSettings):
    """What all services share, how a run is cut, and how far image checks go (see docs/images.md)."""

    service: ClassVar[str] = "silver"

    silver_partition_size: int = Field(
        default=5000,
        ge=1,
        le=100_000,
        description="Products per partition of a run; a run of one partition is done inside the call that asked.",
    )
    silver_sweep_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Between two questions to ingest which catalogs were deleted; their rows are removed after two "
        "answers that say so.",
    )
    silver_image_requests: bool = Field(
        default=True,
        description="Whether image checks may ask servers; without it, reachability means no more than syntax.",
    )
    silver_image_concurrency: int = Field(default=256, ge=1, le=4096, description="Requests under way at once.")
    silver_image_per_host: int = Field(default=16, ge=1, le=256, description="The same to one host (name and port).")
    silver_image_connect_seconds: float = Field(default=5.0, gt=0, le=60)
    silver_image_read_seconds: float = Field(default=10.0, gt=0, le=60, description="Longest silence in an answer.")
    silver_image_total_seconds: float = Field(default=15.0, gt=0, le=120, description="All requests for one URL.")
    silver_image_host_seconds: float = Field(
        default=15.0, gt=0, le=600, description="What one host may cost a run in time outs and pauses it asks for."
    )
    silver_image_host_rest_seconds: float = Field(
        default=60.0, ge=0, description="How long a host that was given up is left alone."
    )
    silver_image_good_seconds: float = Field(
        default=7 * 86_400.0, ge=0, description="How long a reachable image is taken to be so without asking again."
    )
    silver_image_bad_seconds: float = Field(default=3600.0, ge=0, description="The same for a broken one.")
    silver_image_ports: Annotated[frozenset[Port], NoDecode] = Field(
        default=frozenset({80, 443}), description="Ports that are asked, with commas between them."
    )
    silver_image_allowed_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        default=(),
        description="Private networks that may be asked, with commas between them, for servers of the house.",
    )

    @field_validator("silver_image_ports", "silver_image_allowed_networks", mode="before")
    @classmethod
    def _parts(cls, value: Any) -> Any:
        """The environment has one text with commas in it."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def image_limits(self) -> ImageLimits:
        """The limits of the image checker."""
        return ImageLimits(
            concurrency=self.silver_image_concurrency,
            per_host=self.silver_image_per_host,
            connect_seconds=self.silver_image_connect_seconds,
            read_seconds=self.silver_image_read_seconds,
            total_seconds=self.silver_image_total_seconds,
            host_seconds=self.silver_image_host_seconds,
            host_rest_seconds=self.silver_image_host_rest_seconds,
            ports=self.silver_image_ports,
            allowed_networks=self.silver_image_allowed_networks,
        )
