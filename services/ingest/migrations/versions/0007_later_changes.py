"""What was changed of an item after it was put or deleted, and when; which items were settled without a parent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")
KEPT = (("patched", sa.Text()), ("document", sa.Text()), ("parent_id", sa.String()))


def upgrade() -> None:
    op.add_column("items", sa.Column("patched", sa.Text()))
    for name, kind in KEPT:
        op.add_column("item_deletions", sa.Column(name, kind))
    op.create_table(
        "settled_orphans",
        sa.Column("catalog_id", BYTEWISE, primary_key=True),
        sa.Column("product_id", BYTEWISE, primary_key=True),
        sa.Column("is_refused", sa.Boolean(), primary_key=True),
        sa.Column("parent_id", sa.String(), nullable=False),
    )
    op.create_index("settled_orphans_parent", "settled_orphans", ["catalog_id", "parent_id"])


def downgrade() -> None:
    op.drop_table("settled_orphans")
    op.drop_column("items", "patched")
    for name, _ in KEPT:
        op.drop_column("item_deletions", name)
