"""What a workspace wants of its runs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("settings_version", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "pipeline_settings",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("silver_mappings", sa.String(), nullable=False),
        sa.Column("unknown_brands", sa.String()),
        sa.Column("duplicates", sa.String()),
        sa.Column("duplicate_strictness", sa.String()),
        sa.Column("image_checks", sa.String()),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.String()),
        sa.PrimaryKeyConstraint("workspace_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
    )


def downgrade() -> None:
    op.drop_table("pipeline_settings")
    op.drop_column("workspaces", "settings_version")
