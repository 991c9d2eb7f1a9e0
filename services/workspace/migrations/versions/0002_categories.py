"""The category tree of a workspace."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("categories_version", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "categories",
        sa.Column("workspace_id", sa.String(64), sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(64)),
        sa.Column("synonyms", sa.String(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("categories")
    op.drop_column("workspaces", "categories_version")
