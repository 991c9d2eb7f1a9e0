import re

import grpc
import pytest
import sqlalchemy as sa
from assay.workspace.v1.api_key_service_pb2 import CreateApiKeyRequest, ListApiKeysRequest, RevokeApiKeyRequest
from assay.workspace.v1.workspace_pb2 import TIER_BUSINESS, TIER_FREE, TIER_PRO
from assay.workspace.v1.workspace_service_pb2 import GetWorkspaceRequest
from google.protobuf.timestamp_pb2 import Timestamp

from services.workspace.scopes import KNOWN_SCOPES


def create(stubs, tenant, auth=None, name="shop", **fields):
    request = CreateApiKeyRequest(workspace_id=tenant.id, name=name, **fields)
    return stubs.keys.CreateApiKey(request, metadata=auth or tenant.auth).api_key


def keys_of(stubs, tenant, **fields):
    return stubs.keys.ListApiKeys(ListApiKeysRequest(workspace_id=tenant.id, **fields), metadata=tenant.auth)


def bearer(secret):
    return [("authorization", f"Bearer {secret}")]


def knock(stubs, tenant, secret):
    return stubs.workspaces.GetWorkspace(GetWorkspaceRequest(workspace_id=tenant.id), metadata=bearer(secret))


def at(micros):
    stamp = Timestamp()
    stamp.FromMicroseconds(micros)
    return stamp


def test_a_secret_has_256_random_bits_behind_its_prefix(stubs, tenant):
    key = create(stubs, tenant)
    assert re.fullmatch(r"sk_live_[A-Za-z0-9_-]{43}", key.secret)
    assert key.key_prefix == key.secret[:10]
    assert re.fullmatch(r"key_[0-9a-f]{16}", key.id)


def test_a_new_key_opens_the_door(stubs, tenant):
    assert knock(stubs, tenant, create(stubs, tenant).secret).workspace.id == tenant.id


def test_a_secret_is_shown_once(stubs, tenant):
    created = create(stubs, tenant)
    listed = [key for key in keys_of(stubs, tenant).api_keys if key.id == created.id]
    assert len(listed) == 1
    assert not listed[0].HasField("secret")


def test_no_secret_is_in_the_database(stubs, tenant, service_database):
    secret = create(stubs, tenant).secret
    with service_database.read() as connection:
        stored = connection.execute(sa.text("SELECT * FROM api_keys")).all()
    assert stored
    assert not any(secret[10:] in str(value) for row in stored for value in row)


def test_no_secret_is_in_the_logs(stubs, tenant, capsys):
    secret = create(stubs, tenant).secret
    knock(stubs, tenant, secret)
    out, err = capsys.readouterr()
    assert secret[10:] not in out + err


def test_permissions_default_to_those_of_the_caller_but_for_making_keys(stubs, tenant):
    assert set(create(stubs, tenant).permissions) == KNOWN_SCOPES - {"keys:write"}


def test_permissions_default_to_those_of_a_lesser_caller(stubs, tenant, new_key):
    lesser = bearer(new_key(tenant.id, "keys:write", "jobs:read"))
    assert list(create(stubs, tenant, lesser).permissions) == ["jobs:read"]


def test_an_operators_key_gets_every_scope_but_making_keys_and_the_lowest_tier(stubs, tenant, internal):
    key = create(stubs, tenant, internal)
    assert set(key.permissions) == KNOWN_SCOPES - {"keys:write"}
    assert (key.tier, key.created_by) == (TIER_FREE, "")


def test_permissions_are_sorted_and_unique(stubs, tenant):
    key = create(stubs, tenant, permissions=["jobs:read", "brands:read", "jobs:read"])
    assert list(key.permissions) == ["brands:read", "jobs:read"]


def test_a_key_says_who_made_it(stubs, tenant):
    first = keys_of(stubs, tenant).api_keys[0]
    assert create(stubs, tenant).created_by == first.id


def test_a_caller_cannot_give_a_scope_it_lacks(stubs, tenant, new_key, failure):
    lesser = bearer(new_key(tenant.id, "keys:write", "jobs:read"))
    told = failure(lambda: create(stubs, tenant, lesser, permissions=["jobs:read", "brands:write"]))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_PERMISSIONS")
    assert told.metadata == {"scope": "brands:write"}


@pytest.mark.parametrize("scope", ["internal", "Jobs:read", "", "jobs:read brands:read"])
def test_unknown_scopes_are_refused(stubs, tenant, internal, failure, scope):
    told = failure(lambda: create(stubs, tenant, internal, permissions=["jobs:read", scope]))
    assert (told.reason, told.fields) == ("VALIDATION_ERROR", ["permissions[1]"])


def test_a_caller_cannot_give_a_higher_tier(stubs, tenant, failure):
    told = failure(lambda: create(stubs, tenant, tier=TIER_BUSINESS))
    assert told.code is grpc.StatusCode.PERMISSION_DENIED


