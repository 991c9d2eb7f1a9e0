"""API keys. A secret is made here, handed out once, and known afterwards only by its SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.runtime.database import Database
from services.workspace.clock import SECOND, Clock
from services.workspace.errors import ApiKeyNotFound
from services.workspace.stores.workspaces import require_workspace
from services.workspace.tables import API_KEYS

SECRET_PREFIX = "sk_live_"  # noqa: S105 - how a secret begins is no secret
SECRET_BYTES = 32
SHOWN_CHARS = 10
# "last used" is told to about a minute, so that a busy key does not write on every call.
USED_EVERY = 60 * SECOND


@dataclass(frozen=True)
class NewKey:
    """What a key shall be. `expires_at` in microseconds; `created_by` is empty for operators."""

    workspace_id: str
    name: str
    permissions: Iterable[str]
    tier: int
    expires_at: int | None = None
    created_by: str = ""


class ApiKeyStore:
    """Makes, lists, checks and revokes keys."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, key: NewKey) -> tuple[sa.Row[Any], str]:
        """The stored key and its secret. WorkspaceNotFound."""
        with self._database.write() as connection:
            require_workspace(connection, key.workspace_id)
            return insert_key(connection, key, self._clock())

    def page(self, workspace_id: str, after: tuple[int | str, ...] | None, limit: int) -> list[sa.Row[Any]]:
        """At most `limit` keys that are not revoked, oldest first, after (created_at, id). WorkspaceNotFound."""
        query = sa.select(API_KEYS).where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.revoked_at.is_(None))
        if after is not None:
            query = query.where(sa.tuple_(API_KEYS.c.created_at, API_KEYS.c.id) > sa.tuple_(*after))
        with self._database.read() as connection:
            require_workspace(connection, workspace_id)
            return list(connection.execute(query.order_by(API_KEYS.c.created_at, API_KEYS.c.id).limit(limit)))

    def revoke(self, workspace_id: str, key_id: str) -> None:
        """The key stops working. ApiKeyNotFound, also for one that is revoked already."""
        update = (
            sa.update(API_KEYS)
            .where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.id == key_id, API_KEYS.c.revoked_at.is_(None))
            .values(revoked_at=self._clock())
        )
        with self._database.write() as connection:
            if connection.execute(update).rowcount == 0:
                raise ApiKeyNotFound("API key not found.", metadata={"key_id": key_id})

    def accept(self, secret: str) -> sa.Row[Any] | None:
        """The key with this secret, if it works now; notes its use. None for any other."""
        now = self._clock()
        query = sa.select(API_KEYS).where(API_KEYS.c.secret_hash == hash_of(secret), API_KEYS.c.revoked_at.is_(None))
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        if row.last_used_at is None or row.last_used_at <= now - USED_EVERY:
            with self._database.write() as connection:
                connection.execute(sa.update(API_KEYS).where(API_KEYS.c.id == row.id).values(last_used_at=now))
        return row


def insert_key(connection: sa.Connection, key: NewKey, now: int) -> tuple[sa.Row[Any], str]:
    """Stores a new key within a transaction; see ApiKeyStore.create."""
    secret = SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = {
        "id": f"key_{secrets.token_hex(8)}",
        "workspace_id": key.workspace_id,
        "name": key.name,
        "key_prefix": secret[:SHOWN_CHARS],
        "secret_hash": hash_of(secret),
        "permissions": " ".join(sorted(set(key.permissions))),
        "tier": key.tier,
        "created_at": now,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
    }
    return connection.execute(sa.insert(API_KEYS).values(row).returning(*API_KEYS.c)).one(), secret


def hash_of(secret: str) -> str:
    """What is stored of a secret. Plain SHA-256 is enough: the secret has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
