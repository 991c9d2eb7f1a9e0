"""Jobs that several processes of the service work on."""

from services.runtime.jobs.migrations import share_job_tables, unshare_job_tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    share_job_tables()


def downgrade() -> None:
    unshare_job_tables()
