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
    """A set of products. `product_count` and `next_sequence` change in the transaction that changes the items.

    `content` is what its items have as their catalog_id: its own id at first, and that of what an ingestion has built
    since the ingestion ended. `building` is the ingestion that builds another content now: ids of what changes
    meanwhile are noted in `content_changes`.
    """

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
        sa.Index("catalogs_version", "workspace_id", "environment", "version", unique=True),
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
    environment: str = Field(sa_type=BYTEWISE)
    version: int
    is_active: bool = False
    schemas: str = Field(default="[]", sa_type=sa.Text)  # JSON: [[name, version], …]
    trees: str = Field(default="[]", sa_type=sa.Text)
    content: str = Field(sa_type=BYTEWISE)
    building: str | None = None


class Environment(_Table, table=True):
    """The last version that a catalog was given in an environment: none is given twice."""

    __tablename__ = "environments"

    workspace_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    environment: str = Field(sa_type=BYTEWISE, primary_key=True)
    last_version: int


class Item(_Table, table=True):
    """A raw record as it came in. `catalog_id` is the content of the catalog, see `Catalog`.

    `changed_at`: the time of the operation of the Items API that put it, 0 for all that came otherwise; `patched`: what
    was changed of it after that, and when (`itemsapi.folding.Changes`); `feed`: the source that its ingestion named;
    `ingestion_id`: that ingestion.
    """

    __tablename__ = "items"
    __table_args__ = (
        # Variants of a product that goes.
        sa.Index(
            "items_parent",
            "catalog_id",
            "parent_id",
            sqlite_where=sa.text("parent_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NOT NULL"),
        ),
    )

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
    changed_at: int = Field(default=0, sa_type=sa.BigInteger)
    patched: str | None = Field(default=None, sa_type=sa.Text)
    feed: str = ""
    ingestion_id: str | None = None
    document: str = Field(sa_type=sa.Text)  # last: the small columns are read without it


class ItemDeletion(_Table, table=True):
    """An item that an operation of the Items API deleted: one of an earlier time does not bring it back.

    The rest is of changes that are later than the deletion: what they make of an item that is put between the two.
    """

    __tablename__ = "item_deletions"

    catalog_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    product_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    deleted_at: int = Field(sa_type=sa.BigInteger)
    document: str | None = Field(default=None, sa_type=sa.Text)
    parent_id: str | None = None
    patched: str | None = Field(default=None, sa_type=sa.Text)


class ContentChange(_Table, table=True):
    """An item that changed, came or went while another content of its catalog was being built."""

    __tablename__ = "content_changes"

    catalog_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    product_id: str = Field(sa_type=BYTEWISE, primary_key=True)


class SettledOrphan(_Table, table=True):
    """An item of a content that is built whose parent was not there, until one of the two changes.

    `is_refused`: the ingestion had brought it; else it went with its parent, or by itself when the parent is empty. It
    may be both, one after the other.
    """

    __tablename__ = "settled_orphans"
    __table_args__ = (sa.Index("settled_orphans_parent", "catalog_id", "parent_id"),)

    catalog_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    product_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    is_refused: bool = Field(primary_key=True)
    parent_id: str


class FormerContent(_Table, table=True):
    """A content that nobody reads any more, or that was given up: its items are to be removed."""

    __tablename__ = "former_contents"

    content: str = Field(sa_type=BYTEWISE, primary_key=True)


class ItemSchemaVersion(_Table, table=True):
    """One version of an item schema, as its serialised message."""

    __tablename__ = "item_schemas"

    workspace_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    environment: str = Field(sa_type=BYTEWISE, primary_key=True)
    name: str = Field(sa_type=BYTEWISE, primary_key=True)
    version: int = Field(primary_key=True)
    message: bytes = Field(sa_type=sa.LargeBinary)
    created_at: int = Field(sa_type=sa.BigInteger)


