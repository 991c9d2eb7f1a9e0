"""`assay serve`: the stack, or one of its processes, in the foreground."""

from __future__ import annotations

import os
import sys
import time
from enum import StrEnum
from typing import Annotated

import typer

from cli.context import desk
from cli.errors import UsageError
from cli.stack.processes import Stack, module_of


class What(StrEnum):
    """What to serve."""

    all = "all"
    ingest = "ingest"
    silver = "silver"
    gold = "gold"
    workspace = "workspace"
    gateway = "gateway"


class Role(StrEnum):
    """Which part of a service's work a process does."""

    all = "all"
    api = "api"
    worker = "worker"


def serve(
    what: Annotated[What, typer.Argument(help="The whole stack, or one process of it.")] = What.all,
    role: Annotated[
        Role, typer.Option(help="Only `all` today: every process answers calls and works on jobs.")
    ] = Role.all,
) -> None:
    """Serve the stack on this machine until Ctrl-C or SIGTERM, which drain it.

    Ports and folders come from ASSAY_… settings: ASSAY_HTTP_PORT, ASSAY_INGEST_PORT, ASSAY_HOME and so on.
    """
    if role is not Role.all:
        raise UsageError(
            f"--role {role} does not exist yet: a process of its own for jobs comes with the durable job engine",
            "today every process answers calls and works on jobs: leave --role out",
        )
    if what is not What.all:
        os.execv(sys.executable, [sys.executable, "-m", module_of(what)])  # noqa: S606 - our own interpreter
    at = desk()
    started = time.monotonic()
    log_format = "console" if at.settings.log_format is None and sys.stderr.isatty() else None
    with Stack(at.settings, log_format=log_format) as stack:
        stack.listen()
        print(f"assay ready: {at.settings.local_url}", flush=True)  # noqa: T201 - what a script waits for
        if at.screen.lively:  # otherwise standard error is the services' log, and nothing else
            at.screen.note(f"after {time.monotonic() - started:.1f} s; Ctrl-C ends", "dim")
        stack.wait()
