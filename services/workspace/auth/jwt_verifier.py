"""JSON Web Tokens as Auth0 issues them: RS256, checked against the issuer's published key set.

Refused: every other algorithm (`none`, and HS256 signed with the public key among them), a wrong issuer or audience, a
token without or past its expiry, a key id the key set does not have. When the key set cannot be had, the token is
neither good nor bad: UpstreamUnavailable, so that a caller with a good one tries again.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.exceptions import PyJWKClientConnectionError, PyJWKSetError

from services.runtime.context import Principal
from services.runtime.errors import Unauthorized, UpstreamUnavailable
from services.runtime.log import logger
from services.workspace.scopes import known

ALGORITHM = "RS256"
LEEWAY_SECONDS = 10
# After a failed fetch: how long others are answered at once instead of each waiting for the timeout in turn.
DOWN_SECONDS = 2.0
# One text for every reason: which it was would help whoever guesses.
REFUSED = "Invalid or expired token."


@dataclass(frozen=True)
class JwtSettings:
    """Whose tokens are accepted. Times in seconds; see WorkspaceSettings for what each means."""

    jwks_url: str
    issuer: str
    audience: str
    workspaces_claim: str
    tier: int
    key_set_seconds: float = 300.0
    refetch_seconds: float = 30.0
    timeout_seconds: float = 5.0


class JwtVerifier:
    """Checks tokens; keeps the key set."""

    def __init__(self, settings: JwtSettings) -> None:
        self._settings = settings
        self._client = jwt.PyJWKClient(
            settings.jwks_url,
            lifespan=settings.key_set_seconds,
            cooldown_duration=settings.refetch_seconds,
            timeout=settings.timeout_seconds,
        )
        self._lock = threading.Lock()
        self._down_until = 0.0

    def verify(self, token: str) -> Principal:
        """Who the token names. Unauthorized; UpstreamUnavailable when the key server does not answer."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise Unauthorized(REFUSED) from None
        key_id = header.get("kid")
        # Before any key is fetched: what could never be accepted shall cost nothing.
        if header.get("alg") != ALGORITHM or not isinstance(key_id, str) or not key_id:
            raise Unauthorized(REFUSED)
        return self._principal(self._claims(token, self._key(key_id)))

    def _key(self, key_id: str) -> jwt.PyJWK:
        with self._lock:
            if time.monotonic() < self._down_until:
                raise UpstreamUnavailable("The token cannot be checked now; try again later.")
            try:
                return self._client.get_signing_key(key_id)
            except (PyJWKClientConnectionError, PyJWKSetError, ValueError, OSError, http.client.HTTPException) as error:
                self._down_until = time.monotonic() + DOWN_SECONDS
                logger().warning("key set not available", error=type(error).__name__)
                raise UpstreamUnavailable("The token cannot be checked now; try again later.") from error
            except jwt.PyJWTError:
                raise Unauthorized(REFUSED) from None

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError):
            raise Unauthorized(REFUSED) from None

    def _principal(self, claims: dict[str, Any]) -> Principal:
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise Unauthorized(REFUSED)
        scope = claims.get("scope")
        granted = [*_texts(claims.get("permissions")), *(scope.split() if isinstance(scope, str) else ())]
        return Principal(
            subject=subject,
            workspace_ids=frozenset(_texts(claims.get(self._settings.workspaces_claim))),
            scopes=known(granted),
            tier=self._settings.tier,
        )


def _texts(value: object) -> Iterable[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
