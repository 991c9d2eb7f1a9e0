import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.runtime.migrations import alembic_config, migrate
from services.workspace.app import MIGRATIONS
from services.workspace.tables import JOBS, METADATA
from tests.support.databases import opened


@pytest.fixture
def empty(databases):
    database = opened(databases.url(), MIGRATIONS)
    yield database
    database.dispose()


def lock_index(connection):
    """As the database tells it."""
    if connection.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE name = 'uq_jobs_lock'"
    else:
        query = "SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_jobs_lock' AND schemaname = current_schema()"
    return " ".join(connection.execute(sa.text(query)).scalar_one().split())


def test_an_empty_database_becomes_what_the_tables_say(new_database):
    database = new_database(MIGRATIONS)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_the_lock_of_the_migration_is_the_lock_of_the_table(new_database, empty):
    """Alembic does not compare the condition of an index; it is what keeps two jobs apart."""
    empty.create_schema()
    with empty.write() as connection:
        METADATA.create_all(connection)
    with new_database(MIGRATIONS).read() as one, empty.read() as other:
        assert lock_index(one) == lock_index(other)
        assert "queued" in lock_index(one).partition("WHERE")[2]
        assert "lock_key" in lock_index(one).partition("WHERE")[2]


def test_migrating_again_changes_nothing(new_database):
    migrate(new_database(MIGRATIONS), MIGRATIONS)


def test_the_way_back_leaves_nothing(new_database):
    database = new_database(MIGRATIONS)
    config = alembic_config(MIGRATIONS)
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.read() as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]


def test_the_tables_live_on_a_registry_of_their_own():
    from sqlmodel import SQLModel

    assert JOBS.metadata is METADATA
    assert METADATA is not SQLModel.metadata
    assert "jobs" not in SQLModel.metadata.tables


def test_brands_registered_before_legal_forms_were_left_out_get_new_keys(empty):
    database = empty
    database.create_schema()
    config = alembic_config(MIGRATIONS)
    brands = [
        ("b1", "Acme Inc.", "acmeinc", '["ACM Ltd"]', ["acmeinc", "acmltd"]),
        ("b2", "Bosch GmbH", "boschgmbh", "[]", ["boschgmbh"]),
        ("b3", "Bosch", "bosch", "[]", ["bosch"]),
        ("b4", "Nike", "nike", "[]", ["nike"]),
    ]
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(sa.text("INSERT INTO workspaces (id, name, created_at) VALUES ('ws_a', 'A', 0)"))
        for at, (brand_id, name, key, aliases, keys) in enumerate(brands):
            row = {"id": brand_id, "workspace_id": "ws_a", "name": name, "name_key": key, "slug": key}
            times = {"created_at": at, "updated_at": at}
            connection.execute(sa.insert(METADATA.tables["brands"]).values(**row, **times, aliases=aliases))
            named = [{"workspace_id": "ws_a", "key": key, "brand_id": brand_id} for key in keys]
            connection.execute(sa.insert(METADATA.tables["brand_names"]), named)
    migrate(database, MIGRATIONS)
    with database.read() as connection:
        keys = dict(map(tuple, connection.execute(sa.text("SELECT key, brand_id FROM brand_names"))))
        names = dict(map(tuple, connection.execute(sa.text("SELECT id, name_key FROM brands"))))
    assert keys == {"acme": "b1", "acm": "b1", "boschgmbh": "b2", "bosch": "b3", "nike": "b4"}
    assert names == {"b1": "acme", "b2": "boschgmbh", "b3": "bosch", "b4": "nike"}
