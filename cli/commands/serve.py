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


HAVE_JOBS = (What.ingest, What.silver, What.gold)


class Role(StrEnum):
    """Which part of a service's work a process does."""

    all = "all"
    api = "api"
    worker = "worker"


def serve(
    what: Annotated[What, typer.Argument(help="The whole stack, or one process of it.")] = What.all,
    role: Annotated[
        Role | None,
        typer.Option(
            help="Of ingest, silver or gold: `api` answers calls and leaves large jobs to workers, `worker` is for "
            "jobs, `all` does both. Default: ASSAY_ROLE, or all."
        ),
    ] = None,
) -> None:
    """Serve the stack on this machine until Ctrl-C or SIGTERM, which drain it.

    Ports and folders come from ASSAY_… settings: ASSAY_HTTP_PORT, ASSAY_INGEST_PORT, ASSAY_HOME and so on.
    """
    if role is not None and what not in HAVE_JOBS:
        raise UsageError(f"--role is for one of {', '.join(HAVE_JOBS)}: {what} has no jobs of its own to divide")
    if role is not None:
        os.environ["ASSAY_ROLE"] = role
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
