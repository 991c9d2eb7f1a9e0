"""Where the stack is: read from the same environment names as the services read, without importing them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.errors import UsageError

DEFAULT_WORKSPACE = "ws_demo"
# In the order they are needed: each needs those before it.
SERVICES = ("workspace", "ingest", "silver", "gold")
NAMES = (*SERVICES, "gateway")


class Settings(BaseSettings):
    """Names are `ASSAY_` and the field in upper case, as everywhere."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", frozen=True, extra="ignore")

    home: Path = Path("var")
    host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    ingest_port: int = Field(default=50051, ge=0, le=65535)
    silver_port: int = Field(default=50052, ge=0, le=65535)
    gold_port: int = Field(default=50053, ge=0, le=65535)
    workspace_port: int = Field(default=50054, ge=0, le=65535)
    ingest_metrics_port: int = Field(default=9151, ge=0, le=65535)
    silver_metrics_port: int = Field(default=9152, ge=0, le=65535)
    gold_metrics_port: int = Field(default=9153, ge=0, le=65535)
    workspace_metrics_port: int = Field(default=9154, ge=0, le=65535)
    workspace_address: str | None = None
    internal_token: SecretStr | None = None
    log_format: str | None = None
    drain_seconds: float = Field(default=10.0, ge=0)
    ingest_workers: int = Field(
        default=0, ge=0, le=16, description="Processes of a stack for ingest's jobs; 0: ingest itself does them."
    )

    url: str | None = Field(default=None, description="Where the REST API answers; default: host and http_port.")
    api_key: SecretStr | None = Field(default=None, description="Default: the key in <home>/demo-key.")
    workspace: str = Field(default=DEFAULT_WORKSPACE, description="Workspace to work in.")

    def port_of(self, name: str) -> int:
        """The port a service or the gateway listens on."""
        return int(getattr(self, "http_port" if name == "gateway" else f"{name}_port"))

    @property
    def processes(self) -> tuple[str, ...]:
        """What a stack is made of, in the order in which each is needed by those behind it."""
        workers = [f"ingest-worker-{number}" for number in range(1, self.ingest_workers + 1)]
        return (*SERVICES, *workers, "gateway")

    @property
    def local_host(self) -> str:
        """The address to reach this machine's stack at: where it listens, or loopback when it listens everywhere."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
        return everywhere.get(self.host, self.host)

    def address_of(self, name: str) -> str:
        """Where a local service or the gateway listens, as host:port."""
        host = f"[{self.local_host}]" if ":" in self.local_host else self.local_host
        return f"{host}:{self.port_of(name)}"

    @property
    def local_url(self) -> str:
        """Where the REST API of this machine's stack answers."""
        return f"http://{self.address_of('gateway')}"

    @property
    def base_url(self) -> str:
        """Where the REST API answers that commands talk to."""
        return (self.url or self.local_url).rstrip("/")

    @property
    def demo_key_file(self) -> Path:
        """The key the workspace service leaves when it makes the workspace of the demo."""
        return self.home / "demo-key"


def read_settings() -> Settings:
    """Reads the environment. UsageError names the variables that make no sense."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"ASSAY_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors() if item["loc"]]
        raise UsageError("settings in the environment make no sense", *wrong) from None
