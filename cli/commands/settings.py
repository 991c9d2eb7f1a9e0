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
from cli.settings_values import (
    ATTRIBUTES,
    CATEGORY,
    EMAILS,
    STAGES,
    WEIGHTS,
    read_category_attributes,
    read_list,
    read_weights,
)
from cli.settings_values import MEMBER as CATEGORIES

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
    weights: Annotated[
        str | None,
        typer.Option(
            help=f"Points that the stages of the score are worth, 100 in all: {'=…,'.join(STAGES)}=…",
            show_default=False,
        ),
    ] = None,
    category_attributes: Annotated[
        Path | None,
        typer.Option(
            help=f"CSV with {CATEGORY}, {ATTRIBUTES}, or JSON: what is expected of products, by category. They "
            "take the place of the former ones.",
            show_default=False,
        ),
    ] = None,
    notification_emails: Annotated[
        str | None,
        typer.Option(
            help="Who is written to when a job that asked for it has ended: addresses with commas between them, which "
            "take the place of the former ones; empty: none.",
            show_default=False,
        ),
    ] = None,
    auto_silver: Annotated[
        bool | None, typer.Option("--auto-silver/--no-auto-silver", help="Silver after an import.", show_default=False)
    ] = None,
    auto_gold: Annotated[
        bool | None, typer.Option("--auto-gold/--no-auto-gold", help="Gold after Silver.", show_default=False)
    ] = None,
    preview: Annotated[
        bool | None,
        typer.Option("--preview/--no-preview", help="Runs return results and write nothing.", show_default=False),
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
        WEIGHTS: None if weights is None else read_weights(weights),
        "autoTriggerSilver": auto_silver,
        "autoTriggerGold": auto_gold,
        "previewMode": preview,
        CATEGORIES: read_category_attributes(category_attributes) if category_attributes else None,
        EMAILS: None if notification_emails is None else read_list(notification_emails),
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
    weights = ", ".join(f"{stage} {found[WEIGHTS][stage]}" for stage in STAGES)
    table.add_row("weights", clean(weights))
    for label, name in (
        ("silver after import", "autoTriggerSilver"),
        ("gold after silver", "autoTriggerGold"),
        ("preview", "previewMode"),
    ):
        table.add_row(label, "on" if found[name] else "off")
    table.add_row("e-mails to", clean(", ".join(found[EMAILS]) or "the operator's recipients"))
    who = f"{found['updatedAt']} by {found['updatedBy'] or 'the operator'}" if found["updatedAt"] else "never"
    table.add_row("written", clean(who))
    for label, name in (("mappings", MEMBER), ("expected attributes", CATEGORIES)):
        table.add_row(label, f"{len(found[name]):,}" if found[name] else "none")
    at.screen.show(table)
    for name, shown in ((MEMBER, _mappings), (CATEGORIES, _categories)):
        if found[name]:
            at.screen.show("")
            at.screen.show(shown(found[name]))


def _mappings(found: list[Json]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("COLUMN", "FIELD", "TRANSFORM"):
        table.add_column(name, overflow="fold")
    for mapping in found:
        table.add_row(*(Text(clean(mapping.get(name) or "")) for name in (SOURCE, TARGET, TRANSFORM)))
    return table


def _categories(found: list[Json]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("CATEGORY", "EXPECTED ATTRIBUTES"):
        table.add_column(name, overflow="fold")
    for entry in found:
        table.add_row(Text(clean(entry[CATEGORY])), Text(clean(", ".join(entry[ATTRIBUTES]))))
    return table
