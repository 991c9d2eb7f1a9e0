"""Which job another one was started after."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("triggered_by", sa.String(36)))


def downgrade() -> None:
    op.drop_column("jobs", "triggered_by")
