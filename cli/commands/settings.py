"""`assay settings`: what a workspace wants of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli.choices import DuplicatesOption, DuplicateStrictnessOption, ImageChecksOption, UnknownBrandsOption
from cli.context import AsJson, Desk, Key, Url, Workspace, desk
from cli.errors import UsageError
from cli.mappings import MEMBER, SOURCE, TARGET, TRANSFORM, read_mappings
from cli.rest import Json
from cli.screen import clean

PATH = "settings/pipeline"

settings = typer.Typer(help="What the workspace wants of its runs.", no_args_is_help=True)


@settings.callback()
def _settings() -> None:
    """What the workspace wants of its runs; options of a run go before them."""


@settings.command()
def show(key: Key = None, url: Url = None, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Show the pipeline settings."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    with at.api() as api:
        _print(at, api.get(PATH))


@settings.command("set")
def set_(
    *,
    unknown_brands: UnknownBrandsOption = None,
    duplicates: DuplicatesOption = None,
    duplicate_strictness: DuplicateStrictnessOption = None,
    image_checks: ImageChecksOption = None,
    mappings: Annotated[
        Path | None,
        typer.Option(
            help=f"CSV with {SOURCE}, {TARGET}, {TRANSFORM}, or JSON: where columns of the source go. They take the "
            "place of the former ones.",
            show_default=False,
        ),
    ] = None,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Write some of the pipeline settings, for the runs to come; the others stay as they are."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    given = {
        "unknownBrands": unknown_brands,
        "duplicates": duplicates,
        "duplicateStrictness": duplicate_strictness,
        "imageChecks": image_checks,
        MEMBER: read_mappings(mappings) if mappings else None,
    }
    body = {name: value for name, value in given.items() if value is not None}
    if not body:
        raise UsageError("nothing to set", "name a setting, for example --duplicates certain; see --help")
    with at.api() as api:
        _print(at, api.put(PATH, body))


def _print(at: Desk, found: Json) -> None:
    at.screen.emit(found)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, name in (
        ("unknown brands", "unknownBrands"),
        ("duplicates", "duplicates"),
        ("strictness", "duplicateStrictness"),
        ("image checks", "imageChecks"),
    ):
        table.add_row(label, clean(found[name]))
    who = f"{found['updatedAt']} by {found['updatedBy'] or 'the operator'}" if found["updatedAt"] else "never"
    table.add_row("written", clean(who))
    table.add_row("mappings", f"{len(found[MEMBER]):,}" if found[MEMBER] else "none")
    at.screen.show(table)
    if found[MEMBER]:
        at.screen.show("")
        at.screen.show(_mappings(found[MEMBER]))


def _mappings(found: list[Json]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("COLUMN", "FIELD", "TRANSFORM"):
        table.add_column(name, overflow="fold")
    for mapping in found:
        table.add_row(*(Text(clean(mapping.get(name) or "")) for name in (SOURCE, TARGET, TRANSFORM)))
    return table
