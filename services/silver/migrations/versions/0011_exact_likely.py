"""An index of likely duplicates that knows what each product says: the former ones go, and are made anew by a run."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    _forget()
    with op.batch_alter_table("likely_indexes") as table:
        table.drop_column("word_levels")
        table.drop_column("code_levels")
        table.add_column(sa.Column("readings", sa.LargeBinary, nullable=False))
        table.add_column(sa.Column("looks", sa.LargeBinary, nullable=False))
    op.create_table(
        "likely_gone",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sqlite_with_rowid=False,
    )
    # With both columns it has more to say than the other indexes, of which some planners chose one at random.
    _index_of_unindexed(["catalog_id", "workspace_id"])


def downgrade() -> None:
    _forget()
    _index_of_unindexed(["catalog_id"])
    op.drop_table("likely_gone")
    with op.batch_alter_table("likely_indexes") as table:
        table.drop_column("readings")
        table.drop_column("looks")
        table.add_column(sa.Column("word_levels", sa.LargeBinary, nullable=False))
        table.add_column(sa.Column("code_levels", sa.LargeBinary, nullable=False))


def _forget() -> None:
    """Catalogs without an index are compared as a whole by the next run that looks for likely duplicates."""
    for name in ("likely_indexes", "likely_postings"):
        op.execute(f"DELETE FROM {name}")


def _index_of_unindexed(columns: list[str]) -> None:
    op.drop_index("ix_products_unindexed", "products")
    op.create_index(
        "ix_products_unindexed",
        "products",
        columns,
        sqlite_where=sa.text("indexed IS NOT fingerprint AND source_fingerprint <> ''"),
        postgresql_where=sa.text("indexed IS DISTINCT FROM fingerprint AND source_fingerprint <> ''"),
    )
