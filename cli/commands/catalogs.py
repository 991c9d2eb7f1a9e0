"""`assay catalogs`: what there is to work on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from cli.context import AsJson, Key, Url, Workspace, desk
from cli.screen import clean

catalogs = typer.Typer(help="List the catalogs of the workspace, or create one.", invoke_without_command=True)


@catalogs.callback()
def list_(
    context: typer.Context, key: Key = None, url: Url = None, workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """List the catalogs of the workspace, or create one."""
    if context.invoked_subcommand is not None:
        return
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    with at.api() as api:
        found = list(api.pages("catalogs"))
    at.screen.emit(found)
    if not found:
        at.screen.note("no catalogs yet: bring products in with `assay import FILE`")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("ID", no_wrap=True)
    table.add_column("NAME")
    table.add_column("PRODUCTS", justify="right", no_wrap=True)
    table.add_column("CURRENCY", no_wrap=True)
    table.add_column("", style="dim")
    for catalog in found:
        table.add_row(
            clean(catalog["id"]),
            clean(catalog["name"]),
            f"{catalog['product_count']:,}",
            clean(catalog.get("currency") or ""),
            "default" if catalog["is_default"] else "",
        )
    at.screen.show(table)


@catalogs.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the catalog.")],
    *,
    currency: Annotated[
        str | None,
        typer.Option(help="Currency of prices that name none, by its ISO 4217 code (EUR).", show_default=False),
    ] = None,
    description: Annotated[str | None, typer.Option(help="What is in it.", show_default=False)] = None,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Create a catalog."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    given = {"name": name, "currency": currency.upper() if currency else None, "description": description}
    with at.api() as api:
        answer = api.post("catalogs", {field: value for field, value in given.items() if value is not None})
    at.screen.emit(answer["catalog"])
    at.screen.note(f"created {clean(answer['catalog']['id'])}")
