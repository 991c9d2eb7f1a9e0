"""Products of a catalog that PostgreSQL has no statistics of are found by their ids.

Where it knows the few catalogs there are, it takes another one to have no products until it looks again, and any index
that begins with the catalog to be as good as the primary key: each product was looked for among all of its catalog.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _count_catalogs(0)


def downgrade() -> None:
    _count_catalogs(-1)


def _count_catalogs(most: int) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE products ALTER COLUMN catalog_id SET STATISTICS {most}")
    # The type that it has: with that, what is known of the column so far is forgotten. The table is not written anew.
    op.execute('ALTER TABLE products ALTER COLUMN catalog_id TYPE VARCHAR(64) COLLATE "C"')
