import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.runtime.database import Database
from services.runtime.migrations import alembic_config, migrate
from services.workspace.app import MIGRATIONS
from services.workspace.tables import JOBS, METADATA


def migrated(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'workspace.sqlite3'}")
    migrate(database, MIGRATIONS)
    return database


def lock_index(connection):
    query = "SELECT sql FROM sqlite_master WHERE name = 'uq_jobs_lock'"
    return " ".join(connection.execute(sa.text(query)).scalar_one().split())


def test_an_empty_database_becomes_what_the_tables_say(tmp_path):
    database = migrated(tmp_path)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
    database.dispose()


def test_the_lock_of_the_migration_is_the_lock_of_the_table(tmp_path):
    """Alembic does not compare the condition of an index; it is what keeps two jobs apart."""
    database, plain = migrated(tmp_path), sa.create_engine("sqlite://")
    METADATA.create_all(plain)
    with database.read() as one, plain.connect() as other:
        assert lock_index(one) == lock_index(other)
        assert "WHERE status IN ('queued', 'active') AND lock_key <> ''" in lock_index(one)
    database.dispose()
    plain.dispose()


def test_migrating_again_changes_nothing(tmp_path):
    database = migrated(tmp_path)
    migrate(database, MIGRATIONS)
    database.dispose()


def test_the_way_back_leaves_nothing(tmp_path):
    database = migrated(tmp_path)
    config = alembic_config(MIGRATIONS)
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.read() as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    database.dispose()


def test_the_tables_live_on_a_registry_of_their_own():
    from sqlmodel import SQLModel

    assert JOBS.metadata is METADATA
    assert METADATA is not SQLModel.metadata
    assert "jobs" not in SQLModel.metadata.tables
