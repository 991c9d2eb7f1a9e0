"""The workspace service's tables. Times are microseconds since 1970, UTC; lists and objects are JSON text."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

OPEN_STATUSES = ("queued", "active")


class Table(SQLModel, registry=registry()):
    """Base with a registry of this service's own, so that several services can live in one process."""


class WorkspaceRow(Table, table=True):
    """A tenant."""

    __tablename__ = "workspaces"

    id: str = Field(primary_key=True, max_length=64)
    name: str
    created_at: int = Field(sa_type=sa.BigInteger)
    brands_version: int = Field(
        default=0,
        sa_type=sa.BigInteger,
        sa_column_kwargs={"server_default": "0"},
        description="Counts changes of the brand registry.",
    )
    categories_version: int = Field(
        default=0,
        sa_type=sa.BigInteger,
        sa_column_kwargs={"server_default": "0"},
        description="Counts replacements of the category tree.",
    )
    settings_version: int = Field(
        default=0,
        sa_type=sa.BigInteger,
        sa_column_kwargs={"server_default": "0"},
        description="Counts changes of the pipeline settings.",
    )


class ApiKeyRow(Table, table=True):
    """A key. `secret_hash` is the SHA-256 of the secret in hex; `permissions` are sorted, separated by spaces."""

    __tablename__ = "api_keys"
    __table_args__ = (sa.Index("ix_api_keys_list", "workspace_id", "created_at", "id"),)

    id: str = Field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspaces.id", max_length=64)
    name: str
    key_prefix: str
    secret_hash: str = Field(unique=True, max_length=64)
    permissions: str
    tier: int
    created_at: int = Field(sa_type=sa.BigInteger)
    created_by: str
    last_used_at: int | None = Field(default=None, sa_type=sa.BigInteger)
    expires_at: int | None = Field(default=None, sa_type=sa.BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=sa.BigInteger)


class BrandRow(Table, table=True):
    """A brand. `name_key` is the matching key of its name and orders lists."""

    __tablename__ = "brands"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "slug", name="uq_brands_slug"),
        sa.UniqueConstraint("workspace_id", "name_key", name="uq_brands_name_key"),
    )

    id: str = Field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspaces.id", max_length=64)
    name: str
    name_key: str
    slug: str
    aliases: str
    logo_url: str | None = None
    description: str | None = None
    created_at: int = Field(sa_type=sa.BigInteger)
    updated_at: int = Field(sa_type=sa.BigInteger)


class BrandNameRow(Table, table=True):
    """The matching key of a brand's name or alias: each means one brand of the workspace."""

    __tablename__ = "brand_names"

    workspace_id: str = Field(primary_key=True, foreign_key="workspaces.id", max_length=64)
    key: str = Field(primary_key=True)
    brand_id: str = Field(foreign_key="brands.id", ondelete="CASCADE", index=True)


class CategoryRow(Table, table=True):
    """A node of a workspace's category tree; `position` is its place in the tree, parents before their children."""

    __tablename__ = "categories"

    workspace_id: str = Field(primary_key=True, foreign_key="workspaces.id", max_length=64)
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(max_length=64)
    path: str
    parent_id: str | None = Field(default=None, max_length=64)
    synonyms: str


class PipelineSettingsRow(Table, table=True):
    """What a workspace wants of its runs; null is the default."""

    __tablename__ = "pipeline_settings"

    workspace_id: str = Field(primary_key=True, foreign_key="workspaces.id", max_length=64)
    silver_mappings: str
    unknown_brands: str | None = None
    duplicates: str | None = None
    duplicate_strictness: str | None = None
    image_checks: str | None = None
    gold_weights: str | None = None
    auto_trigger_silver: bool | None = None
    auto_trigger_gold: bool | None = None
    preview_mode: bool | None = None
    category_attributes: str | None = None
    notification_emails: str | None = None
    updated_at: int = Field(sa_type=sa.BigInteger)
    updated_by: str | None = None


class JobRow(Table, table=True):
    """A job. `slot` is the owner's name without its life; `lease_at` is when the owner was last heard of."""

    __tablename__ = "jobs"
    __table_args__ = (
        sa.Index("ix_jobs_list", "workspace_id", "created_at", "id"),
        # The lock between jobs: the database refuses a second open job with the same key.
        sa.Index(
            "uq_jobs_lock",
            "workspace_id",
            "lock_key",
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'active') AND lock_key <> ''"),
            postgresql_where=sa.text("status IN ('queued', 'active') AND lock_key <> ''"),
        ),
        sa.Index("ix_jobs_open", "status", "lease_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    workspace_id: str = Field(foreign_key="workspaces.id", max_length=64)
    kind: str
    queue: str
    job_name: str
    catalog_id: str
    lock_key: str
    owner: str
    slot: str
    status: str
    processed: int
    total: int
    created_at: int = Field(sa_type=sa.BigInteger)
    lease_at: int = Field(sa_type=sa.BigInteger)
    started_at: int | None = Field(default=None, sa_type=sa.BigInteger)
    finished_at: int | None = Field(default=None, sa_type=sa.BigInteger)
    result: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    notify_email: bool
    cancel_requested: bool
    triggered_by: str | None = Field(default=None, max_length=36)


class MailRow(Table, table=True):
    """A mail about an ended job that is still to be sent; once it is sent or given up the row goes.

    `recipients` are those of the workspace when the job ended; none: the operator's. `due_at` is when it is to be tried
    next; while somebody sends it, when others may take it for left behind. `tries` counts the claims.
    """

    __tablename__ = "mails"
    __table_args__ = (sa.Index("ix_mails_due", "due_at"),)

    job_id: str = Field(primary_key=True, foreign_key="jobs.id", max_length=36)
    recipients: str
    created_at: int = Field(sa_type=sa.BigInteger)
    due_at: int = Field(sa_type=sa.BigInteger)
    tries: int


METADATA: sa.MetaData = Table.metadata
WORKSPACES = METADATA.tables["workspaces"]
API_KEYS = METADATA.tables["api_keys"]
BRANDS = METADATA.tables["brands"]
BRAND_NAMES = METADATA.tables["brand_names"]
CATEGORIES = METADATA.tables["categories"]
PIPELINE_SETTINGS = METADATA.tables["pipeline_settings"]
JOBS = METADATA.tables["jobs"]
MAILS = METADATA.tables["mails"]
