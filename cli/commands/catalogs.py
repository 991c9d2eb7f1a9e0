"""`assay catalogs`: what there is to work on."""

from __future__ import annotations

from rich.table import Table

from cli.context import AsJson, Key, Url, Workspace, desk
from cli.screen import clean


def catalogs(key: Key = None, url: Url = None, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """List the catalogs of the workspace."""
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
    table.add_column("", style="dim")
    for catalog in found:
        table.add_row(
            clean(catalog["id"]),
            clean(catalog["name"]),
            f"{catalog['product_count']:,}",
            "default" if catalog["is_default"] else "",
        )
    at.screen.show(table)
