"""What the revisions of a service do that bring the tables of jobs; each as it was when it was first published."""

import sqlalchemy as sa
from alembic import op


def create_job_tables() -> None:
    """Jobs that outlive the process: `job_runs` and `job_partitions`."""
    op.create_table(
        "job_runs",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("settings", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("lives", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=True),
    )
    op.create_table(
        "job_partitions",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("units", sa.Integer, nullable=True),
    )


def drop_job_tables() -> None:
    """Undoes `create_job_tables`."""
    op.drop_table("job_partitions")
    op.drop_table("job_runs")


def share_job_tables() -> None:
    """Jobs that several processes work on: who has a partition, and who is there."""
    op.add_column("job_runs", sa.Column("closing", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("job_partitions", sa.Column("worker", sa.String, nullable=False, server_default=""))
    op.add_column("job_partitions", sa.Column("fault_reason", sa.String, nullable=True))
    op.add_column("job_partitions", sa.Column("fault_message", sa.Text, nullable=True))
    op.add_column("job_partitions", sa.Column("suspects", sa.Text, nullable=True))
    op.create_table(
        "job_lives",
        sa.Column("life", sa.String, primary_key=True),
        sa.Column("slot", sa.String, nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def unshare_job_tables() -> None:
    """Undoes `share_job_tables`."""
    op.drop_table("job_lives")
    for name in ("suspects", "fault_message", "fault_reason", "worker"):
        op.drop_column("job_partitions", name)
    op.drop_column("job_runs", "closing")


def lease_job_tables() -> None:
    """When the owner of a job was last told that it is the owner."""
    op.create_table(
        "job_leases",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("asked", sa.Float, nullable=False),
    )


def unlease_job_tables() -> None:
    """Undoes `lease_job_tables`."""
    op.drop_table("job_leases")
