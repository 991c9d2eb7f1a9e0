"""The command `assay`: its subcommands, and the one place where errors become exit codes."""

from __future__ import annotations

import signal
import sys
from typing import Any

import typer

from cli.commands.brands import brands
from cli.commands.catalogs import catalogs
from cli.commands.categories import categories
from cli.commands.demo import demo
from cli.commands.feeds import feed
from cli.commands.imports import import_
from cli.commands.jobs import jobs
from cli.commands.keys import keys
from cli.commands.runs import gold, silver
from cli.commands.scores import scores, summary
from cli.commands.serve import serve
from cli.commands.settings import settings
from cli.context import current_screen
from cli.errors import CliError

TERMINATED = 128 + signal.SIGTERM

app = typer.Typer(
    name="assay",
    help="Take product catalogs in, normalise them (Silver), score them (Gold), and see what to fix first.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 ok, 1 refused or failed, 2 wrong usage, 3 cannot connect, 130 interrupted.",
)
app.command()(demo)
app.command()(serve)
app.command("import")(import_)
app.command()(silver)
app.command()(gold)
app.command()(scores)
app.command()(summary)
app.command()(jobs)
app.add_typer(feed, name="feed")
app.add_typer(catalogs, name="catalogs")
app.add_typer(brands, name="brands")
app.add_typer(categories, name="categories")
app.add_typer(settings, name="settings")
app.add_typer(keys, name="keys")


def main() -> None:
    """The console script."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a terminal without our characters still gets the words
    try:
        app()
    except CliError as error:
        current_screen().fail(error)
        sys.exit(error.exit_code)


def _terminate(_number: int, _frame: Any) -> None:
    """SIGTERM unwinds like Ctrl-C does, so that what was started is stopped."""
    sys.exit(TERMINATED)
