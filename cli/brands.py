"""The brand registry, filled from a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cli.errors import ServerRefused, UsageError
from cli.rest import Api

NAME, ALIASES = "name", "aliases"
SEPARATOR = "|"


@dataclass
class Registered:
    """How the brands of a file fared."""

    created: int = 0
    known: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(name, why)"""


def read_brands(file: Path) -> list[tuple[str, list[str]]]:
    """(name, aliases) of a CSV file with the columns `name` and, with `|` between them, `aliases`. UsageError."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            header = [name.strip().lower() for name in reader.fieldnames or []]
            if NAME not in header:
                raise UsageError(f"{file} has no column {NAME!r}", "expected: name,aliases with | between aliases")
            reader.fieldnames = header
            return [
                (name, [alias.strip() for alias in (row.get(ALIASES) or "").split(SEPARATOR) if alias.strip()])
                for row in reader
                if (name := (row[NAME] or "").strip())
            ]
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} is no UTF-8 CSV file: {error}") from None


def register(api: Api, brands: list[tuple[str, list[str]]], on_done: Callable[[int, int], None]) -> Registered:
    """Registers one after the other; those whose name or alias is taken already count as known."""
    outcome = Registered()
    for number, (name, aliases) in enumerate(brands, 1):
        try:
            api.post("brands", {"name": name, "aliases": aliases})
            outcome.created += 1
        except ServerRefused as error:
            if error.code == "BRAND_EXISTS":
                outcome.known += 1
            elif error.code == "VALIDATION_ERROR":
                outcome.refused.append((name, error.text))
            else:
                raise
        on_done(number, len(brands))
    return outcome
