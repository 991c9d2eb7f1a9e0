"""`assay import`: a file of products into a catalog."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from cli.choices import NotifyEmailOption
from cli.context import AsJson, CatalogOption, Desk, Key, Url, Workspace, desk, find_catalog
from cli.errors import UsageError
from cli.imports import bring_in, require_readable, start
from cli.jobs import results
from cli.report import bad_rows, import_report
from cli.rest import Api

BAD_ROWS_SHOWN = 5


class Format(StrEnum):
    """What the file is."""

    csv = "csv"
    json = "json"


def import_(
    *,
    file: Annotated[Path, typer.Argument(help="CSV or JSON (an array, one object per line, or {products: [...]}).")],
    catalog: CatalogOption = None,
    new: Annotated[
        str | None, typer.Option("--new", help="Make a catalog of this name and import into it.", show_default=False)
    ] = None,
    file_format: Annotated[
        Format | None, typer.Option("--format", help="Default: told from the name and the content.", show_default=False)
    ] = None,
    notify_email: NotifyEmailOption = False,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait: print the job's id and return.")] = False,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Import a file of products. Importing the same file twice changes nothing.

    Without --catalog or --new the products go into the workspace's default catalog.
    """
    if catalog and new:
        raise UsageError("--catalog and --new exclude each other")
    require_readable(file)
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    with at.api() as api:
        target = _target(api, catalog, new)
        if detach:
            accepted = start(api, file, target, file_format, at.screen, notify_email=notify_email)
            at.screen.emit(accepted)
            at.screen.show(str(accepted["backgroundJobId"]))
            return
        job = bring_in(api, file, target, file_format, at.screen, notify_email=notify_email)
        at.screen.emit(job)
        at.screen.show(import_report(job["result"]))
        if not as_json:
            show_bad_rows(at, api, str(job["id"]))


def _target(api: Api, catalog: str | None, new: str | None) -> str | None:
    if new:
        return str(api.post("catalogs", {"name": new})["catalog"]["id"])
    return str(find_catalog(api, catalog)["id"]) if catalog else None


def show_bad_rows(at: Desk, api: Api, job_id: str) -> None:
    """The first rows of an import with something wrong, and how to read all of them."""
    rows = list(islice(results(api, job_id), BAD_ROWS_SHOWN + 1))
    if rows:
        at.screen.show(bad_rows(rows[:BAD_ROWS_SHOWN], len(rows) > BAD_ROWS_SHOWN))
        at.screen.note(f"  all of them: assay jobs results {job_id}", "dim")
