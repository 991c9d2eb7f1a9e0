"""The tables in which a service keeps the jobs it works on, so that they outlive its processes."""

from typing import NamedTuple

import sqlalchemy as sa


class JobTables(NamedTuple):
    """The tables, as they are now; `migrations` says how they came to be so."""

    runs: sa.Table
    """Jobs that have not ended."""
    partitions: sa.Table
    """How each is divided."""
    lives: sa.Table
    """The processes that work on them."""
    leases: sa.Table
    """When the owner of each was last told that it is the owner."""


def job_tables(metadata: sa.MetaData) -> JobTables:
    """The tables as parts of `metadata`."""
    runs = sa.Table(
        "job_runs",
        metadata,
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("settings", sa.LargeBinary, nullable=False),
        # Whose the job is: `slot#life`; empty while it waits for somebody to take it.
        sa.Column("owner", sa.String, nullable=False),
        # Lives that began with it since something of it was last done.
        sa.Column("lives", sa.Integer, nullable=False, server_default="0"),
        # Units in all; null before it is divided, and of a job that is one partition.
        sa.Column("total", sa.Integer, nullable=True),
        # Whether its owner ends it: no partition of it is begun or written any more.
        sa.Column("closing", sa.Boolean, nullable=False, server_default=sa.false()),
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
        # Who began it last; empty when nobody did, or gave it back.
        sa.Column("worker", sa.String, nullable=False, server_default=""),
        # Why it failed elsewhere than with the owner: reason and message.
        sa.Column("fault_reason", sa.String, nullable=True),
        sa.Column("fault_message", sa.Text, nullable=True),
        # Its rows that were looked at last before a process died: [first, end, name of the only one or ""].
        sa.Column("suspects", sa.Text, nullable=True),
    )
    lives = sa.Table(
        "job_lives",
        metadata,
        sa.Column("life", sa.String, primary_key=True),
        sa.Column("slot", sa.String, nullable=False),
        # When it was last heard of, seconds since 1970 by the database's clock.
        sa.Column("seen", sa.Float, nullable=False),
        # Whether it has ended in order.
        sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    leases = sa.Table(
        "job_leases",
        metadata,
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
        # When it asked and was told that the job is its own, seconds since 1970 by the database's clock.
        sa.Column("asked", sa.Float, nullable=False),
    )
    return JobTables(runs, partitions, lives, leases)


RUNS, PARTITIONS, LIVES, LEASES = job_tables(sa.MetaData())
"""The tables as statements name them; those of a service belong to its own metadata."""
