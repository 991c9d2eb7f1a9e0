"""Everything of a catalog that was deleted goes, in whatever table, and nothing of another one."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
import sqlalchemy as sa
from assay.ingest.v1 import catalog_service_pb2_grpc

import services.ingest.app
from services.ingest.servicers import CatalogServicer
from services.ingest.store import CatalogStore, CatalogVersionStore, ItemStore
from services.ingest.store.versions import NewVersion
from services.runtime.jobs import GoneTargets, Job, JobLog, Target
from services.silver.app import MIGRATIONS
from services.silver.neighbours import Ingest
from services.silver.rows import CatalogRows, shadow_of
from services.silver.tables import PREVIEWS, PRODUCTS, RUNS, SilverTable
from tests.support.rows import counts, row_of, tables_of

ROWS = 7
"""Of a table, and of a catalog or a run."""
OF_ALL = {"image_checks"}
METADATA = SilverTable.metadata


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    monkeypatch.setattr("services.silver.rows.AT_ONCE", 2)
    monkeypatch.setattr("services.silver.rows.ARRAYS_AT_ONCE", 2)


@pytest.fixture
def database(new_database):
    return new_database(MIGRATIONS)


@pytest.fixture
def rows(database):
    return CatalogRows(database)


@pytest.fixture
def fill(database):
    """Rows in every table, of a catalog and of some runs on it, one of which is a preview."""

    def write(workspace_id, catalog_id, runs):
        whose = {"workspace_id": workspace_id, "catalog_id": catalog_id}
        with database.write() as connection:
            for run in runs:
                of_run = {"job_id": f"job {run}", "number": run}
                connection.execute(sa.insert(RUNS).values(**whose, **of_run))
            for table in tables_of(METADATA):
                if table is RUNS or table.name in OF_ALL:
                    continue
                is_of_catalog = "catalog_id" in table.columns
                for run in runs[:1] if is_of_catalog else runs:
                    one = is_of_catalog and len(table.primary_key) == 1
                    made = [row_of(table, number, **whose, run=run) for number in range(1 if one else ROWS)]
                    made = made[:1] if table is PREVIEWS else made
                    connection.execute(sa.insert(table), made)
            shadow = whose | {"catalog_id": shadow_of(runs[0])}
            connection.execute(sa.insert(PRODUCTS), [row_of(PRODUCTS, number, **shadow) for number in range(ROWS)])

    return write


@pytest.fixture
def left(database):
    """What there is: by catalogs, and by runs."""
    return lambda: counts(database, METADATA, "catalog_id") | counts(database, METADATA, "run")


def test_all_rows_of_the_catalog_go_and_no_others(database, rows, fill, left):
    fill("ws_a", "cat_b", [1, 4])
    fill("ws_b", "cat_c", [2])
    others = left()
    fill("ws_a", "cat_a", [3, 5])
    tables = {name for name, of in left() if of == "cat_a"} | {name for name, of in left() if of == 3}
    assert tables | OF_ALL == {table.name for table in tables_of(METADATA)}
    assert sorted(rows.targets()) == [("ws_a", "cat_a"), ("ws_a", "cat_b"), ("ws_b", "cat_c")]
    for _ in rows.remove(Target("ws_a", "cat_a")):
        pass
    assert left() == others
    assert sorted(rows.targets()) == [("ws_a", "cat_b"), ("ws_b", "cat_c")]


@pytest.mark.parametrize("steps", [0, 1, 5, 20, 30, 40])
def test_what_is_broken_off_is_gone_on_with(database, rows, fill, left, steps):
    """Others write in between, and what is left is known to be there."""
    fill("ws_a", "cat_b", [1, 4])
    others = left()
    fill("ws_a", "cat_a", [3, 5])
    removal = rows.remove(Target("ws_a", "cat_a"))
    for step in range(steps):
        next(removal)
        with database.write() as connection:
            connection.execute(sa.update(PRODUCTS).where(PRODUCTS.c.catalog_id == "cat_b").values(updated_at=step))
    removal.close()
    again = CatalogRows(database)
    assert Target("ws_a", "cat_a") in again.targets()
    for _ in again.remove(Target("ws_a", "cat_a")):
        pass
    assert left() == others


def test_two_processes_may_remove_the_same(rows, fill, left):
    fill("ws_b", "cat_c", [2])
    others = left()
    fill("ws_a", "cat_a", [3, 5])
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(list, rows.remove(Target("ws_a", "cat_a"))) for _ in range(2)]:
            done.result()
    assert left() == others


def test_a_number_of_a_run_that_is_gone_is_not_given_again(database, rows, fill):
    fill("ws_a", "cat_a", [3, 5])
    with database.write() as connection:
        connection.execute(sa.delete(RUNS).where(RUNS.c.number == 5))
        new = sa.insert(RUNS).values(job_id="j", workspace_id="ws_b", catalog_id="cat_b").returning(RUNS.c.number)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('runs', 'number'), 5)")
        assert connection.execute(new).scalar_one() == 6


class Deletion:
    """Silver's rows beside an ingest that is real, asked over a channel."""

    def __init__(self, database, ingest_database):
        self.database = database
        self.catalogs, self.versions = CatalogStore(ingest_database), CatalogVersionStore(ingest_database)
        self.server = grpc.server(ThreadPoolExecutor(2))
        servicer = CatalogServicer(self.catalogs, ItemStore(ingest_database))
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(servicer, self.server)
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.sweeper = GoneTargets(JobLog(database), CatalogRows(database), Ingest(self.channel).deleted, 3600)

    def close(self):
        self.channel.close()
        self.server.stop(None).wait()

    def make(self, workspace_id, environment="live"):
        """A new catalog's id, and its version."""
        row = self.versions.create(NewVersion(workspace_id, environment, ""))
        return row["id"], row["version"]


