"""Mails about ended jobs: written in the transaction that ends the job, and kept until they are sent or given up.

So each end of a job has one mail, whatever happens to the process between the end and the sending. Who sends one claims
it first, for a while: of several processes one sends it, and what a process that died had claimed falls to the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa

from services.runtime.database import Database
from services.workspace.clock import SECOND, Clock
from services.workspace.tables import JOBS, MAILS, PIPELINE_SETTINGS, WORKSPACES

CLAIM: Final = 10 * 60 * SECOND
"""Far longer than a mail takes: who comes back after it may find it sent by another one."""
TOLD: Final = frozenset({"completed", "failed"})
"""Ends that people are written to about. Who cancels a job knows."""
_NONE: Final = "[]"


@dataclass(frozen=True)
class Mail:
    """A mail that was claimed."""

    job: sa.Row[Any]
    """The ended job, and `workspace_name`."""
    recipients: tuple[str, ...]
    """Those of the workspace; none: the operator's."""
    created_at: int
    tries: int
    """This one included; it also names the claim."""


class MailStore:
    """Hands out mails that are due. Every change is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self) -> Mail | None:
        """The mail that has been due for longest, for the caller alone for `CLAIM`; None: none is due."""
        now = self._clock()
        due = sa.select(MAILS.c.job_id).where(MAILS.c.due_at <= now).order_by(MAILS.c.due_at).limit(1)
        with self._database.read() as connection:
            if connection.execute(due).first() is None:
                return None
        with self._database.write() as connection:
            job_id = connection.execute(due.with_for_update(skip_locked=True)).scalar_one_or_none()
            if job_id is None:
                return None
            claim = sa.update(MAILS).where(MAILS.c.job_id == job_id).values(due_at=now + CLAIM, tries=MAILS.c.tries + 1)
            mail = connection.execute(claim.returning(*MAILS.c)).one()
            job = sa.select(*JOBS.c, WORKSPACES.c.name.label("workspace_name")).join(WORKSPACES)
            row: Any = connection.execute(job.where(JOBS.c.id == job_id)).one()
        return Mail(row, tuple(orjson.loads(mail.recipients)), mail.created_at, mail.tries)

    def remove(self, mail: Mail) -> None:
        """It is sent, or given up."""
        with self._database.write() as connection:
            connection.execute(sa.delete(MAILS).where(MAILS.c.job_id == mail.job.id))

    def postpone(self, mail: Mail, due_at: int, recipients: Sequence[str]) -> None:
        """To be tried again, for these recipients. Nothing when somebody else has claimed it meanwhile."""
        update = sa.update(MAILS).where(MAILS.c.job_id == mail.job.id, MAILS.c.tries == mail.tries)
        with self._database.write() as connection:
            connection.execute(update.values(due_at=due_at, recipients=orjson.dumps(list(recipients)).decode()))


def enqueue_mails(connection: sa.Connection, ended: Iterable[sa.Row[Any]]) -> None:
    """Leaves a mail to be sent about each of these jobs that asked for one; in the transaction that ended them."""
    for job in ended:
        if not job.notify_email or job.status not in TOLD:
            continue
        of_workspace = PIPELINE_SETTINGS.c.workspace_id == job.workspace_id
        query = sa.select(PIPELINE_SETTINGS.c.notification_emails).where(of_workspace)
        recipients = connection.execute(query).scalar_one_or_none() or _NONE
        row = {"job_id": job.id, "recipients": recipients, "tries": 0}
        times = {"created_at": job.finished_at, "due_at": job.finished_at}
        connection.execute(sa.insert(MAILS).values(row | times))
