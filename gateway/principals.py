"""Who calls: AuthService.Authenticate, remembered for a few seconds by the token's hash.

The services check every call themselves; the gateway asks for the rate limit's sake, and to answer 401 and 403 before
it reads a body: what is wrong with a request is nobody's business who may not make it.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass

from assay.workspace.v1 import auth_service_pb2, workspace_pb2

from gateway import contracts
from gateway.context import Context
from gateway.errors import insufficient_permissions, unauthorized
from gateway.jsonio import Violation
from gateway.requests import ApiRequest

TOKEN_LIMIT_CHARS = 8192
CACHE_ENTRIES = 10_000
INTERNAL_SCOPE = "internal"
AUTHENTICATE = contracts.rpc("workspace.v1.AuthService.Authenticate")


@dataclass(frozen=True)
class Principal:
    """Stable name and tier of the caller, and what it may do where. `internal` may do everything everywhere."""

    subject: str
    tier: int
    workspace_ids: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    internal: bool = False

    def check(self, scope: str, workspace_id: str) -> None:
        """403 INSUFFICIENT_PERMISSIONS, in the services' own words, without the scope or outside the workspace."""
        if self.internal:
            return
        if scope == INTERNAL_SCOPE or scope not in self.scopes:
            raise insufficient_permissions(f"The token lacks the scope {scope}.", [Violation("scope", scope)])
        if workspace_id not in self.workspace_ids:
            raise insufficient_permissions("The token does not belong to this workspace.")


# A service of ours or an operator: no limit of requests.
INTERNAL = Principal("internal", workspace_pb2.TIER_ENTERPRISE, internal=True)


class Principals:
    """Finds principals by token."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def of(self, request: ApiRequest) -> Principal:
        """The caller. 401 without a good token, 503 when the workspace service does not answer."""
        token = request.token
        if not token:
            raise unauthorized()
        if len(token) > TOKEN_LIMIT_CHARS:
            raise unauthorized("Invalid or expired token.")
        internal = self._context.internal_token()
        if hmac.compare_digest(token.encode(), internal.encode()):
            return INTERNAL
        key = hashlib.sha256(token.encode()).digest()
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        answer = await self._context.unary(
            AUTHENTICATE, auth_service_pb2.AuthenticateRequest(token=token), request, token=internal
        )
        principal = Principal(answer.subject, answer.tier, frozenset(answer.workspace_ids), frozenset(answer.scopes))
        self._known[key] = (time.monotonic() + self._context.settings.gateway_token_cache_seconds, principal)
        self._known.move_to_end(key)
        while len(self._known) > CACHE_ENTRIES:
            self._known.popitem(last=False)
        return principal
