"""The workspace service behind pytest-grpc in real-server mode: real interceptors, a real database, a clock to set."""

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import grpc
import pytest
from assay.workspace.v1 import (
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    auth_service_pb2_grpc,
    brand_service_pb2_grpc,
    category_service_pb2_grpc,
    job_service_pb2_grpc,
    settings_service_pb2_grpc,
    workspace_service_pb2,
    workspace_service_pb2_grpc,
)
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.workspace.app import MIGRATIONS, build
from services.workspace.clock import SECOND
from services.workspace.scopes import KNOWN_SCOPES
from services.workspace.settings import WorkspaceSettings
from tests.support.databases import opened
from tests.support.servers import (  # noqa: F401 - fixtures are found by their names
    _grpc_server,
    grpc_add_to_server,
    grpc_addr,
    grpc_interceptors,
    grpc_server,
    grpc_servicer,
)

INTERNAL_TOKEN = "internal-token-of-the-tests"
NUMBERS = itertools.count(1)


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.micros = 1_800_000_000 * SECOND

    def __call__(self) -> int:
        return self.micros

    def advance(self, seconds: float) -> None:
        self.micros += round(seconds * SECOND)


class Failure(NamedTuple):
    code: grpc.StatusCode
    reason: str
    message: str
    metadata: dict[str, str]
    fields: list[str]


@dataclass
class Tenant:
    """A workspace and a token with all scopes for it."""

    id: str
    token: str

    @property
    def auth(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self.token}")]


class Stubs:
    """The services over one channel."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.workspaces = workspace_service_pb2_grpc.WorkspaceServiceStub(channel)
        self.keys = api_key_service_pb2_grpc.ApiKeyServiceStub(channel)
        self.auth = auth_service_pb2_grpc.AuthServiceStub(channel)
        self.brands = brand_service_pb2_grpc.BrandServiceStub(channel)
        self.categories = category_service_pb2_grpc.CategoryServiceStub(channel)
        self.jobs = job_service_pb2_grpc.JobServiceStub(channel)
        self.settings = settings_service_pb2_grpc.SettingsServiceStub(channel)


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside():
    """A developer's ASSAY_… variables must not reach the tests."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("ASSAY_")}
    yield
    os.environ.update(before)


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def service_database(databases):
    """The one of the service, of either kind."""
    database = opened(databases.migrated(MIGRATIONS), MIGRATIONS)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def settings(service_database, tmp_path_factory) -> WorkspaceSettings:
    return WorkspaceSettings(
        home=tmp_path_factory.mktemp("home"),
        database_url=service_database.url.render_as_string(hide_password=False),
        internal_token=INTERNAL_TOKEN,
        workspace_port=0,
        workspace_metrics_port=0,
        workspace_demo=False,
        workspace_sweep_seconds=3600,
    )


@pytest.fixture(scope="module")
def app(settings, clock):
    app = build(settings, clock)
    for hook in app.on_start:
        hook()
    yield app
    for hook in app.on_stop:
        hook()


@pytest.fixture(scope="module")
def stubs(grpc_channel) -> Stubs:
    return Stubs(grpc_channel)


@pytest.fixture(scope="module")
def internal() -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {INTERNAL_TOKEN}")]


@pytest.fixture(scope="module")
def new_key(stubs, internal) -> Callable[..., str]:
    """Makes a key as an operator does; returns its secret."""

    def make(workspace_id: str, *scopes: str, **fields) -> str:
        request = api_key_service_pb2.CreateApiKeyRequest(
            workspace_id=workspace_id, name="test", permissions=scopes, **fields
        )
        return stubs.keys.CreateApiKey(request, metadata=internal).api_key.secret

    return make


@pytest.fixture(scope="module")
def new_tenant(stubs, internal, new_key) -> Callable[[], Tenant]:
    def make() -> Tenant:
        workspace_id = f"ws_t{next(NUMBERS)}"
        stubs.workspaces.CreateWorkspace(
            workspace_service_pb2.CreateWorkspaceRequest(workspace_id=workspace_id), metadata=internal
        )
        return Tenant(workspace_id, new_key(workspace_id, *sorted(KNOWN_SCOPES), tier="TIER_PRO"))

    return make


@pytest.fixture
def tenant(new_tenant) -> Tenant:
    return new_tenant()


@pytest.fixture
def other(new_tenant) -> Tenant:
    return new_tenant()


@pytest.fixture(scope="session")
def failure() -> Callable[[Callable[[], object]], Failure]:
    """Runs a call that must fail; tells how, from the one ErrorInfo it must carry."""

    def run(call: Callable[[], object]) -> Failure:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        status = rpc_status.from_call(caught.value)
        assert status is not None
        infos, fields = [], []
        for detail in status.details:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                infos.append(info)
            elif detail.Unpack(bad):
                fields = [violation.field for violation in bad.field_violations]
        assert len(infos) == 1
        return Failure(caught.value.code(), infos[0].reason, status.message, dict(infos[0].metadata), fields)

    return run
