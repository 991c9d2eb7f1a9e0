"""Registered brands like the unknown one, beside the error of a result."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("run_results", sa.Column("suggestions", sa.Text))


def downgrade() -> None:
    with op.batch_alter_table("run_results") as table:
        table.drop_column("suggestions")
