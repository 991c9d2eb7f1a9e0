"""How a product's category is linked to the workspace's tree."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("category", sa.Text()))


def downgrade() -> None:
    op.drop_column("products", "category")
