"""What is known of products' images, the broken ones of a run, and counts of its partitions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
PRODUCT_ID = sa.String(255).with_variant(postgresql.VARCHAR(255, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("products", sa.Column("images", sa.Text))
    op.create_table(
        "broken_images",
        sa.Column("run", NUMBER, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("product_id", PRODUCT_ID, nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("url_number", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "partition_tallies",
        sa.Column("run", NUMBER, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("tally", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("partition_tallies")
    op.drop_table("broken_images")
    with op.batch_alter_table("products") as table:
        table.drop_column("images")
