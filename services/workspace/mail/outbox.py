"""Messages as files, where there is no server or nobody to send them to."""

from __future__ import annotations

import secrets
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path


def write_message(folder: Path, name: str, message: EmailMessage) -> Path:
    """Writes `name`.eml, whole or not at all, for our own user's eyes; the folder is made. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.eml"
    draft = folder / f".{name}.{secrets.token_hex(4)}"
    try:
        draft.touch(mode=0o600)
        draft.write_bytes(message.as_bytes(policy=SMTP))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path
