"""How many numbers a partition of an import has; so far it was one for each item."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_partitions", sa.Column("reserved", sa.Integer(), nullable=False, server_default="0"))
    op.execute(sa.text("UPDATE import_partitions SET reserved = items"))


def downgrade() -> None:
    op.drop_column("import_partitions", "reserved")
