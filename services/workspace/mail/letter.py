"""What a mail about an ended job says, as text and as HTML.

Names of workspaces and catalogs, and messages of errors, come from users: they stand on one line, and in HTML escaped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Any, Final
from urllib.parse import quote

import orjson
import sqlalchemy as sa

from services.workspace.clock import SECOND

SUBJECT_LIMIT_CHARS: Final = 120
_KINDS: Final[Mapping[str, str]] = {"import": "Import", "silver": "Normalisation", "gold": "Scoring"}
# Members of the result of a completed job (see the contract of Job), in the order they are told.
_COUNTS: Final[Mapping[str, str]] = {
    "total": "Records",
    "created": "Created",
    "updated": "Updated",
    "unchanged": "Unchanged",
    "processed": "Products",
    "succeeded": "Succeeded",
    "errors": "Failed",
    "fieldsNormalized": "Fields normalised",
    "duplicates": "Duplicates",
    "brokenUrls": "Broken image URLs",
}


def letter(job: sa.Row[Any], *, sender: str, recipients: Sequence[str], public_url: str | None = None) -> EmailMessage:
    """The message about a job that has ended, the same each time it is made for the same recipients.

    Args:
        job: its record, and `workspace_name`.
        sender: address.
        recipients: addresses; none: a message that is kept as a file.
        public_url: where people reach the REST API; None: no link.
    """
    head = _headline(job)
    facts = _facts(job, public_url)
    message = EmailMessage()
    message["Subject"] = _cut(f"{head}: {_line(job.workspace_name)}", SUBJECT_LIMIT_CHARS)
    message["From"] = Address("Assay", addr_spec=sender)
    if recipients:
        message["To"] = [Address(addr_spec=recipient) for recipient in recipients]
    message["Date"] = format_datetime(_time(job.finished_at))
    # The same for every try, so that a message that comes twice can be told from two.
    message["Message-ID"] = f"<{job.id}@{sender.rpartition('@')[2]}>"
    # RFC 3834: no out-of-office note in return.
    message["Auto-Submitted"] = "auto-generated"
    width = max(len(name) for name, _ in facts) + 2
    lines = [f"{head}.", "", *(f"{name + ':':<{width}}{value}" for name, value in facts)]
    # Lines of any length and any letters pass every server like this.
    message.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    message.add_alternative(_html(head, facts), subtype="html", cte="quoted-printable")
    return message


def _headline(job: sa.Row[Any]) -> str:
    kind = _KINDS.get(job.kind, job.kind.capitalize())
    errors = _result(job).get("errors", 0)
    if job.status == "completed" and errors:
        return f"{kind} completed, {int(errors):,} failed"
    return f"{kind} {job.status}"


def _facts(job: sa.Row[Any], public_url: str | None) -> list[tuple[str, str]]:
    """What is told, in lines of a name and a value."""
    facts = [("Workspace", f"{_line(job.workspace_name)} ({job.workspace_id})")]
    if job.catalog_id:
        facts.append(("Catalog", _line(job.catalog_id)))
    facts.append(("Status", job.status))
    result = _result(job)
    if result:
        facts += [(label, f"{int(result[name]):,}") for name, label in _COUNTS.items() if name in result]
        average = (result.get("catalogSummary") or {}).get("avgScore")
        if average is not None:
            facts.append(("Average score", str(average)))
    else:
        facts.append(("Processed", f"{job.processed:,} of {job.total:,}"))
    if job.error_code:
        facts += [("Reason", job.error_code), ("Message", _line(job.error_message or ""))]
    facts += [
        ("Ended", _time(job.finished_at).strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("Duration", _duration(job.finished_at - (job.started_at or job.created_at))),
        ("Job", job.id),
    ]
    if public_url:
        place = f"api/workspace/{quote(job.workspace_id, safe='')}/jobs/{quote(job.id, safe='')}"
        facts.append(("Link", f"{public_url.rstrip('/')}/{place}"))
    return facts


def _html(head: str, facts: Sequence[tuple[str, str]]) -> str:
    rows = "\n".join(
        f'<tr><th align="left" style="padding-right:1em">{escape(name)}</th><td>{_cell(name, value)}</td></tr>'
        for name, value in facts
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(head)}</title></head>\n'
        f'<body style="font-family:sans-serif">\n<h1 style="font-size:1.2em">{escape(head)}</h1>\n'
        f"<table>\n{rows}\n</table>\n</body></html>\n"
    )


def _cell(name: str, value: str) -> str:
    return f'<a href="{escape(value)}">{escape(value)}</a>' if name == "Link" else escape(value)


def _result(job: sa.Row[Any]) -> dict[str, Any]:
    return dict(orjson.loads(job.result)) if job.result else {}


def _line(text: str) -> str:
    """The text on one line: what controls, breaks or turns lines is a space."""
    return " ".join("".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text).split())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _time(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // SECOND, UTC)


def _duration(micros: int) -> str:
    seconds = max(micros, 0) / SECOND
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
