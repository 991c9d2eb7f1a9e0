"""The ingest service on a real port, beside a fake workspace service made of the generated servicers."""

import hashlib
import threading
import time
from concurrent import futures

import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.ingest.v1 import (
    batch_import_service_pb2_grpc,
    catalog_service_pb2_grpc,
    catalog_version_service_pb2_grpc,
    category_tree_service_pb2_grpc,
    import_service_pb2,
    import_service_pb2_grpc,
    item_schema_service_pb2_grpc,
    item_service_pb2,
    item_service_pb2_grpc,
    streaming_item_service_pb2_grpc,
)
from assay.silver.v1 import silver_service_pb2, silver_service_pb2_grpc
from assay.workspace.v1 import auth_service_pb2, auth_service_pb2_grpc, job_pb2, job_service_pb2, job_service_pb2_grpc
from google.protobuf.json_format import MessageToDict
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.ingest.app import MIGRATIONS, build
from services.ingest.settings import IngestSettings
from services.runtime.errors import JobInterrupted
from services.runtime.interceptors.errors import build_status
from tests.support.databases import opened
from tests.support.servers import (  # noqa: F401 - fixtures are found by their names
    _grpc_server,
    grpc_add_to_server,
    grpc_addr,
    grpc_interceptors,
    grpc_server,
    grpc_servicer,
)

SCOPES = ["catalogs:read", "catalogs:write", "products:read", "products:write", "jobs:read"]
INTERNAL = "internal-secret"


class FakeWorkspace(job_service_pb2_grpc.JobServiceServicer, auth_service_pb2_grpc.AuthServiceServicer):
    """Tokens `token-a` of ws_a and `token-b` of ws_b; job records in memory."""

    def __init__(self):
        self.jobs = {}
        self.refuse_jobs = False
        self.settings = None
        self.ended = threading.Condition()

    def Authenticate(self, request, context):
        workspaces = {"token-a": "ws_a", "token-b": "ws_b", "token-poor": "ws_a"}
        if request.token not in workspaces:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no")
        scopes = [] if request.token == "token-poor" else SCOPES
        return auth_service_pb2.AuthenticateResponse(
            subject=request.token, workspace_ids=[workspaces[request.token]], scopes=scopes
        )

    def StartJob(self, request, context):
        if self.refuse_jobs:
            context.abort_with_status(rpc_status.to_status(build_status(JobInterrupted("busy"))))
        job = job_pb2.Job(
            id=request.job_id,
            workspace_id=request.workspace_id,
            kind=request.kind,
            queue=request.queue,
            job_name=request.job_name,
            catalog_id=request.catalog_id,
            status=job_pb2.JOB_STATUS_QUEUED,
            notify_email=request.notify_email,
        )
        self.jobs[job.id] = job
        return job_service_pb2.StartJobResponse(job=job, settings=self.settings)

    def ReportJob(self, request, context):
        return job_service_pb2.ReportJobResponse()

    def FinishJob(self, request, context):
        with self.ended:
            job = self.jobs[request.job_id]
            job.status = request.status
            job.result.CopyFrom(request.result)
            job.error.CopyFrom(request.error)
            job.progress.processed, job.progress.total = request.processed, request.total
            self.ended.notify_all()
        return job_service_pb2.FinishJobResponse(job=job)

    def FailInterruptedJobs(self, request, context):
        return job_service_pb2.FailInterruptedJobsResponse()

    def wait(self, job_id):
        final = (job_pb2.JOB_STATUS_COMPLETED, job_pb2.JOB_STATUS_FAILED, job_pb2.JOB_STATUS_CANCELLED)
        with self.ended:
            assert self.ended.wait_for(lambda: self.jobs[job_id].status in final, timeout=30)
        return self.jobs[job_id]