class CategoryTreeVersion(_Table, table=True):
    """One version of a category tree, as its serialised message."""

    __tablename__ = "category_trees"

    workspace_id: str = Field(sa_type=BYTEWISE, primary_key=True)
    environment: str = Field(sa_type=BYTEWISE, primary_key=True)
    name: str = Field(sa_type=BYTEWISE, primary_key=True)
    version: int = Field(primary_key=True)
    message: bytes = Field(sa_type=sa.LargeBinary)
    created_at: int = Field(sa_type=sa.BigInteger)


class Batch(_Table, table=True):
    """A set of operations on items. `number` is its key here, `id` its name in its environment."""

    __tablename__ = "batches"
    __table_args__ = (
        sa.Index("batches_id", "workspace_id", "environment", "id", unique=True),
        sa.Index("batches_age", "created_at"),
    )

    number: int | None = Field(
        default=None, sa_type=sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    workspace_id: str = Field(sa_type=BYTEWISE)
    environment: str = Field(sa_type=BYTEWISE)
    id: str = Field(sa_type=BYTEWISE)
    catalog_id: str | None = None  # of the catalog whose default batch it is
    next_arrival: int = Field(default=0, sa_type=sa.BigInteger)
    created_at: int = Field(sa_type=sa.BigInteger)


class BatchOperation(_Table, table=True):
    """One operation on an item. Rows lie as they arrive: sorted, each would be put somewhere else among all the others.

    The index has those of one item in the order in which they count; `size` is the length of their attributes.
    """

    __tablename__ = "batch_operations"
    __table_args__ = (sa.Index("batch_operations_item", "batch", "product_id", "at", "arrival", "size"),)

    batch: int = Field(sa_type=sa.BigInteger, primary_key=True)
    arrival: int = Field(sa_type=sa.BigInteger, primary_key=True)
    product_id: str = Field(sa_type=BYTEWISE)
    at: int = Field(sa_type=sa.BigInteger)
    size: int
    kind: str  # put, patch or delete
    item_type: str
    item_id: str
    context: str
    parent_id: str | None = None  # as it was sent
    attributes: str | None = Field(default=None, sa_type=sa.Text)


class Ingestion(_Table, table=True):
    """One ingestion: the id of its job, and how it ended. Times of the record are in `created_at` and `updated_at`."""

    __tablename__ = "ingestions"
    __table_args__ = (
        sa.Index("ingestions_age", "workspace_id", "created_at"),
        sa.Index("ingestions_batch", "batch"),
    )

    id: str = Field(primary_key=True)
    workspace_id: str = Field(sa_type=BYTEWISE)
    environment: str = Field(sa_type=BYTEWISE)
    batch: int = Field(sa_type=sa.BigInteger)
    catalog_id: str
    configuration: str = Field(sa_type=sa.Text)  # JSON, as it was sent
    status: str
    status_reason: str | None = None
    error_count: int | None = None
    upserted_count: int | None = None
    deleted_count: int | None = None
    errors: str = Field(default="{}", sa_type=sa.Text)  # JSON: {category: {count, ids}}
    warnings: str = Field(default="{}", sa_type=sa.Text)
    created_at: int = Field(sa_type=sa.BigInteger)
    updated_at: int = Field(sa_type=sa.BigInteger)


class IngestionPartition(_Table, table=True):
    """What one partition of an ingestion came to, as JSON."""

    __tablename__ = "ingestion_partitions"

    ingestion_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    outcome: str = Field(sa_type=sa.Text)


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
environments: sa.Table = METADATA.tables["environments"]
item_deletions: sa.Table = METADATA.tables["item_deletions"]
content_changes: sa.Table = METADATA.tables["content_changes"]
former_contents: sa.Table = METADATA.tables["former_contents"]
settled_orphans: sa.Table = METADATA.tables["settled_orphans"]
item_schemas: sa.Table = METADATA.tables["item_schemas"]
category_trees: sa.Table = METADATA.tables["category_trees"]
batches: sa.Table = METADATA.tables["batches"]
batch_operations: sa.Table = METADATA.tables["batch_operations"]
ingestions: sa.Table = METADATA.tables["ingestions"]
ingestion_partitions: sa.Table = METADATA.tables["ingestion_partitions"]
job_tables(METADATA)
