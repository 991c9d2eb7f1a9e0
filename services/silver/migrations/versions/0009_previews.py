"""Runs that are to change nothing, and work under a catalog id of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("run", NUMBER, primary_key=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("result", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("previews")