class FakeSilver(silver_service_pb2_grpc.SilverServiceServicer):
    """Starts runs, after as many refusals as are wanted; knows what was asked, by whom, and when."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.refusals = 0
        self.runs = []
        self.run = threading.Semaphore(0)

    def Normalize(self, request, context):
        metadata = dict(context.invocation_metadata())
        if self.refusals:
            self.refusals -= 1
            context.abort(grpc.StatusCode.ABORTED, "a job is already in progress")
        after = self.workspace.jobs[metadata["x-triggered-by"]]
        self.runs.append((request, metadata["authorization"], after.id, after.status))
        self.run.release()
        yield silver_service_pb2.NormalizeResponse(started=run_pb2.RunStarted(job_id="run-1"))


@pytest.fixture(scope="module")
def workspace():
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    fake = FakeWorkspace()
    job_service_pb2_grpc.add_JobServiceServicer_to_server(fake, server)
    auth_service_pb2_grpc.add_AuthServiceServicer_to_server(fake, server)
    fake.silver = FakeSilver(fake)
    silver_service_pb2_grpc.add_SilverServiceServicer_to_server(fake.silver, server)
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield fake
    server.stop(None).wait()


@pytest.fixture(scope="module")
def service_database(databases):
    """The one of the service, of either kind."""
    database = opened(databases.migrated(MIGRATIONS), MIGRATIONS)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def settings(workspace, service_database, tmp_path_factory):
    return IngestSettings(
        home=tmp_path_factory.mktemp("home"),
        database_url=service_database.url.render_as_string(hide_password=False),
        workspace_address=workspace.address,
        silver_address=workspace.address,
        internal_token=INTERNAL,
        ingest_port=0,
        ingest_chunk_items=3,
        ingest_sweep_seconds=3_600,  # tests sweep themselves
        ingest_max_upload_bytes=4 * 1024 * 1024,
        ingest_max_cell_bytes=1024 * 1024,
    )


@pytest.fixture(scope="module")
def app(settings):
    app = build(settings)
    for hook in app.on_start:
        hook()
    yield app
    for hook in app.on_stop:
        hook()


class Client:
    """All stubs, as somebody."""

    def __init__(self, channel, token, workspace_id):
        self.workspace_id = workspace_id
        self.metadata = (("authorization", f"Bearer {token}"),) if token else ()
        self.stubs = {
            "Catalog": catalog_service_pb2_grpc.CatalogServiceStub(channel),
            "Item": item_service_pb2_grpc.ItemServiceStub(channel),
            "Import": import_service_pb2_grpc.ImportServiceStub(channel),
            "ItemSchema": item_schema_service_pb2_grpc.ItemSchemaServiceStub(channel),
            "CategoryTree": category_tree_service_pb2_grpc.CategoryTreeServiceStub(channel),
            "CatalogVersion": catalog_version_service_pb2_grpc.CatalogVersionServiceStub(channel),
            "BatchImport": batch_import_service_pb2_grpc.BatchImportServiceStub(channel),
            "StreamingItem": streaming_item_service_pb2_grpc.StreamingItemServiceStub(channel),
        }

    def __getattr__(self, name):
        method = next(getattr(stub, name) for stub in self.stubs.values() if hasattr(stub, name))

        def call(request):
            if hasattr(request, "workspace_id") and not request.workspace_id:
                request.workspace_id = self.workspace_id
            return method(request, metadata=self.metadata, timeout=30)

        return call

    def upload(self, content, catalog_id="", *, part=700, **start):
        def parts():
            yield import_service_pb2.ImportProductsRequest(
                start=import_service_pb2.ImportStart(workspace_id=self.workspace_id, catalog_id=catalog_id, **start)
            )
            for place in range(0, len(content), part):
                yield import_service_pb2.ImportProductsRequest(data=content[place : place + part])
            yield import_service_pb2.ImportProductsRequest(
                commit=import_service_pb2.ImportCommit(size=len(content), sha256=hashlib.sha256(content).hexdigest())
            )

        return self.ImportProducts(parts())

    def read(self, **request):
        """Every product as (id, sequence, document)."""
        rows = []
        for answer in self.ReadItems(item_service_pb2.ReadItemsRequest(**request)):
            rows += zip(answer.ids, answer.sequences, answer.documents, strict=True)
        return rows


@pytest.fixture(scope="module")
def client_of(grpc_channel):
    return lambda token, workspace_id: Client(grpc_channel, token, workspace_id)


@pytest.fixture(scope="module")
def client(client_of):
    return client_of("token-a", "ws_a")


@pytest.fixture
def catalog(client):
    from assay.ingest.v1 import catalog_service_pb2

    return client.CreateCatalog(catalog_service_pb2.CreateCatalogRequest(name=f"c {time.time_ns()}")).catalog.id


@pytest.fixture
def do_import(client, workspace):
    def run(content, catalog_id, **start):
        content = content.encode() if isinstance(content, str) else content
        job = workspace.wait(client.upload(content, catalog_id, **start).job_id)
        return job, {name: int(value) for name, value in MessageToDict(job.result).items()}

    return run


@pytest.fixture
def refused():
    """Runs a call that must fail; gives its code, reason and violated fields."""

    def run(call):
        with pytest.raises(grpc.RpcError) as caught:
            answer = call()
            if not hasattr(answer, "DESCRIPTOR"):
                list(answer)
        status = rpc_status.from_call(caught.value)
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        for detail in status.details if status else ():
            detail.Unpack(info) if detail.Is(info.DESCRIPTOR) else detail.Unpack(bad)
        return caught.value.code(), info.reason, [violation.field for violation in bad.field_violations]

    return run
