"""The tables in which a service keeps the jobs it works on, so that they outlive its process."""

import sqlalchemy as sa
from alembic import op


def job_tables(metadata: sa.MetaData) -> tuple[sa.Table, sa.Table]:
    """`job_runs` (jobs that have not ended) and `job_partitions` (how each is divided), as parts of `metadata`."""
    runs = sa.Table(
        "job_runs",
        metadata,
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("settings", sa.LargeBinary, nullable=False),
        # Who works on it: `slot#life`.
        sa.Column("owner", sa.String, nullable=False),
        # Lives that began with it since something of it was last done.
        sa.Column("lives", sa.Integer, nullable=False, server_default="0"),
        # Units in all; null before it is divided, and of a job that is one partition.
        sa.Column("total", sa.Integer, nullable=True),
    )
    partitions = sa.Table(
        "job_partitions",
        metadata,
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("payload", sa.Text, nullable=False),
        # How often it was begun.
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        # Units done; null while it is not done.
        sa.Column("units", sa.Integer, nullable=True),
    )
    return runs, partitions


def create_job_tables() -> None:
    """The migration that brings them; for `upgrade()` of a service's revision."""
    metadata = sa.MetaData()
    job_tables(metadata)
    metadata.create_all(op.get_bind(), checkfirst=False)


def drop_job_tables() -> None:
    """Its `downgrade()`."""
    op.drop_table("job_partitions")
    op.drop_table("job_runs")
