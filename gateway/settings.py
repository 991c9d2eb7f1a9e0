"""Settings of the gateway: one frozen object, read once from the environment.

The names are those of the services' settings where both mean the same thing (ports, addresses, home), so that one
environment serves the whole stack. An ASSAY_… name that nobody knows is refused.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "ASSAY_"
SERVICES = ("ingest", "silver", "gold", "workspace")
# Names that begin like this are another component's business.
FOREIGN = tuple(f"{PREFIX}{name}_" for name in ("INGEST", "SILVER", "GOLD", "WORKSPACE", "DEMO", "TEST", "BENCH"))
# What the `assay` command reads; it may stand in the gateway's environment too.
COMMAND_LINE = frozenset({"ASSAY_URL", "ASSAY_API_KEY", "ASSAY_WORKSPACE"})
# Settings that the services share and the gateway has no use for.
OF_SERVICES = frozenset(
    PREFIX + name
    for name in (
        "DATABASE_URL",
        "DATABASE_CONNECTIONS",
        "RPC_THREADS",
        "RPC_QUEUE",
        "UNARY_DEADLINE_SECONDS",
        "STREAM_DEADLINE_SECONDS",
        "LAME_DUCK_SECONDS",
        "JOB_THREADS",
        "PARTITION_THREADS",
        "FOLLOW_SECONDS",
        "PATIENCE_SECONDS",
        "ROLE",
    )
)


class UnknownSettingError(ValueError):
    """An ASSAY_… variable that no component knows."""


class GatewaySettings(BaseSettings):
    """What the gateway can be told. Ports: 0 takes a free one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    home: Path = Field(default=Path("var"), description="Folder with the file `internal-token`.")
    host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    http_port: int = Field(default=8080, ge=0, le=65535)
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    log_format: str = Field(default="json", pattern="^(json|console)$")
    internal_token: SecretStr | None = Field(
        default=None, description="Secret the services show each other; default: the file under home."
    )

    ingest_port: int = Field(default=50051, ge=0, le=65535)
    silver_port: int = Field(default=50052, ge=0, le=65535)
    gold_port: int = Field(default=50053, ge=0, le=65535)
    workspace_port: int = Field(default=50054, ge=0, le=65535)
    ingest_address: str | None = Field(default=None, description="host:port; default: this machine, ingest_port.")
    silver_address: str | None = None
    gold_address: str | None = None
    workspace_address: str | None = None
    max_message_bytes: int = Field(default=8 * 1024 * 1024, ge=64 * 1024, le=64 * 1024 * 1024)
    drain_seconds: float = Field(default=10.0, ge=0, description="Grace for requests under way when stopping.")

    gateway_inline_limit: int = Field(
        default=10_000, ge=0, description="Products up to which a run is answered with all its results (200)."
    )
    gateway_body_bytes: int = Field(default=8 * 1024 * 1024, ge=1024, description="Largest JSON body.")
    gateway_json_depth: int = Field(default=32, ge=4, le=500, description="Deepest nesting of a JSON body.")
    gateway_unary_seconds: float = Field(default=30.0, gt=0, description="Deadline of a call that asks for none.")
    gateway_unary_max_seconds: float = Field(default=60.0, gt=0, description="Longest deadline a caller may ask for.")
    gateway_stream_seconds: float = Field(
        default=3600.0, gt=0, description="Deadline of runs and uploads, and the longest a caller may ask for."
    )
    gateway_upload_pause_seconds: float = Field(
        default=60.0, gt=0, description="How long an upload may rest between two pieces."
    )
    gateway_ready_seconds: float = Field(default=2.0, gt=0, description="How long /readyz waits for a service.")
    gateway_token_cache_seconds: float = Field(default=5.0, ge=0, description="How long a token check is remembered.")
    gateway_rate_free: int = Field(default=20, ge=0, description="Requests per minute; 0: unlimited.")
    gateway_rate_pro: int = Field(default=120, ge=0)
    gateway_rate_business: int = Field(default=600, ge=0)
    gateway_rate_enterprise: int = Field(default=0, ge=0)
    rate_limit_storage: SecretStr = Field(
        default=SecretStr("memory://"),
        description="Where request counts live: memory:// (of this process) or redis://[:password@]host:port[/number].",
    )

    def __init__(self, **values: Any) -> None:
        refuse_unknown_names()
        super().__init__(**values)

    def address_of(self, service: str) -> str:
        """Where a service listens, as host:port."""
        address: str | None = getattr(self, f"{service}_address")
        return address or f"127.0.0.1:{getattr(self, f'{service}_port')}"

    def resolved_internal_token(self) -> str:
        """The secret between the services; empty while they have not made it yet (the first of them to start does)."""
        if self.internal_token is not None:
            return self.internal_token.get_secret_value()
        try:
            return (self.home / "internal-token").read_text().strip()
        except FileNotFoundError:
            return ""


def known_names() -> frozenset[str]:
    """Every variable the gateway accepts or passes over by its full name."""
    return OF_SERVICES | COMMAND_LINE | {PREFIX + name.upper() for name in GatewaySettings.model_fields}


def refuse_unknown_names() -> None:
    """Raises UnknownSettingError naming every ASSAY_… variable that is no setting."""
    known = known_names()
    unknown = sorted(
        name for name in os.environ if name.startswith(PREFIX) and name not in known and not name.startswith(FOREIGN)
    )
    if unknown:
        raise UnknownSettingError(f"unknown settings in the environment: {', '.join(unknown)}")
