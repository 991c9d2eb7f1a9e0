"""The thread that sends what is due in the outbox (see `stores.mails`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.runtime.log import logger
from services.runtime.periodic import Periodic
from services.workspace.clock import SECOND, Clock
from services.workspace.mail.letter import letter
from services.workspace.mail.outbox import write_message
from services.workspace.mail.smtp import Delivery, SmtpServer, UnreachableError, send
from services.workspace.stores.mails import Mail, MailStore

FIRST_PAUSE: Final = 15 * SECOND
LONGEST_PAUSE: Final = 60 * 60 * SECOND
GIVEN_UP_AFTER: Final = 24 * 60 * 60 * SECOND
"""Since the end of the job."""
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Post:
    """Where mails go, and what all of them say."""

    server: SmtpServer | None
    """None: into files."""
    outbox: Path
    """Folder for messages without a server, or without anybody to send them to."""
    sender: str
    recipients: tuple[str, ...] = ()
    """Those of workspaces that name none."""
    public_url: str | None = None


class Mailer(Periodic):
    """Sends until it is stopped; what is left then is sent in the next life, before anything else."""

    def __init__(self, mails: MailStore, post: Post, interval_seconds: float, clock: Clock) -> None:
        failed = "mails cannot be looked for; the next round tries again"
        super().__init__("mailer", interval_seconds, stop_seconds=STOP_SECONDS, failed=failed)
        self._mails = mails
        self._post = post
        self._clock = clock

    def work(self) -> None:
        """One round: sends what is due, until nothing is or the server is away. SQLAlchemyError."""
        while not self._stopping.is_set() and self._send_next():
            pass

    def _send_next(self) -> bool:
        """Sends what has been due for longest. Whether to go on: something was due, and the server is there."""
        mail = self._mails.claim()
        if mail is None:
            return False
        try:
            delivery = self._delivered(mail)
        except UnreachableError as error:
            self._try_later(mail, mail.recipients, reason=str(error))
            return False
        except Exception:  # noqa: BLE001 - the boundary of the thread: one mail must not keep the others back
            logger().exception("mail cannot be made", job_id=mail.job.id)
            self._try_later(mail, mail.recipients, reason="see the error before")
            return True
        if delivery.never:
            logger().warning("mail was refused", recipients=len(delivery.never), reason=delivery.said, **_named(mail))
        if delivery.later:
            self._try_later(mail, delivery.later, reason=delivery.said)
        else:
            self._mails.remove(mail)
        return True

    def _delivered(self, mail: Mail) -> Delivery:
        post, recipients = self._post, mail.recipients or self._post.recipients
        message = letter(mail.job, sender=post.sender, recipients=recipients, public_url=post.public_url)
        if post.server is not None and recipients:
            delivery = send(post.server, message, post.sender, recipients)
            sent = len(recipients) - len(delivery.later) - len(delivery.never)
            if sent:
                logger().info("mail sent", recipients=sent, **_named(mail))
            return delivery
        file = write_message(post.outbox, mail.job.id, message)
        if post.server is None:
            logger().info("mail written", file=str(file), **_named(mail))
        else:
            logger().warning("mail has no recipient and was written instead", file=str(file), **_named(mail))
        return Delivery()

    def _try_later(self, mail: Mail, recipients: Sequence[str], *, reason: str) -> None:
        pause = min(FIRST_PAUSE * 2 ** (mail.tries - 1), LONGEST_PAUSE)
        due_at = self._clock() + pause
        if due_at > mail.created_at + GIVEN_UP_AFTER:
            logger().warning("mail was given up", tries=mail.tries, reason=reason, **_named(mail))
            self._mails.remove(mail)
            return
        logger().warning("mail has to wait", seconds=pause // SECOND, reason=reason, **_named(mail))
        self._mails.postpone(mail, due_at, recipients)


def _named(mail: Mail) -> dict[str, Any]:
    return {"job_id": mail.job.id, "workspace_id": mail.job.workspace_id}
