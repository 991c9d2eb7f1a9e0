"""Imports whose files lie in a bucket: through the service, and from one machine to another."""

import hashlib
import itertools

import pytest
from assay.workspace.v1 import job_pb2

from services.ingest.app import MIGRATIONS
from services.ingest.errors import StorageUnavailable, UploadLost
from services.ingest.files import JobFiles
from services.ingest.import_job import ImportRunner, import_spec
from services.ingest.parsing import FormatHint, ParseLimits
from services.ingest.settings import IngestSettings
from services.ingest.storage import BucketFiles
from services.ingest.store import CatalogStore, ImportStore, ItemStore
from services.ingest.store.imports import NewImport
from services.ingest.store.ranges import IdRange
from services.runtime.database import Database
from services.runtime.jobs import Job
from services.runtime.jobs.patience import away
from services.runtime.migrations import migrate
from tests.support import s3

CSV = "id,name,price\n" + "".join(f"p{n},Lamp {n},{n}.50\n" for n in range(10)) + "row,of,too,many\n"


@pytest.fixture(scope="module")
def bucket_server():
    with pytest.MonkeyPatch.context() as patch, s3.serving() as server:
        for name, value in s3.ENVIRONMENT.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="module")
def settings(workspace, bucket_server, tmp_path_factory):
    """Those of the service that conftest starts."""
    return IngestSettings(
        home=tmp_path_factory.mktemp("home"),
        workspace_address=workspace.address,
        silver_address=workspace.address,
        internal_token="internal-secret",
        ingest_port=0,
        ingest_chunk_items=3,
        ingest_storage_url=f"s3://{bucket_server.bucket()}/uploads of ingest",
        ingest_storage_endpoint=bucket_server.endpoint,
    )


def test_a_whole_import_through_the_service(client, catalog, do_import, settings, bucket_server):
    for expected in ({"created": 10, "unchanged": 0}, {"created": 0, "unchanged": 10}):
        job, result = do_import(CSV, catalog)
        assert job.status == job_pb2.JOB_STATUS_COMPLETED
        assert result == {"total": 11, "updated": 0, "errors": 1, **expected}
    assert len(client.read(catalog_id=catalog)) == 10
    bucket = settings.ingest_storage_url.removeprefix("s3://").split("/")[0]
    assert bucket_server.client().find(bucket) == []
    left = [path.name for path in settings.service_home.rglob("*") if path.is_file()]
    assert [name for name in left if "sqlite" not in name] == []


def test_a_refused_file_leaves_nothing(catalog, do_import, settings, bucket_server):
    job, _ = do_import(b"id,name\n", catalog)
    assert (job.status, job.error.code) == (job_pb2.JOB_STATUS_FAILED, "NO_ROWS")
    assert bucket_server.client().find(settings.ingest_storage_url.removeprefix("s3://").split("/")[0]) == []


class Machine:
    """What one of several machines has: the common database and bucket, and a home of its own."""

    def __init__(self, database, files):
        self.imports = ImportStore(database)
        self.files = files
        self.runner = ImportRunner(self.imports, self.files, ParseLimits(chunk_items=3))


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'ingest.sqlite3'}")
    migrate(database, MIGRATIONS)
    yield database
    database.dispose()


@pytest.fixture
def machines(tmp_path, database, bucket_server):
    bucket = bucket_server.bucket()
    homes = (tmp_path / f"machine {number}" for number in range(3))
    return [Machine(database, BucketFiles(home, f"{bucket}/x", bucket_server.endpoint)) for home in homes]


def accept(machine, database, content):
    """What the service does with an upload; the job."""
    catalog = CatalogStore(database).create("ws_a", "Shop")["id"]
    with machine.files.receive(10**6) as upload:
        upload.write(content.encode())
        upload.check(len(content), hashlib.sha256(content.encode()).hexdigest())
        machine.files.keep(upload, "job")
    machine.imports.add(NewImport("job", "ws_a", catalog, "in.csv", len(content), "0" * 64))
    spec = import_spec("ws_a", catalog, FormatHint.AUTO, notify_email=False)
    return Job("job", spec.kind, "ws_a", catalog, spec.params)


def products(database, job):
    found = ItemStore(database).read_range("ws_a", job.target, IdRange())
    return [product for some in found for product in some["product_id"]]


def test_one_machine_takes_the_file_another_parses_it_and_all_write_it(machines, database):
    one, two, three = machines
    job = accept(one, database, CSV)
    plan = two.runner.prepare(job)
    assert len(plan.partitions) > 2
    who = itertools.cycle((three, one))
    assert sum(next(who).runner.run_partition(job, part) for part in plan.partitions) == plan.total
    assert three.runner.complete(job)["created"] == 10
    assert sorted(products(database, job)) == [f"p{n}" for n in range(10)]
    with pytest.raises(UploadLost), one.files.fetched("job"):
        raise AssertionError("never")


def test_parsing_that_is_done_again_elsewhere_changes_nothing(machines, database):
    one, two, _ = machines
    job = accept(one, database, CSV)
    first = one.runner.prepare(job)
    one.runner.run_partition(job, 0)
    assert two.runner.prepare(job) == first
    for part in first.partitions:
        two.runner.run_partition(job, part)
    assert two.runner.complete(job)["created"] == 10


def test_what_ended_without_its_end_being_recorded_ends_again_with_the_same(machines, database):
    """An import of one partition is begun anew by the next life, when its files are gone."""
    one, two, _ = machines
    job = accept(one, database, "id,name\n1,a\n2,b\n2,b\n")
    results, plans = [], []
    for machine in (one, two, one):
        plans.append(machine.runner.prepare(job))
        done = sum(machine.runner.run_partition(job, part) for part in plans[-1].partitions)
        assert done == plans[-1].total == 3
        results.append(machine.runner.complete(job))
    assert results[0] == results[1] == results[2]
    assert plans[0].partitions == [0]


def test_machines_that_share_nothing_say_so(tmp_path, database):
    one, two = (Machine(database, JobFiles(tmp_path / str(n))) for n in (1, 2))
    job = accept(one, database, CSV)
    with pytest.raises(UploadLost):
        two.runner.prepare(job)
    plan = one.runner.prepare(job)
    with pytest.raises(UploadLost):
        two.runner.run_partition(job, plan.partitions[0])


def test_a_job_waits_for_storage_as_for_a_neighbour():
    assert away(StorageUnavailable("gone"))
