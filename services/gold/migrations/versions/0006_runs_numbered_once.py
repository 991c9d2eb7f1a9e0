"""Runs go with their catalog: no number of a run is given again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
RUNS = sa.Table(
    "runs",
    sa.MetaData(),
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(36), nullable=False, unique=True),
    sa.Column("workspace_id", sa.String(64), nullable=False),
    sa.Column("catalog_id", sa.String(64), nullable=False),
    sa.Column("grading_id", sa.String(16), nullable=False),
    sa.Column("completed_at", sa.BigInteger),
    sa.Column("avg_score", sa.Float),
    *(sa.Column(band, sa.Integer) for band in ("excellent", "good", "warning", "poor")),
    sa.Column("top_gaps", sa.Text),
    sa.Column("gap_details", sa.Text),
    sa.Column("catalog_avg_score", sa.Float),
    sa.Column("feed_ready", sa.Integer),
    sa.Column("preview", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_runs_catalog", "workspace_id", "catalog_id", "number"),
)


def upgrade() -> None:
    _made_anew(sqlite_autoincrement=True)


def downgrade() -> None:
    _made_anew(sqlite_autoincrement=False)


def _made_anew(*, sqlite_autoincrement: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL gives each number once anyway
        options = {"sqlite_autoincrement": sqlite_autoincrement}
        with op.batch_alter_table("runs", recreate="always", copy_from=RUNS, table_kwargs=options):
            pass
