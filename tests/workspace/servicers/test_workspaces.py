import grpc
import pytest
from assay.workspace.v1.workspace_service_pb2 import CreateWorkspaceRequest, GetWorkspaceRequest


def create(stubs, internal, workspace_id, **fields):
    request = CreateWorkspaceRequest(workspace_id=workspace_id, **fields)
    return stubs.workspaces.CreateWorkspace(request, metadata=internal).workspace


def test_a_workspace_is_named_after_its_id_by_default(stubs, internal, clock):
    workspace = create(stubs, internal, "ws_plain")
    assert (workspace.id, workspace.name) == ("ws_plain", "ws_plain")
    assert workspace.created_at.ToMicroseconds() == clock.micros


def test_a_workspace_can_be_read_by_its_key(stubs, tenant):
    workspace = stubs.workspaces.GetWorkspace(GetWorkspaceRequest(workspace_id=tenant.id), metadata=tenant.auth)
    assert workspace.workspace.id == tenant.id


def test_a_taken_id_is_refused(stubs, internal, failure):
    create(stubs, internal, "ws_taken", name="First")
    told = failure(lambda: create(stubs, internal, "ws_taken", name="Second"))
    assert (told.code, told.reason) == (grpc.StatusCode.ALREADY_EXISTS, "WORKSPACE_EXISTS")


def test_an_unknown_workspace_is_not_found(stubs, internal, failure):
    request = GetWorkspaceRequest(workspace_id="ws_unknown")
    told = failure(lambda: stubs.workspaces.GetWorkspace(request, metadata=internal))
    assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "WORKSPACE_NOT_FOUND")


@pytest.mark.parametrize("bad", ["", "ws_", "WS_a", "ws_A", "ws_a-b", "acme", "ws_a\n", "ws_" + "a" * 62])
def test_an_id_must_fit_the_pattern(stubs, internal, failure, bad):
    told = failure(lambda: create(stubs, internal, bad, name="x"))
    assert (told.reason, told.fields) == ("VALIDATION_ERROR", ["workspaceId"])


def test_every_field_at_fault_is_named(stubs, internal, failure):
    told = failure(lambda: create(stubs, internal, "nope", name="x" * 256))
    assert told.fields == ["workspaceId", "name"]
