"""`assay brands`: the registry that Silver links products to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.brands import read_brands, register
from cli.context import AsJson, Key, Url, Workspace, desk

brands = typer.Typer(help="The brands that Silver links products to.", no_args_is_help=True)


@brands.callback()
def _brands() -> None:
    """The brands that Silver links products to."""


@brands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with the columns name and aliases (with | between them).")],
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Register the brands of a file; those that are known already stay as they are."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    entries = read_brands(file)
    with at.api() as api, at.screen.track("Brands", "brands") as tracker:
        outcome = register(api, entries, tracker.update)
        tracker.done(f"{outcome.created:,} registered, {outcome.known:,} known already")
    at.screen.emit(
        {
            "created": outcome.created,
            "known": outcome.known,
            "refused": [{"name": name, "message": why} for name, why in outcome.refused],
        }
    )
    for name, why in outcome.refused:
        at.screen.note(f"refused: {name}: {why}", "red")
    if outcome.refused:
        raise typer.Exit(1)
