"""Settings of the workspace service (environment: `ASSAY_WORKSPACE_…` beside the shared ones)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from services.runtime.settings import ServiceSettings
from services.workspace.addresses import is_address
from services.workspace.mail.smtp import SmtpServer, server_of

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

    workspace_smtp_url: SecretStr | None = Field(
        default=None,
        description="Server that takes mails: smtp://, smtp+starttls:// or smtps://, [user:password@]host[:port]. "
        "Absent: mails become files under home/outbox.",
    )
    workspace_smtp_timeout_seconds: float = Field(
        default=10.0, gt=0, le=30, description="Patience with each answer of the SMTP server."
    )
    workspace_mail_from: str = Field(default="assay@localhost", description="Sender; required with an SMTP server.")
    workspace_mail_to: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Recipients for workspaces that name none; addresses with commas between them."
    )
    workspace_mail_seconds: float = Field(default=1.0, gt=0, description="How often mails that are due are looked for.")
    workspace_public_url: str | None = Field(
        default=None, description="Where people reach the REST API, for links in mails; absent: no links."
    )

    @field_validator("workspace_mail_to", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

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

    @model_validator(mode="after")
    def _mail_complete(self) -> WorkspaceSettings:
        if self.smtp_server is not None and "workspace_mail_from" not in self.model_fields_set:
            raise ValueError("workspace_smtp_url needs workspace_mail_from")
        for name, addresses in (
            ("workspace_mail_from", [self.workspace_mail_from]),
            ("workspace_mail_to", self.workspace_mail_to),
        ):
            for number, address in enumerate(addresses, start=1):
                if not is_address(address):
                    raise ValueError(f"{name}: address {number} is no e-mail address such as ops@example.com")
        if (url := self.workspace_public_url) is not None:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
                raise ValueError("workspace_public_url must be http(s)://host[:port][/path]")
        return self

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The server that takes mails. ValueError, without any secret, when its URL is none."""
        if self.workspace_smtp_url is None:
            return None
        return server_of(self.workspace_smtp_url.get_secret_value(), self.workspace_smtp_timeout_seconds)
