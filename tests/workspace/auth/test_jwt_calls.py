"""A JSON Web Token all the way through the service's own doors."""

import grpc
import pytest
from assay.workspace.v1.api_key_service_pb2 import CreateApiKeyRequest
from assay.workspace.v1.auth_service_pb2 import AuthenticateRequest
from assay.workspace.v1.workspace_pb2 import TIER_FREE, TIER_PRO
from assay.workspace.v1.workspace_service_pb2 import GetWorkspaceRequest

from services.workspace.settings import WorkspaceSettings
from tests.workspace.auth.key_server import AUDIENCE, CLAIM, ISSUER, KeyServer, public, signed


@pytest.fixture(scope="module")
def issuer(private):
    running = KeyServer()
    running.keys = [public(private, "one")]
    yield running
    running.close()


@pytest.fixture(scope="module")
def settings(settings, issuer):
    return WorkspaceSettings(
        **settings.model_dump()
        | {
            "internal_token": settings.internal_token,
            "workspace_jwt_jwks_url": issuer.url,
            "workspace_jwt_issuer": ISSUER,
            "workspace_jwt_audience": AUDIENCE,
        }
    )


@pytest.fixture
def auth(private):
    return lambda **changes: [("authorization", f"Bearer {signed(private, **changes)}")]


def test_a_user_reaches_the_workspaces_of_the_token(stubs, tenant, auth):
    request = GetWorkspaceRequest(workspace_id=tenant.id)
    metadata = auth(permissions=["workspace:read"], **{CLAIM: [tenant.id, "ws_more"]})
    assert stubs.workspaces.GetWorkspace(request, metadata=metadata).workspace.id == tenant.id


def test_a_user_does_not_reach_other_workspaces(stubs, tenant, other, auth, failure):
    request = GetWorkspaceRequest(workspace_id=other.id)
    metadata = auth(permissions=["workspace:read"], **{CLAIM: [tenant.id]})
    assert failure(lambda: stubs.workspaces.GetWorkspace(request, metadata=metadata)).reason == (
        "INSUFFICIENT_PERMISSIONS"
    )


def test_a_user_needs_the_scope(stubs, tenant, auth, failure):
    request = GetWorkspaceRequest(workspace_id=tenant.id)
    metadata = auth(permissions=["jobs:read"], **{CLAIM: [tenant.id]})
    assert failure(lambda: stubs.workspaces.GetWorkspace(request, metadata=metadata)).metadata == {
        "scope": "workspace:read"
    }


def test_a_scope_called_internal_opens_nothing(stubs, auth, failure):
    metadata = auth(permissions=["internal"], scope="internal", sub="internal")
    told = failure(lambda: stubs.auth.Authenticate(AuthenticateRequest(token="x"), metadata=metadata))
    assert told.code is grpc.StatusCode.PERMISSION_DENIED


def test_an_expired_token_is_refused_at_the_door(stubs, tenant, auth, failure):
    request = GetWorkspaceRequest(workspace_id=tenant.id)
    told = failure(lambda: stubs.workspaces.GetWorkspace(request, metadata=auth(exp=1_000_000_000)))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHORIZED")


def test_other_services_learn_who_a_user_is(stubs, internal, private):
    token = signed(private, **{CLAIM: ["ws_b", "ws_a"]})
    answer = stubs.auth.Authenticate(AuthenticateRequest(token=token), metadata=internal)
    assert (answer.subject, list(answer.workspace_ids)) == ("auth0|ada", ["ws_a", "ws_b"])
    assert (list(answer.scopes), answer.tier) == (["brands:read", "jobs:read"], TIER_PRO)


def test_a_key_made_by_a_user_says_so_and_can_no_more_than_the_user(stubs, tenant, auth, failure):
    metadata = auth(permissions=["keys:write", "jobs:read"], scope="", **{CLAIM: [tenant.id]})
    request = CreateApiKeyRequest(workspace_id=tenant.id, name="mine")
    key = stubs.keys.CreateApiKey(request, metadata=metadata).api_key
    assert (key.created_by, list(key.permissions), key.tier) == ("auth0|ada", ["jobs:read"], TIER_PRO)
    request.tier = TIER_FREE
    assert stubs.keys.CreateApiKey(request, metadata=metadata).api_key.tier == TIER_FREE
    request.permissions.append("brands:read")
    assert failure(lambda: stubs.keys.CreateApiKey(request, metadata=metadata)).reason == "INSUFFICIENT_PERMISSIONS"
