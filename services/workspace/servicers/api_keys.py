"""ApiKeyService."""

from __future__ import annotations

import grpc
from assay.workspace.v1 import api_key_service_pb2 as pb
from assay.workspace.v1 import api_key_service_pb2_grpc, workspace_pb2

from services.runtime.context import Principal
from services.runtime.errors import InsufficientPermissions
from services.runtime.paging import page_limit
from services.workspace.clock import Clock
from services.workspace.scopes import KNOWN_SCOPES, NOT_BY_DEFAULT
from services.workspace.servicers.caller import caller
from services.workspace.stores.api_keys import ApiKeyStore, NewKey
from services.workspace.validation import Checks, position_of
from services.workspace.wire import api_key_message, page_of

ORDER = ("created_at", "id")
# The last second that a Timestamp can tell: the year 9999.
LAST_SECOND = 253_402_300_799


class ApiKeyServicer(api_key_service_pb2_grpc.ApiKeyServiceServicer):
    """See the contract, assay/workspace/v1/api_key_service.proto."""

    def __init__(self, keys: ApiKeyStore, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def CreateApiKey(self, request: pb.CreateApiKeyRequest, _context: grpc.ServicerContext) -> pb.CreateApiKeyResponse:
        """Makes a key that can do nothing its maker cannot."""
        maker = caller()
        checks = Checks()
        name = checks.name("name", request.name)
        for number, scope in enumerate(request.permissions):
            checks.that(scope in KNOWN_SCOPES, f"permissions[{number}]", f"permissions[{number}] is no known scope.")
        checks.that(request.tier in workspace_pb2.Tier.values(), "tier", "tier is not known.")
        expires_at = self._expiry(request, checks)
        checks.done()
        held = KNOWN_SCOPES if maker.internal else maker.scopes
        permissions = frozenset(request.permissions) or held - NOT_BY_DEFAULT
        _refuse_scopes(permissions - held)
        key = NewKey(
            workspace_id=request.workspace_id,
            name=name,
            permissions=permissions,
            tier=_tier(maker, request.tier),
            expires_at=expires_at,
            created_by="" if maker.internal else maker.subject,
        )
        row, secret = self._keys.create(key)
        return pb.CreateApiKeyResponse(api_key=api_key_message(row, secret))

    def ListApiKeys(self, request: pb.ListApiKeysRequest, _context: grpc.ServicerContext) -> pb.ListApiKeysResponse:
        """Keys that are not revoked, oldest first."""
        limit = page_limit(request.page_size)
        filters = ("api-keys", request.workspace_id)
        after = position_of(request.page_token, (int, str), *filters)
        rows, pagination = page_of(self._keys.page(request.workspace_id, after, limit + 1), limit, ORDER, *filters)
        return pb.ListApiKeysResponse(api_keys=[api_key_message(row) for row in rows], pagination=pagination)

    def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, _context: grpc.ServicerContext) -> pb.RevokeApiKeyResponse:
        """The key stops working."""
        self._keys.revoke(request.workspace_id, request.key_id)
        return pb.RevokeApiKeyResponse()

    def _expiry(self, request: pb.CreateApiKeyRequest, checks: Checks) -> int | None:
        if not request.HasField("expires_at"):
            return None
        told = request.expires_at
        legal = 0 <= told.seconds <= LAST_SECOND and 0 <= told.nanos < 1_000_000_000
        micros = told.seconds * 1_000_000 + told.nanos // 1000
        checks.that(legal and micros > self._clock(), "expires_at", "expires_at must lie in the future.")
        return micros


def _refuse_scopes(missing: frozenset[str]) -> None:
    if missing:
        scopes = ", ".join(sorted(missing))
        raise InsufficientPermissions(f"The token cannot give scopes it lacks: {scopes}.", metadata={"scope": scopes})


def _tier(maker: Principal, wanted: int) -> int:
    """The tier to give. Tiers are numbered from the lowest; a caller without one counts as free."""
    own = maker.tier or workspace_pb2.TIER_FREE
    tier = wanted or own
    if not maker.internal and tier > own:
        raise InsufficientPermissions("The token cannot give a higher tier than its own.")
    return tier
