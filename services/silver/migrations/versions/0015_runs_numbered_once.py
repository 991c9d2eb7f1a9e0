"""Runs go with their catalog: no number of a run is given again, and those of a catalog are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
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
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL gives each number once anyway
        _made_anew(sqlite_autoincrement=True)
    op.create_index("ix_runs_catalog", "runs", ["workspace_id", "catalog_id", "number"])


def downgrade() -> None:
    op.drop_index("ix_runs_catalog", "runs")
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(sqlite_autoincrement=False)


def _made_anew(*, sqlite_autoincrement: bool) -> None:
    options = {"sqlite_autoincrement": sqlite_autoincrement}
    with op.batch_alter_table("runs", recreate="always", copy_from=RUNS, table_kwargs=options):
        pass
