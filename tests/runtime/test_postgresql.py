"""What is PostgreSQL's own: schemas, migrations of several processes at once, and the secret in its URL."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from services.runtime.database import Database, by_index, in_order
from services.runtime.migrations import migrate
from services.runtime.settings import ServiceSettings
from tests.support.databases import opened

SERVICES = Path(__file__).resolve().parents[2] / "services"
MIGRATIONS = sorted(path.parent for path in SERVICES.glob("*/migrations/versions"))
NOT_BYTEWISE = """
SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
JOIN pg_collation ON pg_collation.oid = attcollation
WHERE relnamespace = current_schema()::regnamespace AND collname <> 'C'
"""


@pytest.fixture(scope="module")
def server(postgres_server):
    with postgres_server.cleared() as server:
        yield server


def test_every_service_has_a_schema_of_its_own(server):
    url = server.url()
    for folder in MIGRATIONS:
        database = opened(url, folder)
        migrate(database, folder)
        migrate(database, folder)
        with database.read() as connection:
            assert sa.inspect(connection).default_schema_name == folder.parent.name
            assert connection.execute(sa.text(NOT_BYTEWISE)).all() == []
        database.dispose()
    plain = sa.create_engine(url)
    assert {"ingest", "silver", "gold", "workspace"} <= set(sa.inspect(plain).get_schema_names())
    assert sa.inspect(plain).get_table_names("public") == []
    plain.dispose()


def test_processes_that_start_at_once_migrate_once(server):
    url, folder = server.url(), SERVICES / "ingest" / "migrations"
    databases = [opened(url, folder) for _ in range(6)]
    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(lambda database: migrate(database, folder), databases))
    with databases[0].read() as connection:
        assert len(connection.execute(sa.text("SELECT * FROM alembic_version")).all()) == 1
    for database in databases:
        database.dispose()


def test_a_reader_changes_nothing(server):
    database = Database(server.url())
    with pytest.raises(sa.exc.DBAPIError), database.read() as connection:
        connection.execute(sa.text("CREATE TABLE rows (id TEXT)"))
    database.dispose()


def test_rows_are_found_by_an_index_where_that_is_asked_for(server):
    database = Database(server.url())
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE rows (id TEXT PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO rows VALUES ('a')"))
        connection.execute(sa.text("ANALYZE rows"))

    def plan(*, asked):
        with database.read() as connection:
            if asked:
                by_index(connection)
            return str(connection.execute(sa.text("EXPLAIN SELECT id FROM rows WHERE id > 'a'")).all())

    for asked in (False, True, False):  # for one transaction
        assert ("Seq Scan" in plan(asked=asked)) is not asked
    database.dispose()


def test_rows_are_read_in_the_order_of_an_index_where_that_is_asked_for(server):
    """Statistics know one row of one key, so that of any other there seem to be none."""
    database = Database(server.url())
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE rows (key INT, place INT, name TEXT, PRIMARY KEY (key, place))"))
        connection.execute(sa.text("CREATE INDEX names ON rows (key, name, place)"))
        connection.execute(sa.text("INSERT INTO rows VALUES (0, 0, 'a')"))
        connection.execute(sa.text("ANALYZE rows"))
        connection.execute(sa.text("INSERT INTO rows SELECT 1, n, n::text FROM generate_series(1, 9999) AS n"))

    def plan(rest, *, asked):
        with database.read() as connection:
            if asked:
                in_order(connection)
            query = f"EXPLAIN SELECT name FROM rows WHERE key = 1 AND name > '9' {rest}"
            return str(connection.execute(sa.text(query)).all())

    for rest in ("ORDER BY name, place", "GROUP BY name ORDER BY name"):
        for asked in (False, True, False):  # for one transaction
            assert ("rows_pkey" in plan(rest, asked=asked)) is not asked
    database.dispose()


def test_a_url_without_a_driver_is_one_for_ours(server):
    database = Database(server.url().replace("postgresql+psycopg:", "postgresql:"))
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
    database.dispose()


def test_the_password_is_shown_nowhere(monkeypatch):
    monkeypatch.setenv("ASSAY_DATABASE_URL", "postgresql+psycopg://assay:hunter2@127.0.0.1:1/assay")
    settings = ServiceSettings()
    database = settings.open_database()
    with pytest.raises(sa.exc.OperationalError) as caught:
        migrate(database, SERVICES / "ingest" / "migrations")
    database.dispose()
    assert "hunter2" not in f"{caught.value!r} {caught.value} {settings!r} {settings} {database.url}"


def test_a_connection_that_is_at_work_at_the_end_is_closed_when_it_comes_back(server):
    database = Database(server.url(), schema="ingest")
    with database.read() as connection:
        driver = connection.connection.driver_connection
        database.dispose()
        assert connection.execute(sa.select(1)).scalar_one() == 1
    assert driver.closed


def test_the_server_of_tests_that_were_killed_ends():
    told = "from tests.support import postgres\nwith postgres.serving() as own: print(own.data, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as one:
        data = Path(one.stdout.readline().strip())
        server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        one.kill()
    server.wait(30)
    while data.exists():  # as long as the test may take
        time.sleep(0.02)
