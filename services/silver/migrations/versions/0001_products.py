"""Products, runs and their results."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

PRODUCT_ID = sa.String(255).with_variant(postgresql.VARCHAR(255, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INDEXES = {
    "ix_products_gtin14": ["gtin14"],
    "ix_products_brand_mpn": ["brand_mpn_key"],
    "ix_products_duplicate_of": ["duplicate_of"],
    "ix_products_brand": ["brand", "product_id"],
}


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("product_id", PRODUCT_ID, primary_key=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("source_fingerprint", sa.String(32), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("brand", sa.Text),
        sa.Column("gtin14", sa.String(14)),
        sa.Column("brand_mpn_key", sa.Text),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("issues", sa.Text, nullable=False),
        sa.Column("duplicate_of", PRODUCT_ID),
        sa.Column("error", sa.Text),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    for name, columns in INDEXES.items():
        condition = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "products", ["catalog_id", *columns], sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "runs",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String(36), nullable=False, unique=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("catalog_id", sa.String(64), nullable=False),
    )
    op.create_table(
        "run_results",
        sa.Column("run", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("product_id", PRODUCT_ID, nullable=False),
        sa.Column("fields_normalized", sa.Integer),
        sa.Column("urls_validated", sa.Integer),
        sa.Column("duplicate_of", PRODUCT_ID),
        sa.Column("error", sa.Text),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("run_results", "runs", "products"):
        op.drop_table(table)
