"""Settings: one frozen object per service, read once from the environment.

Names are `ASSAY_` and the field in upper case. A name nobody knows is refused, so that a misspelt setting is not
silently ignored: a name that begins with another component's prefix is that component's business, any other must be a
field here.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.database import Database
from services.runtime.files import made_once

PREFIX = "ASSAY_"
# What the `assay` command reads; it may stand in the environment of a service too.
COMMAND_LINE = frozenset({"ASSAY_URL", "ASSAY_API_KEY", "ASSAY_WORKSPACE", "ASSAY_INGEST_WORKERS"})
COMPONENTS = ("ingest", "silver", "gold", "workspace", "gateway", "http", "rate", "demo", "test", "bench")


class UnknownSettingError(ValueError):
    """An ASSAY_… variable that no component knows."""


class SettingError(ValueError):
    """A setting names something that cannot be used, as is found out at the start. The text holds no secret."""


class ServiceSettings(BaseSettings):
    """What all services share. Ports: 0 takes a free one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    service: ClassVar[str] = ""

    home: Path = Field(default=Path("var"), description="Folder of databases, uploads and tokens.")
    host: str = Field(default="127.0.0.1", description="Address the servers listen on.")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    log_format: str = Field(default="json", pattern="^(json|console)$")
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql+psycopg://…, in which every service has a schema of its own. Default: one SQLite file "
        "per service under home.",
    )
    database_connections: int = Field(
        default=20, ge=2, le=1000, description="Connections of one process to PostgreSQL at once; more wait."
    )
    internal_token: SecretStr | None = Field(
        default=None, description="Secret the services show each other; default: a file under home, made once."
    )

    ingest_port: int = Field(default=50051, ge=0, le=65535)
    silver_port: int = Field(default=50052, ge=0, le=65535)
    gold_port: int = Field(default=50053, ge=0, le=65535)
    workspace_port: int = Field(default=50054, ge=0, le=65535)
    http_port: int = Field(default=8080, ge=0, le=65535)
    ingest_address: str | None = Field(default=None, description="host:port; default: this machine, ingest_port.")
    silver_address: str | None = None
    gold_address: str | None = None
    workspace_address: str | None = None

    ingest_metrics_port: int = Field(default=9151, ge=0, le=65535)
    silver_metrics_port: int = Field(default=9152, ge=0, le=65535)
    gold_metrics_port: int = Field(default=9153, ge=0, le=65535)
    workspace_metrics_port: int = Field(default=9154, ge=0, le=65535)

    role: Literal["all", "api", "worker"] = Field(
        default="all",
        description="What a process is for. api: it answers calls, does small jobs itself and leaves large ones to "
        "workers. worker: it is for jobs, and answers calls as well if any come. all: both.",
    )
    rpc_threads: int = Field(default=32, ge=2, le=1024, description="RPCs served at once by one process.")
    rpc_queue: int = Field(default=128, ge=0, le=100_000, description="RPCs that may wait; more are refused.")
    max_message_bytes: int = Field(default=8 * 1024 * 1024, ge=64 * 1024, le=64 * 1024 * 1024)
    unary_deadline_seconds: float = Field(default=60.0, gt=0)
    stream_deadline_seconds: float = Field(default=3600.0, gt=0)
    lame_duck_seconds: float = Field(
        default=0.2, ge=0, description="Between 'not serving' and refusing calls: time for clients to go elsewhere."
    )
    drain_seconds: float = Field(default=10.0, ge=0, description="Grace for RPCs under way when stopping.")
    job_threads: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Background jobs run at once by one process; one workspace has at most half of them.",
    )
    partition_threads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Partitions of one job worked on at once by one process.",
    )

    patience_seconds: float = Field(
        default=300.0,
        ge=0,
        description="How long a background job waits for a service or a database that does not answer, and a starting "
        "service for its database.",
    )
    follow_seconds: float = Field(
        default=300.0, ge=0, description="How long a job that follows another one tries to begin."
    )

    def __init__(self, **values: Any) -> None:
        refuse_unknown_names(type(self))
        super().__init__(**values)

    def address_of(self, service: str) -> str:
        """Where another service listens, as host:port."""
        address: str | None = getattr(self, f"{service}_address")
        return address or f"127.0.0.1:{getattr(self, f'{service}_port')}"

    @property
    def rpc_streams(self) -> int:
        """Streams of callers served at once: three quarters of the threads, so that some are left for all else."""
        return self.rpc_threads * 3 // 4

    @property
    def port(self) -> int:
        """The port this service listens on."""
        return int(getattr(self, f"{self.service}_port"))

    @property
    def metrics_port(self) -> int:
        """The port this service shows its Prometheus metrics on."""
        return int(getattr(self, f"{self.service}_metrics_port"))

    @property
    def service_home(self) -> Path:
        """Folder of this service's own files; made when missing."""
        path = self.home / self.service
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL of this service's database; it may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.service_home / self.service}.sqlite3"

    def open_database(self) -> Database:
        """This service's database, not migrated yet."""
        return Database(self.resolved_database_url, schema=self.service, connections=self.database_connections)

    def resolved_internal_token(self) -> str:
        """The secret between the services; the first process to ask makes the file (mode 0600)."""
        if self.internal_token is not None:
            return self.internal_token.get_secret_value()
        return shared_secret(self.home / "internal-token")


def shared_secret(path: Path) -> str:
    """Reads the secret in `path`, making it when missing; safe when several processes start at once."""
    return made_once(path, lambda: "assay_internal_" + secrets.token_urlsafe(32))


def refuse_unknown_names(settings: type[ServiceSettings]) -> None:
    """Raises UnknownSettingError naming every ASSAY_… variable that is no setting."""
    foreign = tuple(f"{PREFIX}{name.upper()}_" for name in COMPONENTS if name != settings.service)
    known = COMMAND_LINE | {PREFIX + name.upper() for name in settings.model_fields}
    unknown = sorted(
        name for name in os.environ if name.startswith(PREFIX) and name not in known and not name.startswith(foreign)
    )
    if unknown:
        raise UnknownSettingError(f"unknown settings in the environment: {', '.join(unknown)}")
