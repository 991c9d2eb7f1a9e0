from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.gold.app import MIGRATIONS
from services.gold.tables import GoldTable
from services.runtime.database import Database
from services.runtime.migrations import migrate


def test_migrations_make_the_tables_of_the_models(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'gold.sqlite3'}")
    migrate(database, MIGRATIONS)

    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), GoldTable.metadata)
    database.dispose()

    assert differences == []
