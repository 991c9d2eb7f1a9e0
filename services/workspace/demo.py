"""The first start: a workspace and a key, so that there is something to talk to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import sqlalchemy as sa
from assay.workspace.v1 import workspace_pb2

from services.runtime.database import Database, settle
from services.workspace.clock import Clock
from services.workspace.scopes import KNOWN_SCOPES
from services.workspace.stores.api_keys import NewKey, hash_of, insert_key
from services.workspace.tables import API_KEYS, WORKSPACES

DEMO_WORKSPACE = "ws_demo"
DEMO_KEY = "demo"
DEMO_KEY_FILE = "demo-key"


def make_demo(database: Database, home: Path, clock: Clock) -> None:
    """Where there is no workspace at all: makes ws_demo and a key with all scopes and the highest tier.

    The secret is printed once on standard output and kept in `<home>/demo-key` (mode 0600) for the command line. A
    later start only gives that key the scopes that have come since.
    """

    def work(connection: sa.Connection) -> str | None:
        if connection.execute(sa.select(WORKSPACES.c.id).limit(1)).first() is not None:
            _catch_up(connection, home / DEMO_KEY_FILE)
            return None
        now = clock()
        row = {"id": DEMO_WORKSPACE, "name": "Demo", "created_at": now}
        connection.execute(sa.insert(WORKSPACES).values(row))
        key = NewKey(DEMO_WORKSPACE, DEMO_KEY, KNOWN_SCOPES, workspace_pb2.TIER_ENTERPRISE)
        _, secret = insert_key(connection, key, now)
        # Before the commit: a key that could not be written down does not come to be.
        _write_secret(home / DEMO_KEY_FILE, secret)
        return secret

    secret = settle(database, work)
    if secret is not None:
        sys.stdout.write(f"assay demo key: {secret}\n")
        sys.stdout.flush()


def _catch_up(connection: sa.Connection, file: Path) -> None:
    """The demo's key can do everything, also what could not be done when it was made. Nobody else's key is touched."""
    try:
        secret = file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return
    ours = (API_KEYS.c.workspace_id == DEMO_WORKSPACE, API_KEYS.c.name == DEMO_KEY, API_KEYS.c.created_by == "")
    everything = " ".join(sorted(KNOWN_SCOPES))
    connection.execute(
        sa.update(API_KEYS)
        .where(*ours, API_KEYS.c.secret_hash == hash_of(secret), API_KEYS.c.permissions != everything)
        .values(permissions=everything)
    )


def _write_secret(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # an old file could be readable for others
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{secret}\n")
