"""What every command is given: the settings, the screen, and access to the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import typer

from cli.errors import UsageError
from cli.rest import Api, Json, connect, segment
from cli.screen import Screen
from cli.settings import Settings, read_settings

Key = Annotated[
    str | None,
    typer.Option("--key", help="API key; default: ASSAY_API_KEY, else the demo's key.", show_default=False),
]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Address of the REST API; default: ASSAY_URL, else this machine.", show_default=False),
]
Workspace = Annotated[
    str | None,
    typer.Option("--workspace", "-w", help="Workspace; default: ASSAY_WORKSPACE, else ws_demo.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine output on standard output, and nothing else there.")]
CatalogOption = Annotated[
    str | None,
    typer.Option(
        "--catalog", "-c", help="Catalog by id or name; may be left out when there is only one.", show_default=False
    ),
]


class Tier(StrEnum):
    """How many requests per minute a key may make."""

    free = "free"
    pro = "pro"
    business = "business"
    enterprise = "enterprise"


@dataclass
class Desk:
    """A command's surroundings."""

    settings: Settings
    screen: Screen
    key: str | None = field(default=None, repr=False)

    def api(self) -> Api:
        """The REST API; a context manager."""
        return connect(self.settings, key=self.key, on_wait=self._told_to_wait)

    def _told_to_wait(self, seconds: float) -> None:
        self.screen.note(f"the key's requests are used up for now: waiting {seconds:.0f} s", "yellow")


_current: list[Screen] = []


def current_screen() -> Screen:
    """The screen of the command that runs, for the one place where errors are printed."""
    return _current[-1] if _current else Screen()


def desk(
    *, key: str | None = None, url: str | None = None, workspace: str | None = None, as_json: bool = False
) -> Desk:
    """Reads the environment and lays the options over it."""
    screen = Screen(as_json=as_json)
    _current.append(screen)
    settings = read_settings()
    given = {name: value for name, value in {"url": url, "workspace": workspace}.items() if value}
    return Desk(settings.model_copy(update=given), screen, key)


def find_catalog(api: Api, wanted: str | None) -> Json:
    """The catalog meant by an id or a name; without either the default or only one. UsageError when unclear."""
    if wanted and wanted.startswith("cat_"):
        return api.get(f"catalogs/{segment(wanted)}")
    catalogs = list(api.pages("catalogs"))
    if wanted:
        matching = [catalog for catalog in catalogs if wanted in (catalog["name"], catalog["slug"])]
    else:
        matching = catalogs if len(catalogs) == 1 else [catalog for catalog in catalogs if catalog["is_default"]]
    if len(matching) == 1:
        return matching[0]
    if not catalogs:
        raise UsageError("there is no catalog yet", "bring products in with `assay import FILE`")
    names = [f"{catalog['id']}  {catalog['name']} ({catalog['product_count']:,} products)" for catalog in catalogs]
    if wanted and matching:
        raise UsageError(f"several catalogs are named {wanted!r}; name one by its id:", *names)
    what = f"there is no catalog {wanted!r}" if wanted else "there are several catalogs"
    raise UsageError(f"{what}; choose one with --catalog:", *names)
