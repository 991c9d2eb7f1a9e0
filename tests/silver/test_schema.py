import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.silver.app import MIGRATIONS
from services.silver.tables import SilverTable


def test_migrations_make_the_tables_that_the_models_describe(new_database):
    database = new_database(MIGRATIONS)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SilverTable.metadata) == []
        indexes = {index["name"] for index in sa.inspect(connection).get_indexes("products")}
    assert indexes == {index.name for index in SilverTable.metadata.tables["products"].indexes}
