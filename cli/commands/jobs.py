"""`assay jobs`: list, show, watch, cancel, read results."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli.context import AsJson, Desk, Key, Url, Workspace, desk
from cli.errors import UsageError
from cli.jobs import ENDED, follow, get_job, require_completed, results
from cli.rest import Api, Json, segment
from cli.screen import clean

STYLES = {"completed": "green", "failed": "red", "cancelled": "yellow", "active": "cyan", "queued": "cyan"}
ACTIONS = ("watch", "cancel", "results")


def jobs(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ACTION ID]",
            help="watch, cancel or results, and a job; or only a job to show it.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="List only import, silver or gold jobs.", show_default=False)] = None,
    status: Annotated[
        str | None, typer.Option(help="List only jobs in this state, for example failed.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Length of the list.")] = 20,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs; show, watch or cancel one; print what it left."""
    action, job_id = _parsed(words or [])
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    with at.api() as api:
        if action == "list":
            _list(at, api, kind, status, limit)
        elif action == "show":
            _show(at, get_job(api, job_id))
        elif action == "watch":
            _watch(at, api, job_id)
        elif action == "cancel":
            _show(at, api.post(f"jobs/{segment(job_id)}/cancel"))
        else:
            _results(at, api, job_id)


def _parsed(words: list[str]) -> tuple[str, str]:
    match words:
        case []:
            return "list", ""
        case [job_id] if job_id not in ACTIONS:
            return "show", job_id
        case [action, job_id] if action in ACTIONS:
            return action, job_id
    raise UsageError(
        f"cannot understand: {' '.join(words)}", "say: assay jobs [ID | watch ID | cancel ID | results ID]"
    )


def _list(at: Desk, api: Api, kind: str | None, status: str | None, limit: int) -> None:
    found = api.get("jobs", limit=limit, kind=kind, status=status)["data"]
    at.screen.emit(found)
    if not found:
        at.screen.note("no jobs")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("ID", "KIND", "STATUS"):
        table.add_column(name, no_wrap=True)
    table.add_column("DONE", justify="right", no_wrap=True)
    table.add_column("CREATED", no_wrap=True)
    for job in found:
        table.add_row(clean(job["id"]), clean(job["kind"]), _status(job), _short(job), _minute(job["createdAt"]))
    at.screen.show(table)


def _show(at: Desk, job: Json) -> None:
    at.screen.emit(job)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("id", clean(job["id"]))
    table.add_row("kind", clean(job["kind"]))
    table.add_row("status", _status(job))
    table.add_row("done", _done(job))
    for label, name in (("created", "createdAt"), ("started", "startedAt"), ("finished", "finishedAt")):
        if job.get(name):
            table.add_row(label, _time(job[name]))
    if job.get("catalogId"):
        table.add_row("catalog", clean(job["catalogId"]))
    for name, value in (job.get("result") or {}).items():
        table.add_row(clean(name), clean(f"{value:,}" if isinstance(value, int) else value))
    if job.get("error"):
        table.add_row("error", Text(clean(f"{job['error']['message']} ({job['error']['code']})"), style="red"))
    at.screen.show(table)


def _watch(at: Desk, api: Api, job_id: str) -> None:
    first = get_job(api, job_id)
    if first["status"] in ENDED:
        job = first
    else:
        with at.screen.track(str(first["kind"]).capitalize()) as tracker:
            job = follow(api, job_id, tracker)
            tracker.done(str(job["status"]))
    require_completed(job)
    _show(at, job)


def _results(at: Desk, api: Api, job_id: str) -> None:
    """One JSON object per line, with and without --json: there may be a million of them."""
    for entry in results(api, job_id):
        if at.screen.as_json:
            at.screen.emit(entry)
        else:
            at.screen.out.print(Text(", ".join(f"{name}: {_plain(value)}" for name, value in entry.items())))


def _plain(value: object) -> str:
    return clean(" ".join(map(str, value)) if isinstance(value, list) else "-" if value is None else value)


def _status(job: Json) -> Text:
    status = clean(job["status"])
    return Text(status, style=STYLES.get(status, ""))


def _done(job: Json) -> str:
    progress = job["progress"]
    return f"{progress['processed']:,}" + (f" / {progress['total']:,}" if progress["total"] else "")


def _short(job: Json) -> str:
    """Units of an ended job, how far it is of another: fits beside whole ids in 80 columns."""
    done, total = job["progress"]["processed"], job["progress"]["total"]
    return f"{done:,}" if job["status"] in ENDED or not total else f"{done / total:.0%}"


def _minute(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%b %d %H:%M")


def _time(text: str) -> str:
    """The moment in local time, to the second."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
