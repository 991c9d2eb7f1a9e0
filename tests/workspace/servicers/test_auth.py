"""AuthService: what the other services learn about a token."""

import grpc
import pytest
from assay.workspace.v1.api_key_service_pb2 import ListApiKeysRequest
from assay.workspace.v1.auth_service_pb2 import AuthenticateRequest
from assay.workspace.v1.workspace_pb2 import TIER_BUSINESS


@pytest.fixture
def ask(stubs, internal):
    return lambda token: stubs.auth.Authenticate(AuthenticateRequest(token=token), metadata=internal)


def test_a_key_is_its_id_its_workspace_its_scopes_and_its_tier(ask, stubs, tenant, new_key):
    secret = new_key(tenant.id, "jobs:read", "brands:read", tier=TIER_BUSINESS)
    listed = stubs.keys.ListApiKeys(ListApiKeysRequest(workspace_id=tenant.id), metadata=tenant.auth).api_keys
    answer = ask(secret)
    assert answer.subject in {key.id for key in listed if key.tier == TIER_BUSINESS}
    assert list(answer.workspace_ids) == [tenant.id]
    assert list(answer.scopes) == ["brands:read", "jobs:read"]
    assert answer.tier == TIER_BUSINESS


@pytest.mark.parametrize(
    "token",
    ["", "sk_live_", "sk_live_" + "A" * 43, "SK_LIVE_abc", "a.b.c", "x" * 8193, "ä", "' OR 1=1 --"],
)
def test_any_other_token_is_refused_without_saying_why(ask, failure, token):
    told = failure(lambda: ask(token))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHORIZED")
    assert told.message == "Invalid or expired token."


def test_a_key_with_a_changed_letter_is_refused(ask, tenant, failure):
    changed = tenant.token[:-1] + ("A" if tenant.token[-1] != "A" else "B")
    assert failure(lambda: ask(changed)).reason == "UNAUTHORIZED"


def test_a_key_is_not_trimmed_into_a_good_one(ask, tenant, failure):
    assert failure(lambda: ask(tenant.token + " ")).reason == "UNAUTHORIZED"


def test_the_hash_of_a_key_is_no_key(ask, tenant, settings, failure):
    from services.workspace.stores.api_keys import hash_of

    assert failure(lambda: ask(hash_of(tenant.token))).reason == "UNAUTHORIZED"
    assert failure(lambda: ask("sk_live_" + hash_of(tenant.token))).reason == "UNAUTHORIZED"
