"""What a workspace wants of scores, of chained jobs and of previews."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

COLUMNS = {
    "gold_weights": sa.String,
    "auto_trigger_silver": sa.Boolean,
    "auto_trigger_gold": sa.Boolean,
    "preview_mode": sa.Boolean,
    "category_attributes": sa.String,
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("pipeline_settings", sa.Column(name, kind()))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("pipeline_settings", name)