@pytest.fixture
def deletion(database, new_database):
    made = Deletion(database, new_database(services.ingest.app.MIGRATIONS))
    yield made
    made.close()


def test_rows_go_when_ingest_has_said_twice_that_their_catalog_was_deleted(deletion, fill, left):
    (kept, _), (gone, version) = deletion.make("ws_a"), deletion.make("ws_a")
    default = deletion.catalogs.get_or_create_default("ws_b")["id"]
    fill("ws_a", kept, [1])
    fill("ws_b", default, [2])
    others = left()
    fill("ws_a", gone, [3])
    whole = left()
    for _ in range(3):
        deletion.sweeper.work()
    assert left() == whole
    deletion.versions.delete("ws_a", "live", version)
    deletion.sweeper.work()
    assert left() == whole
    deletion.sweeper.work()
    assert left() == others


def test_nothing_goes_while_ingest_does_not_answer(deletion, fill, left):
    deletion.make("ws_a")
    gone, version = deletion.make("ws_a")
    fill("ws_a", gone, [3])
    whole = left()
    deletion.versions.delete("ws_a", "live", version)
    deletion.sweeper.work()
    deletion.server.stop(None).wait()
    for _ in range(3):
        deletion.sweeper.work()
    assert left() == whole


def test_nothing_goes_where_another_ingest_answers(deletion, fill, left):
    """An empty one, or one that knows other workspaces."""
    fill("ws_a", "cat_a", [3])
    whole = left()
    for _ in range(3):
        deletion.sweeper.work()
    deletion.make("ws_b")
    for _ in range(3):
        deletion.sweeper.work()
    assert left() == whole


def test_nothing_goes_while_a_job_works_on_the_catalog(deletion, fill, left, database):
    deletion.make("ws_a")
    gone, version = deletion.make("ws_a")
    fill("ws_a", gone, [3])
    whole, log = left(), JobLog(database)
    log.add(Job("j", "silver", "ws_a", gone, {}), b"", "somebody#1", 0)
    deletion.versions.delete("ws_a", "live", version)
    for _ in range(3):
        deletion.sweeper.work()
    assert left() == whole
    log.remove("j")
    deletion.sweeper.work()
    assert left() == {}
