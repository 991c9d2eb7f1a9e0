from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.gold.app import MIGRATIONS
from services.gold.tables import GoldTable


def test_migrations_make_the_tables_of_the_models(new_database):
    with new_database(MIGRATIONS).read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), GoldTable.metadata)

    assert differences == []
