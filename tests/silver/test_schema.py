import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.runtime.database import Database
from services.runtime.migrations import migrate
from services.silver.app import MIGRATIONS
from services.silver.tables import SilverTable


def test_migrations_make_the_tables_that_the_models_describe(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'silver.sqlite3'}")
    migrate(database, MIGRATIONS)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SilverTable.metadata) == []
        indexes = {index["name"] for index in sa.inspect(connection).get_indexes("products")}
    database.dispose()
    assert indexes == {index.name for index in SilverTable.metadata.tables["products"].indexes}
