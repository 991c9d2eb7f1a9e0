"""The brand registry, filled from a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cli.errors import ServerRefused, UsageError
from cli.rest import Api

NAME, ALIASES = "name", "aliases"
SEPARATOR = "|"
# Below what the server takes in one call, and few enough to show progress; a call names its first 1,000 errors.
LIST_BRANDS = 1_000
LIST_BYTES = 512 * 1024


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
    """Registers them in lists of what one call takes; those whose name is known already count as known."""
    outcome = Registered()
    done = 0
    for names, text in _lists(brands):
        try:
            answer = api.post("brands/import", {"csv": text})
        except ServerRefused as error:
            if error.code != "VALIDATION_ERROR":
                raise
            outcome.refused += [(name, error.text) for name in names]
        else:
            outcome.created += answer["created"]
            outcome.known += answer["known"]
            outcome.refused += [(told["name"], told["message"]) for told in answer["errors"]]
        done += len(names)
        on_done(done, len(brands))
    return outcome


def _lists(brands: list[tuple[str, list[str]]]) -> Iterator[tuple[list[str], str]]:
    """(names, CSV text) of at most 1,000 brands and about 512 KiB each."""
    names, lines, size = list[str](), list[str](), 0
    for name, aliases in brands:
        line = _line(name, SEPARATOR.join(aliases))
        if names and (len(names) == LIST_BRANDS or size + len(line.encode()) > LIST_BYTES):
            yield names, _line(NAME, ALIASES) + "".join(lines)
            names, lines, size = [], [], 0
        names.append(name)
        lines.append(line)
        size += len(line.encode())
    if names:
        yield names, _line(NAME, ALIASES) + "".join(lines)


def _line(*cells: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
