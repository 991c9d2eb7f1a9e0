"""Mails about ended jobs that are still to be sent, and to whom a workspace has them sent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("pipeline_settings", sa.Column("notification_emails", sa.String()))
    op.create_table(
        "mails",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("recipients", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"]),
    )
    op.create_index("ix_mails_due", "mails", ["due_at"])


def downgrade() -> None:
    op.drop_index("ix_mails_due", "mails")
    op.drop_table("mails")
    op.drop_column("pipeline_settings", "notification_emails")
