"""Until when the owner of a job may write of it."""

from services.runtime.jobs.migrations import lease_job_tables, unlease_job_tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lease_job_tables()


def downgrade() -> None:
    unlease_job_tables()
