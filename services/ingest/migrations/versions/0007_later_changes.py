"""What was changed of an item after it was put or deleted, and when: operations that come late are told apart."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEPT = (("patched", sa.Text()), ("document", sa.Text()), ("parent_id", sa.String()))


def upgrade() -> None:
    op.add_column("items", sa.Column("patched", sa.Text()))
    for name, kind in KEPT:
        op.add_column("item_deletions", sa.Column(name, kind))


def downgrade() -> None:
    op.drop_column("items", "patched")
    for name, _ in KEPT:
        op.drop_column("item_deletions", name)
