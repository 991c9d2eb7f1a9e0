"""Scores and results as columns. Scores of before are gone: gradings counted their checks otherwise; score again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

PRODUCT_ID = sa.String(255).with_variant(postgresql.VARCHAR(255, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    for table in ("scores", "run_results"):
        op.drop_table(table)
    for table in ("runs", "gradings"):
        op.execute(sa.text(f"DELETE FROM {table}"))
    op.add_column("runs", sa.Column("gap_details", sa.Text))
    op.add_column("runs", sa.Column("catalog_avg_score", sa.Float))
    op.add_column("runs", sa.Column("feed_ready", sa.Integer))
    op.add_column("runs", sa.Column("preview", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "result_parts",
        sa.Column("run", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("partition", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("succeeded", sa.Integer, nullable=False),
        sa.Column("score_sum", sa.BigInteger, nullable=False),
        sa.Column("columns", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "score_segments",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("catalog_id", sa.String(64), nullable=False),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("partition", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("base", sa.Boolean, nullable=False),
        sa.Column("first_id", PRODUCT_ID, nullable=False),
        sa.Column("last_id", PRODUCT_ID, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
        sa.Column("gradings", sa.Text, nullable=False),
        sa.Column("columns", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("catalog_id", "run", "partition", name="uq_score_segments_partition"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_score_segments_catalog", "score_segments", ["catalog_id", "number"])


def downgrade() -> None:
    for table in ("score_segments", "result_parts"):
        op.drop_table(table)
    with op.batch_alter_table("runs") as runs:
        for column in ("preview", "feed_ready", "catalog_avg_score", "gap_details"):
            runs.drop_column(column)
    for table in ("runs", "gradings"):
        op.execute(sa.text(f"DELETE FROM {table}"))
    op.create_table(
        "run_results",
        sa.Column("run", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("product_id", PRODUCT_ID, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("faults", sa.String),
        sa.Column("error", sa.Integer),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scores",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("product_id", PRODUCT_ID, primary_key=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("faults", sa.String, nullable=False),
        sa.Column("gap_mask", sa.Integer, nullable=False),
        sa.Column("grading_id", sa.String(16), nullable=False),
        sa.Column("product_fingerprint", sa.String(32), nullable=False),
        sa.Column("scored_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
