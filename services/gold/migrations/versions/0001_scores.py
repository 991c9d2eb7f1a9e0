"""Gradings, runs with their results and summaries, scores."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

PRODUCT_ID = sa.String(255).with_variant(postgresql.VARCHAR(255, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "gradings",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("faults", sa.Text, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String(36), nullable=False, unique=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("catalog_id", sa.String(64), nullable=False),
        sa.Column("grading_id", sa.String(16), nullable=False),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("avg_score", sa.Float),
        sa.Column("excellent", sa.Integer),
        sa.Column("good", sa.Integer),
        sa.Column("warning", sa.Integer),
        sa.Column("poor", sa.Integer),
        sa.Column("top_gaps", sa.Text),
    )
    op.create_index("ix_runs_catalog", "runs", ["workspace_id", "catalog_id", "number"])
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


def downgrade() -> None:
    for table in ("scores", "run_results", "runs", "gradings"):
        op.drop_table(table)
