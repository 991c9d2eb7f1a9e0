"""Token checks by asking the workspace service, remembered for a few seconds."""

from __future__ import annotations

import hashlib
import threading

import grpc
from assay.workspace.v1 import auth_service_pb2, auth_service_pb2_grpc
from cachetools import TTLCache

from services.runtime.context import Principal
from services.runtime.errors import Unauthorized, UpstreamUnavailable

# How long a revoked key may still be accepted by a process that has seen it.
CACHE_SECONDS = 5.0
CACHE_ENTRIES = 10_000


class RemoteAuthenticator:
    """Asks AuthService.Authenticate; keeps positive answers by the token's hash."""

    def __init__(self, channel: grpc.Channel, *, cache_seconds: float = CACHE_SECONDS) -> None:
        self._stub = auth_service_pb2_grpc.AuthServiceStub(channel)
        self._cache: TTLCache[bytes, Principal] = TTLCache(CACHE_ENTRIES, cache_seconds)
        self._lock = threading.Lock()

    def authenticate(self, token: str) -> Principal:
        """See Authenticator. UpstreamUnavailable when the workspace service does not answer."""
        key = hashlib.sha256(token.encode()).digest()
        with self._lock:
            known = self._cache.get(key)
        if known is not None:
            return known
        principal = self._ask(token)
        with self._lock:
            self._cache[key] = principal
        return principal

    def _ask(self, token: str) -> Principal:
        try:
            answer = self._stub.Authenticate(auth_service_pb2.AuthenticateRequest(token=token), timeout=10)
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNAUTHENTICATED:
                raise Unauthorized("Invalid or expired token.") from None
            raise UpstreamUnavailable("The token cannot be checked now; try again later.") from error
        return Principal(
            subject=answer.subject,
            workspace_ids=frozenset(answer.workspace_ids),
            scopes=frozenset(answer.scopes),
            tier=answer.tier,
        )
