"""`assay categories`: the tree that Silver links products to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.categories import read_categories
from cli.context import AsJson, Key, Url, Workspace, desk

categories = typer.Typer(help="The category tree that Silver links products to.", no_args_is_help=True)


@categories.callback()
def _categories() -> None:
    """The category tree that Silver links products to."""


@categories.command()
def load(
    file: Annotated[
        Path,
        typer.Argument(
            help="Google's product taxonomy (with or without ids), one path per line, or CSV with path,id,synonyms."
        ),
    ],
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Replace the workspace's category tree by that of a file."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    tree = read_categories(file)
    with at.api() as api:
        loaded = api.put("categories", {"categories": tree})
    at.screen.note(f"{loaded['categories']:,} categories", "green")
    at.screen.emit(loaded)
