"""Tokens of either kind: API keys from our own table, JSON Web Tokens of the configured issuer."""

from __future__ import annotations

from services.runtime.context import Principal
from services.runtime.errors import Unauthorized
from services.runtime.interceptors.auth import TOKEN_LIMIT_CHARS
from services.workspace.auth.jwt_verifier import REFUSED, JwtVerifier
from services.workspace.scopes import known
from services.workspace.stores.api_keys import SECRET_PREFIX, ApiKeyStore


class TokenAuthenticator:
    """Used by this service's own interceptor, and by AuthService for all others."""

    def __init__(self, keys: ApiKeyStore, jwt: JwtVerifier | None) -> None:
        self._keys = keys
        self._jwt = jwt

    def authenticate(self, token: str) -> Principal:
        """Who this is. Unauthorized for anything that is not a working key or a valid token; UpstreamUnavailable when
        the issuer's key server does not answer.
        """
        if not token or len(token) > TOKEN_LIMIT_CHARS:
            raise Unauthorized(REFUSED)
        if token.startswith(SECRET_PREFIX):
            return self._key(token)
        if self._jwt is not None and token.count(".") == 2:
            return self._jwt.verify(token)
        raise Unauthorized(REFUSED)

    def _key(self, secret: str) -> Principal:
        row = self._keys.accept(secret)
        if row is None:
            raise Unauthorized(REFUSED)
        return Principal(
            subject=row.id,
            workspace_ids=frozenset({row.workspace_id}),
            scopes=known(row.permissions.split()),
            tier=row.tier,
        )
