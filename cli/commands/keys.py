"""`assay keys`: API keys, made by whoever runs the stack."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import Tier, desk
from cli.operator import operator

keys = typer.Typer(help="API keys of a workspace.", no_args_is_help=True)


@keys.callback()
def _keys() -> None:
    """API keys of a workspace."""


@keys.command()
def create(
    workspace: Annotated[
        str, typer.Option("--workspace", "-w", help="Workspace the key belongs to; made when missing.")
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            "-s",
            help="What the key may do, for example catalogs:write; repeat it, or separate with commas. "
            "Default: everything except making keys.",
            show_default=False,
        ),
    ] = None,
    tier: Annotated[
        Tier | None, typer.Option(help="Requests per minute: 20, 120, 600, no limit.", show_default="free")
    ] = None,
    name: Annotated[str, typer.Option(help="Name to know the key by.")] = "command line",
) -> None:
    """Make a key and print it, and nothing else, on standard output.

    Works on the machine of the stack, by the user who runs it: it uses the stack's own token in ASSAY_HOME.
    """
    at = desk()
    scopes = [part for text in scope or [] for part in text.replace(",", " ").split()]
    with operator(at.settings) as office:
        if office.ensure_workspace(workspace):
            at.screen.note(f"made workspace {workspace}")
        key = office.create_key(workspace, name, scopes, tier)
    at.screen.note(f"made key {key.id} with {', '.join(key.permissions)}")
    print(key.secret)  # noqa: T201 - the answer itself, alone
