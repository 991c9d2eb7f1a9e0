"""Tables of the ingest service. Times are microseconds since 1970 (UTC).

Ids and names that are sorted or compared are compared bytewise on every database.
"""

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.runtime.jobs.tables import job_tables

METADATA = sa.MetaData()
BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")


class _Table(SQLModel, registry=registry(metadata=METADATA)):
    metadata = METADATA


class Catalog(_Table, table=True):
    """A set of products. `product_count` and `next_sequence` change in the transaction that changes the items."""

    __tablename__ = "catalogs"
    __table_args__ = (
        sa.Index("catalogs_slug", "workspace_id", "slug", unique=True),
        sa.Index("catalogs_order", "workspace_id", "created_at", "id"),
        sa.Index(
            "catalogs_default",
            "workspace_id",
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        ),
    )

    id: str = Field(sa_type=BYTEWISE, primary_key=True)
    workspace_id: str
    name: str
    description: str | None = None
    slug: str
    source: str
    currency: str | None = None
    is_default: bool = False
    product_count: int = 0
    next_sequence: int = Field(default=1, sa_type=sa.BigInteger)
    created_at: int = Field(sa_type=sa.BigInteger)
    updated_at: int = Field(sa_type=sa.BigInteger)


class Item(_Table, table=True):
    """A raw record as it came in."""

    __tablename__ = "items"

    catalog_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    product_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    workspace_id: str
    item_type: str
    item_id: str
    context: str
    parent_id: str | None = None
    sequence: int = Field(sa_type=sa.BigInteger)
    fingerprint: str
    source: str
    created_at: int = Field(sa_type=sa.BigInteger)
    updated_at: int = Field(sa_type=sa.BigInteger)
    document: str = Field(sa_type=sa.Text)  # last: the small columns are read without it


class Import(_Table, table=True):
    """One import job. `first_sequence` begins the block reserved for its new items, null until the file is staged."""

    __tablename__ = "imports"

    job_id: str = Field(primary_key=True)
    workspace_id: str
    catalog_id: str
    file_name: str
    size: int = Field(sa_type=sa.BigInteger)
    sha256: str
    source: str = ""
    first_sequence: int | None = Field(default=None, sa_type=sa.BigInteger)
    created_at: int = Field(sa_type=sa.BigInteger)


class ImportPartition(_Table, table=True):
    """One staged chunk of an import. `applied_at` is null until its items are in; then the counts are final.

    `reserved` of the import's numbers are for the items of this chunk that were new when the file was staged, the first
    one `offset` behind the import's first.
    """

    __tablename__ = "import_partitions"

    job_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    offset: int = Field(sa_type=sa.BigInteger)
    items: int
    errors: int
    repeats: int
    reserved: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    applied_at: int | None = Field(default=None, sa_type=sa.BigInteger)


class ImportError(_Table, table=True):  # noqa: A001 - the domain's name; Python's own is never needed here
    """A row that could not be imported, or was with a warning; in file order by (partition, position)."""

    __tablename__ = "import_errors"

    job_id: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    line: int
    column: str
    reason: str
    message: str
    severity: str


catalogs: sa.Table = METADATA.tables["catalogs"]
items: sa.Table = METADATA.tables["items"]
imports: sa.Table = METADATA.tables["imports"]
import_partitions: sa.Table = METADATA.tables["import_partitions"]
import_errors: sa.Table = METADATA.tables["import_errors"]
job_tables(METADATA)
