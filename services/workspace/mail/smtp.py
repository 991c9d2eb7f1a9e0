"""An SMTP server, as a URL names it, and handing it one message."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

PORTS: Final[Mapping[str, int]] = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
EXPECTED: Final = "workspace_smtp_url must be smtp://, smtp+starttls:// or smtps://, then [user:password@]host[:port]"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SAID_CHARS: Final = 200


@dataclass(frozen=True)
class SmtpServer:
    """Who takes mails. Certificates are checked against those the system trusts."""

    scheme: str
    """One of `PORTS`."""
    host: str
    port: int
    timeout_seconds: float
    user: str = field(default="", repr=False)
    """Empty: no login."""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Delivery:
    """What became of a message that the server was asked to take. Recipients in neither list have it."""

    later: tuple[str, ...] = ()
    """Refused for now."""
    never: tuple[str, ...] = ()
    """Refused for good."""
    said: str = ""
    """Why, for the log."""


class UnreachableError(Exception):
    """The server is away, or takes no mail from us; that may be mended. The text has no secret."""


def server_of(url: str, timeout_seconds: float) -> SmtpServer:
    """The server of a URL with user and password percent-encoded. ValueError, without any part of the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(EXPECTED) from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(EXPECTED)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("workspace_smtp_url must have both user and password, or none")
    if not (user + password).isascii():
        raise ValueError("workspace_smtp_url must have user and password in ASCII")
    if user and parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
        raise ValueError("workspace_smtp_url must be smtp+starttls or smtps to send a password to another machine")
    port = PORTS[parts.scheme] if port is None else port
    return SmtpServer(parts.scheme, parts.hostname, port, timeout_seconds, user, password)


def send(server: SmtpServer, message: EmailMessage, sender: str, recipients: Sequence[str]) -> Delivery:
    """Hands the message over, once. UnreachableError when it did not come to that."""
    try:
        connection = _connected(server)
    except (smtplib.SMTPException, OSError) as error:
        raise UnreachableError(_told(error)) from None
    try:
        refused = connection.send_message(message, sender, list(recipients))
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        refused = dict.fromkeys(recipients, (error.smtp_code, _bytes(error.smtp_error)))
    except (smtplib.SMTPException, OSError) as error:
        raise UnreachableError(_told(error)) from None
    finally:
        # It has been said what becomes of the message: a farewell that fails must not have it sent again.
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
        connection.close()
    return _delivery(refused)


def _connected(server: SmtpServer) -> smtplib.SMTP:
    """A connection, encrypted and logged in as the URL says."""
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=server.timeout_seconds, context=ssl.create_default_context()
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
    try:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _delivery(refused: Mapping[str, tuple[int, bytes]]) -> Delivery:
    never = tuple(address for address, (code, _) in refused.items() if 500 <= code < 600)
    later = tuple(address for address in refused if address not in never)
    # Servers like to repeat whom they refuse; who our users are is nothing for a log.
    said = {_line(*answer).replace(address, "(recipient)") for address, answer in refused.items()}
    return Delivery(later, never, "; ".join(sorted(said)))


def _told(error: Exception) -> str:
    """The kind of error, and what the server said; after a login its code alone."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the login was refused: {error.smtp_code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__}: {_line(error.smtp_code, _bytes(error.smtp_error))}"
    return f"{type(error).__name__}: {error}"[:_SAID_CHARS]


def _line(code: int, text: bytes) -> str:
    return f"{code} {text.decode('utf-8', 'replace')}"[:_SAID_CHARS]


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
