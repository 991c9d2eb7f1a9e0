"""Brand and stock number as an identity, evidence of duplicates, and the index of likely ones."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("products", sa.Column("brand_sku_key", sa.Text))
    op.add_column("products", sa.Column("brand_sku_number", sa.BigInteger))
    op.add_column("products", sa.Column("shared_gtin", sa.Integer))
    op.add_column("products", sa.Column("duplicate_evidence", sa.Text))
    op.add_column("products", sa.Column("indexed", sa.String(32)))
    has_number = sa.text("brand_sku_number IS NOT NULL")
    op.create_index(
        "ix_products_brand_sku_number",
        "products",
        ["brand_sku_number"],
        sqlite_where=has_number,
        postgresql_where=has_number,
    )
    is_shared = sa.text("shared_gtin IS NOT NULL")
    op.create_index(
        "ix_products_shared_gtin",
        "products",
        ["catalog_id", "shared_gtin"],
        sqlite_where=is_shared,
        postgresql_where=is_shared,
    )
    op.create_index("ix_products_sequence", "products", ["catalog_id", "sequence"])
    op.create_index(
        "ix_products_unindexed",
        "products",
        ["catalog_id"],
        sqlite_where=sa.text("indexed IS NOT fingerprint AND source_fingerprint <> ''"),
        postgresql_where=sa.text("indexed IS DISTINCT FROM fingerprint AND source_fingerprint <> ''"),
    )
    op.create_table(
        "likely_indexes",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("strictness", sa.String(16), nullable=False),
        sa.Column("segments", sa.Text, nullable=False),
        sa.Column("built", sa.BigInteger, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.Column("word_levels", sa.LargeBinary, nullable=False),
        sa.Column("codes", sa.LargeBinary, nullable=False),
        sa.Column("code_levels", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "likely_postings",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("slot", sa.BigInteger, primary_key=True),
        sa.Column("postings", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "likely_pairs",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sa.Column("other", sa.BigInteger, primary_key=True),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("coded", sa.Boolean, nullable=False),
        sa.Column("chosen", sa.Boolean, nullable=False),
        sa.Column("agree", sa.Text, nullable=False),
        sa.Column("disagree", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("likely_pairs", "likely_postings", "likely_indexes"):
        op.drop_table(name)
    for index in (
        "ix_products_unindexed",
        "ix_products_sequence",
        "ix_products_shared_gtin",
        "ix_products_brand_sku_number",
    ):
        op.drop_index(index, "products")
    with op.batch_alter_table("products") as table:
        for column in ("indexed", "duplicate_evidence", "shared_gtin", "brand_sku_number", "brand_sku_key"):
            table.drop_column(column)
