"""The batch Items API: versions of catalogs, contents, schemas, trees, batches and ingestions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Catalogs of before are numbered as they were made.
NUMBERED = """
UPDATE catalogs SET content = id, version = (
    SELECT count(*) FROM catalogs AS other WHERE other.workspace_id = catalogs.workspace_id
    AND (other.created_at < catalogs.created_at OR (other.created_at = catalogs.created_at AND other.id <= catalogs.id))
)
"""
LAST = """
INSERT INTO environments (workspace_id, environment, last_version)
SELECT workspace_id, environment, max(version) FROM catalogs GROUP BY workspace_id, environment
"""
TABLES = (
    "ingestion_partitions",
    "ingestions",
    "batch_operations",
    "batches",
    "category_trees",
    "item_schemas",
    "former_contents",
    "content_changes",
    "item_deletions",
    "environments",
)


def upgrade() -> None:
    with op.batch_alter_table("catalogs") as table:
        table.add_column(sa.Column("environment", BYTEWISE, nullable=False, server_default="default"))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("schemas", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("trees", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("content", BYTEWISE, nullable=False, server_default=""))
        table.add_column(sa.Column("building", sa.String()))
    op.add_column("items", sa.Column("changed_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("items", sa.Column("feed", sa.String(), nullable=False, server_default=""))
    op.add_column("items", sa.Column("ingestion_id", sa.String()))
    op.create_index(
        "items_parent",
        "items",
        ["catalog_id", "parent_id"],
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_table(
        "environments",
        sa.Column("workspace_id", BYTEWISE, primary_key=True),
        sa.Column("environment", BYTEWISE, primary_key=True),
        sa.Column("last_version", sa.Integer(), nullable=False),
    )
    op.execute(sa.text(NUMBERED))
    op.execute(sa.text(LAST))
    op.create_index("catalogs_version", "catalogs", ["workspace_id", "environment", "version"], unique=True)
    _create_contents()
    _create_versioned("item_schemas")
    _create_versioned("category_trees")
    _create_batches()
    _create_ingestions()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("items_parent", "items")
    for column in ("changed_at", "feed", "ingestion_id"):
        op.drop_column("items", column)
    op.drop_index("catalogs_version", "catalogs")
    for column in ("environment", "version", "is_active", "schemas", "trees", "content", "building"):
        op.drop_column("catalogs", column)


def _create_contents() -> None:
    op.create_table(
        "item_deletions",
        sa.Column("catalog_id", BYTEWISE, primary_key=True),
        sa.Column("product_id", BYTEWISE, primary_key=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "content_changes",
        sa.Column("catalog_id", BYTEWISE, primary_key=True),
        sa.Column("product_id", BYTEWISE, primary_key=True),
    )
    op.create_table("former_contents", sa.Column("content", BYTEWISE, primary_key=True))


def _create_versioned(name: str) -> None:
    op.create_table(
        name,
        sa.Column("workspace_id", BYTEWISE, primary_key=True),
        sa.Column("environment", BYTEWISE, primary_key=True),
        sa.Column("name", BYTEWISE, primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )


def _create_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("workspace_id", BYTEWISE, nullable=False),
        sa.Column("environment", BYTEWISE, nullable=False),
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("catalog_id", sa.String()),
        sa.Column("next_arrival", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        # A number that was given once is not given again: operations of a batch may still be on their way out.
        sqlite_autoincrement=True,
    )
    op.create_index("batches_id", "batches", ["workspace_id", "environment", "id"], unique=True)
    op.create_index("batches_age", "batches", ["created_at"])
    op.create_table(
        "batch_operations",
        sa.Column("batch", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("arrival", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("product_id", BYTEWISE, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item_type", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("context", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String()),
        sa.Column("attributes", sa.Text()),
    )
    op.create_index("batch_operations_item", "batch_operations", ["batch", "product_id", "at", "arrival", "size"])


def _create_ingestions() -> None:
    op.create_table(
        "ingestions",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("workspace_id", BYTEWISE, nullable=False),
        sa.Column("environment", BYTEWISE, nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("catalog_id", sa.String(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String()),
        sa.Column("error_count", sa.Integer()),
        sa.Column("upserted_count", sa.Integer()),
        sa.Column("deleted_count", sa.Integer()),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ingestions_age", "ingestions", ["workspace_id", "created_at"])
    op.create_index("ingestions_batch", "ingestions", ["batch"])
    op.create_table(
        "ingestion_partitions",
        sa.Column("ingestion_id", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.Text(), nullable=False),
    )
