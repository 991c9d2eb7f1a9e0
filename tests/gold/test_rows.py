"""Everything of a catalog that was deleted goes, in whatever table, and nothing of another one."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
import sqlalchemy as sa
from assay.ingest.v1 import catalog_service_pb2_grpc

import services.ingest.app
from services.gold.app import MIGRATIONS
from services.gold.products import Neighbours
from services.gold.store import CatalogRows
from services.gold.tables import RESULT_PARTS, RUNS, SEGMENTS, GoldTable
from services.ingest.servicers import CatalogServicer
from services.ingest.store import CatalogStore, CatalogVersionStore, ItemStore
from services.ingest.store.versions import NewVersion
from services.runtime.jobs import GoneTargets, JobLog, Target
from tests.support.rows import counts, row_of, tables_of

ROWS = 7
METADATA = GoldTable.metadata


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    monkeypatch.setattr("services.gold.store.rows.AT_ONCE", 2)


@pytest.fixture
def database(new_database):
    return new_database(MIGRATIONS)


@pytest.fixture
def rows(database):
    return CatalogRows(database)


@pytest.fixture
def fill(database):
    """Rows in every table, of a catalog and of some runs on it."""

    def write(workspace_id, catalog_id, runs):
        whose = {"workspace_id": workspace_id, "catalog_id": catalog_id}
        with database.write() as connection:
            for run in runs:
                connection.execute(sa.insert(RUNS).values(row_of(RUNS, run, **whose)))
                some = [row_of(RESULT_PARTS, number, run=run) for number in range(ROWS)]
                connection.execute(sa.insert(RESULT_PARTS), some)
                some = [row_of(SEGMENTS, number, **whose, run=run) for number in range(ROWS)]
                for one in some:
                    del one["number"]
                connection.execute(sa.insert(SEGMENTS), some)

    return write


@pytest.fixture
def left(database):
    """What there is: by catalogs, and by runs."""
    return lambda: counts(database, METADATA, "catalog_id") | counts(database, METADATA, "run")


def test_all_rows_of_the_catalog_go_and_no_others(rows, fill, left):
    fill("ws_a", "cat_b", [1, 4])
    fill("ws_b", "cat_c", [2])
    others = left()
    fill("ws_a", "cat_a", [3, 5])
    tables = {name for name, of in left() if of in {"cat_a", 3}}
    assert tables | {"gradings"} == {table.name for table in tables_of(METADATA)}
    for _ in rows.remove(Target("ws_a", "cat_a")):
        pass
    assert left() == others
    assert sorted(rows.targets()) == [("ws_a", "cat_b"), ("ws_b", "cat_c")]


@pytest.mark.parametrize("steps", [0, 1, 5, 8, 11])
def test_what_is_broken_off_is_gone_on_with(database, rows, fill, left, steps):
    """Others write in between, and what is left is known to be there."""
    fill("ws_a", "cat_b", [1, 4])
    others = left()
    fill("ws_a", "cat_a", [3, 5])
    removal = rows.remove(Target("ws_a", "cat_a"))
    for step in range(steps):
        next(removal)
        with database.write() as connection:
            connection.execute(sa.update(SEGMENTS).where(SEGMENTS.c.catalog_id == "cat_b").values(rows=step))
    removal.close()
    again = CatalogRows(database)
    assert Target("ws_a", "cat_a") in again.targets()
    for _ in again.remove(Target("ws_a", "cat_a")):
        pass
    assert left() == others


def test_scores_without_a_catalog_s_name_are_left_alone(rows, fill):
    """Whoever scores the default catalog without naming it has its scores under none."""
    fill("ws_a", "", [1])
    assert list(rows.targets()) == []


def test_a_number_of_a_run_that_is_gone_is_not_given_again(database, fill):
    fill("ws_a", "cat_a", [3, 5])
    with database.write() as connection:
        connection.execute(sa.delete(RUNS).where(RUNS.c.number == 5))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('runs', 'number'), 5)")
        values = row_of(RUNS, 9)
        del values["number"]
        assert connection.execute(sa.insert(RUNS).values(values).returning(RUNS.c.number)).scalar_one() == 6


@pytest.fixture
def catalogs(new_database):
    return new_database(services.ingest.app.MIGRATIONS)


@pytest.fixture
def ingest(catalogs):
    """The one that is real, as a server and a channel to it."""
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = CatalogServicer(CatalogStore(catalogs), ItemStore(catalogs))
    catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield server, channel
    server.stop(None).wait()


@pytest.mark.parametrize("answers", [True, False])
def test_rows_go_when_ingest_has_said_twice_that_their_catalog_was_deleted(
    database, catalogs, ingest, fill, left, *, answers
):
    versions = CatalogVersionStore(catalogs)
    kept, gone = (versions.create(NewVersion("ws_a", "live", "")) for _ in range(2))
    server, channel = ingest
    neighbours = Neighbours(channel, channel, channel, known_seconds=0)
    sweeper = GoneTargets(JobLog(database), CatalogRows(database), neighbours.deleted, 3600)
    fill("ws_a", kept["id"], [1])
    others = left()
    fill("ws_a", gone["id"], [3])
    whole = left()
    for _ in range(3):
        sweeper.work()
    assert left() == whole
    versions.delete("ws_a", "live", gone["version"])
    sweeper.work()
    assert left() == whole
    if not answers:
        server.stop(None).wait()
    sweeper.work()
    assert left() == (others if answers else whole)
