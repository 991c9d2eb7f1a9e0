"""Who may call: bearer token, workspace and scope, from the options of the method itself."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import grpc

from services.runtime.context import Call, Principal
from services.runtime.errors import InsufficientPermissions, Unauthorized

INTERNAL_SCOPE = "internal"
TOKEN_LIMIT_CHARS = 8192


class Authenticator(Protocol):
    """Finds out who a bearer token is."""

    def authenticate(self, token: str) -> Principal:
        """Raises Unauthorized for a token that is unknown, revoked, expired or malformed."""


class AuthAround:
    """Checks every call against the scope its method names. Methods it does not know are refused."""

    def __init__(self, scopes: Mapping[str, str], authenticator: Authenticator, internal_token: str) -> None:
        self._scopes = scopes
        self._authenticator = authenticator
        self._internal_token = internal_token.encode()

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Authenticates the token and checks the scope."""
        metadata = dict(context.invocation_metadata() or ())
        call.principal = self._principal(str(metadata.get("authorization", "")))
        scope = self._scopes.get(call.method, INTERNAL_SCOPE)
        if not call.principal.internal and (scope == INTERNAL_SCOPE or scope not in call.principal.scopes):
            raise InsufficientPermissions(f"The token lacks the scope {scope}.", metadata={"scope": scope})
        yield

    def inspect(self, call: Call, message: Any) -> None:
        """Checks that the caller belongs to the workspace the request names."""
        call.workspace_id = workspace_of(message)
        principal = call.principal
        if principal is None:
            raise Unauthorized("Missing bearer token.")
        if not principal.internal and call.workspace_id not in principal.workspace_ids:
            raise InsufficientPermissions("The token does not belong to this workspace.")

    def _principal(self, header: str) -> Principal:
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if not token or scheme.lower() != "bearer":
            raise Unauthorized("Missing bearer token.")
        if len(token) > TOKEN_LIMIT_CHARS:
            raise Unauthorized("Invalid or expired token.")
        if hmac.compare_digest(token.encode(), self._internal_token):
            return Principal(subject="internal", internal=True)
        return self._authenticator.authenticate(token)


def workspace_of(message: Any) -> str:
    """The workspace a request names: its own field, or that of the part of a client stream's first message."""
    names = message.DESCRIPTOR.fields_by_name
    if "workspace_id" in names:
        return str(message.workspace_id)
    for oneof in message.DESCRIPTOR.oneofs:
        part = message.WhichOneof(oneof.name)
        if part and names[part].message_type and "workspace_id" in names[part].message_type.fields_by_name:
            return str(getattr(message, part).workspace_id)
    return ""
