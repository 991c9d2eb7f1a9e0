"""Settings of the workspace service (environment: `ASSAY_WORKSPACE_…` beside the shared ones)."""

from __future__ import annotations

from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from services.runtime.settings import ServiceSettings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class WorkspaceSettings(ServiceSettings):
    """What only the workspace service needs to know."""

    service: ClassVar[str] = "workspace"

    workspace_demo: bool = Field(
        default=True, description="Make workspace ws_demo and one key for it when there is no workspace at all."
    )
    workspace_sweep_seconds: float = Field(
        default=5.0, gt=0, description="How often jobs whose owner died are looked for."
    )
    workspace_jwt_jwks_url: str | None = Field(
        default=None,
        description="Key set of the issuer of JSON Web Tokens; https, or http on this machine. Absent: API keys only.",
    )
    workspace_jwt_issuer: str | None = Field(default=None, description="Required `iss`, exactly as the token has it.")
    workspace_jwt_audience: str | None = Field(default=None, description="Required `aud`.")
    workspace_jwt_workspaces_claim: str = Field(
        default="https://assay.dev/workspaces", description="Claim with the list of workspace ids a user may reach."
    )
    workspace_jwt_tier: Literal["free", "pro", "business", "enterprise"] = Field(
        default="pro", description="Rate limit tier of everybody who comes with a JSON Web Token."
    )
    workspace_jwt_key_set_seconds: float = Field(
        default=300.0, gt=0, description="How long a fetched key set is used before it is fetched again."
    )
    workspace_jwt_refetch_seconds: float = Field(
        default=30.0, ge=0, description="Least time between two fetches that a token with an unknown key id causes."
    )
    workspace_jwt_timeout_seconds: float = Field(default=5.0, gt=0, le=60, description="Patience with the key server.")

    @model_validator(mode="after")
    def _jwt_complete(self) -> WorkspaceSettings:
        url = self.workspace_jwt_jwks_url
        if url is None:
            return self
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("workspace_jwt_jwks_url must be https (http only on this machine)")
        if not self.workspace_jwt_issuer or not self.workspace_jwt_audience:
            raise ValueError("workspace_jwt_jwks_url needs workspace_jwt_issuer and workspace_jwt_audience")
        return self
