"""`assay demo`: the main job from a file to what to fix first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import cli
from cli.brands import read_brands, register
from cli.choices import ImageChecks, ImageChecksOption, UnknownBrands
from cli.commands.imports import show_bad_rows
from cli.commands.runs import titles_of
from cli.context import AsJson, Desk, desk
from cli.errors import CannotConnect
from cli.imports import bring_in, require_readable
from cli.report import gold_report, heading, import_report, silver_report
from cli.rest import Api, Json
from cli.runs import GOLD, SILVER, Ended, Stage, body_of, run
from cli.stack.health import answers
from cli.stack.processes import Stack

SAMPLES = Path(cli.__file__).parents[1] / "samples"
CATALOG = "demo"


def demo(
    file: Annotated[
        Path | None, typer.Argument(help="A file of your own instead of the sample catalog.", show_default=False)
    ] = None,
    image_checks: ImageChecksOption = None,
    leave: Annotated[bool, typer.Option("--exit", help="End after the summary and stop what was started.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a catalog, normalise it, score it, and show what to fix first.

    Starts the stack when none is running, and goes on serving until Ctrl-C. Of the sample's images only the form of the
    addresses is checked: their hosts do not exist.
    """
    source = file or SAMPLES / "catalog.csv"
    require_readable(source)
    at = desk(as_json=as_json)
    at.screen.show(Text.assemble(("assay", "bold yellow"), ("  catalogs in, gold out", "dim"), "\n"))
    with _stack(at) as stack:
        try:
            with at.api() as api:
                _main_job(at, api, source, own=file is not None, image_checks=image_checks)
        except CannotConnect:
            if stack:
                stack.require_alive()
            raise
        if stack is None:
            _farewell(at)
        elif not leave:
            stack.listen()
            _farewell(at)
            at.screen.note("  Ctrl-C ends", "dim")
            stack.wait()
            at.screen.note("draining", "dim")


@contextmanager
def _stack(at: Desk) -> Iterator[Stack | None]:
    """The stack that was started for this; None when one answers already, which is then left as it is."""
    if answers(at.settings.base_url):
        at.screen.done(f"using the stack at {at.settings.base_url}")
        yield None
        return
    if at.settings.url:
        raise CannotConnect(f"nobody answers at {at.settings.url}", "without ASSAY_URL the demo starts a stack here")
    logs = at.settings.home / "logs"
    started = time.monotonic()
    with ExitStack() as leaving:
        with at.screen.busy("starting the stack ..."):
            stack = leaving.enter_context(Stack(at.settings, logs=logs))
        at.screen.done(f"stack ready at {at.settings.base_url}, logs in {logs}", time.monotonic() - started)
        yield stack


def _main_job(at: Desk, api: Api, source: Path, *, own: bool, image_checks: ImageChecks | None) -> None:
    if not own:
        _register_brands(at, api)
    catalog_id = _demo_catalog(api, f"{CATALOG} {source.name}" if own else CATALOG)
    imported = bring_in(api, source, catalog_id, None, at.screen)
    if not own and image_checks is None:
        image_checks = ImageChecks.syntax
        at.screen.note("the sample's image addresses are checked for their form: their hosts do not exist", "dim")
    # Nobody has registered the brands of somebody's own file yet: those in it are the ones there are.
    unknown_brands = UnknownBrands.register if own else None
    normalised = _stage(
        at, api, SILVER, catalog_id, body_of([], unknownBrands=unknown_brands, imageChecks=image_checks)
    )
    scored = _stage(at, api, GOLD, catalog_id, body_of([]))
    at.screen.emit(
        {
            "catalogId": catalog_id,
            "import": imported["result"],
            "silver": normalised.as_json(),
            "gold": scored.as_json(),
        }
    )
    if at.screen.as_json:
        return
    at.screen.show(heading(f"Import of {source.name}"))
    at.screen.show(import_report(imported["result"]))
    show_bad_rows(at, api, str(imported["id"]))
    at.screen.show(heading("Silver"))
    at.screen.show(silver_report(normalised))
    at.screen.show(heading("Gold"))
    at.screen.show(gold_report(scored, titles_of(api, scored)))


def _stage(at: Desk, api: Api, stage: Stage, catalog_id: str, body: Json) -> Ended:
    with at.screen.track(stage.label) as tracker:
        ended = run(api, stage, catalog_id, body, tracker=tracker)
        tracker.done(f"{ended.tally.processed:,} products")
    return ended


def _register_brands(at: Desk, api: Api) -> None:
    with at.screen.track("Brands", "brands") as tracker:
        outcome = register(api, read_brands(SAMPLES / "brands.csv"), tracker.update)
        tracker.done(f"{outcome.created:,} registered, {outcome.known:,} known already")


def _demo_catalog(api: Api, name: str) -> str:
    """The catalog of that name; made on the first run."""
    for catalog in api.pages("catalogs"):
        if catalog["name"] == name:
            return str(catalog["id"])
    made = api.post("catalogs", {"name": name, "description": "Made by `assay demo`."})
    return str(made["catalog"]["id"])


def _farewell(at: Desk) -> None:
    at.screen.show("")
    at.screen.show(Text.assemble(("  Serving  ", "dim"), (at.settings.base_url, "bold")))
    at.screen.show(Text.assemble(("  API      ", "dim"), f"{at.settings.base_url}/openapi.json"))
    if at.settings.api_key is None:
        at.screen.show(Text.assemble(("  Key      ", "dim"), f"in {at.settings.demo_key_file}"))