def test_a_tier_is_the_callers_by_default_and_may_be_lower(stubs, tenant):
    assert create(stubs, tenant).tier == TIER_PRO
    assert create(stubs, tenant, tier=TIER_FREE).tier == TIER_FREE


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "a\x00b", "line\nbreak"])
def test_a_name_must_be_a_name(stubs, tenant, failure, name):
    told = failure(lambda: create(stubs, tenant, name=name))
    assert told.fields[0] == "name"


def test_an_expired_key_is_refused(stubs, tenant, clock, failure):
    secret = create(stubs, tenant, expires_at=at(clock.micros + 60_000_000)).secret
    knock(stubs, tenant, secret)
    clock.advance(60)
    assert failure(lambda: knock(stubs, tenant, secret)).reason == "UNAUTHORIZED"


def test_an_expiry_is_told_back(stubs, tenant, clock):
    expiry = at(clock.micros + 1_000_000)
    assert create(stubs, tenant, expires_at=expiry).expires_at == expiry
    assert not create(stubs, tenant).HasField("expires_at")


@pytest.mark.parametrize(
    "expiry",
    [at(0), Timestamp(seconds=-1), Timestamp(seconds=2**62), Timestamp(seconds=4_000_000_000, nanos=-5)],
    ids=["past", "negative", "beyond the year 9999", "broken nanos"],
)
def test_an_expiry_must_lie_in_the_future(stubs, tenant, failure, expiry):
    assert failure(lambda: create(stubs, tenant, expires_at=expiry)).fields == ["expires_at"]


def test_an_expiry_of_just_now_is_the_past(stubs, tenant, clock, failure):
    assert failure(lambda: create(stubs, tenant, expires_at=at(clock.micros))).fields == ["expires_at"]


def test_a_revoked_key_is_refused_at_once_and_listed_no_more(stubs, tenant, failure):
    key = create(stubs, tenant)
    knock(stubs, tenant, key.secret)
    stubs.keys.RevokeApiKey(RevokeApiKeyRequest(workspace_id=tenant.id, key_id=key.id), metadata=tenant.auth)
    assert failure(lambda: knock(stubs, tenant, key.secret)).reason == "UNAUTHORIZED"
    assert key.id not in {listed.id for listed in keys_of(stubs, tenant).api_keys}


def test_revoking_twice_is_not_found(stubs, tenant, failure):
    request = RevokeApiKeyRequest(workspace_id=tenant.id, key_id=create(stubs, tenant).id)
    stubs.keys.RevokeApiKey(request, metadata=tenant.auth)
    told = failure(lambda: stubs.keys.RevokeApiKey(request, metadata=tenant.auth))
    assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "API_KEY_NOT_FOUND")


def test_a_key_of_another_workspace_cannot_be_revoked(stubs, tenant, other, failure):
    key = create(stubs, other)
    request = RevokeApiKeyRequest(workspace_id=tenant.id, key_id=key.id)
    told = failure(lambda: stubs.keys.RevokeApiKey(request, metadata=tenant.auth))
    assert told.reason == "API_KEY_NOT_FOUND"
    knock(stubs, other, key.secret)


def test_a_list_holds_only_the_keys_of_its_workspace(stubs, tenant, other):
    create(stubs, other)
    assert {key.workspace_id for key in keys_of(stubs, tenant).api_keys} == {tenant.id}


def test_the_last_use_is_noted_to_about_a_minute(stubs, tenant, clock):
    key = create(stubs, tenant)

    def last_used():
        found = next(listed for listed in keys_of(stubs, tenant).api_keys if listed.id == key.id)
        return found.last_used_at.ToMicroseconds() if found.HasField("last_used_at") else None

    assert last_used() is None
    first = clock.micros
    knock(stubs, tenant, key.secret)
    assert last_used() == first
    clock.advance(59)
    knock(stubs, tenant, key.secret)
    assert last_used() == first
    clock.advance(1)
    knock(stubs, tenant, key.secret)
    assert last_used() == clock.micros


def test_keys_are_listed_page_by_page_oldest_first(stubs, tenant, clock):
    made = [key.id for key in keys_of(stubs, tenant).api_keys]
    for _ in range(4):
        clock.advance(1)
        made.append(create(stubs, tenant).id)
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        answer = keys_of(stubs, tenant, page_size=2, page_token=cursor)
        assert answer.pagination.limit == 2
        assert answer.pagination.has_more == answer.pagination.HasField("cursor")
        found += [key.id for key in answer.api_keys]
        cursor, pages = answer.pagination.cursor, pages + 1
    assert (found, pages) == (made, 3)


def test_keys_for_a_workspace_that_does_not_exist_are_refused(stubs, internal, failure):
    request = CreateApiKeyRequest(workspace_id="ws_missing", name="x")
    assert failure(lambda: stubs.keys.CreateApiKey(request, metadata=internal)).reason == "WORKSPACE_NOT_FOUND"
