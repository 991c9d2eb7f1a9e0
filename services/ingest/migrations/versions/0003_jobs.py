"""Jobs that outlive the process."""

from services.runtime.jobs.migrations import create_job_tables, drop_job_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_job_tables()


def downgrade() -> None:
    drop_job_tables()
