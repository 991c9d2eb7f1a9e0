"""A list of brands as CSV text: name and, with `|` between them, aliases."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from services.runtime.errors import ValidationError
from services.workspace.stores.brands import ALIASES_LIMIT
from services.workspace.validation import NAME_LIMIT_CHARS, Checks

LIST_BYTES = 1024 * 1024
LINES_LIMIT = 10_000
CELL_CHARS = 131_072
"""Python's own limit, which is of the whole process: whoever raises it for files of products raises it here, too."""
ERRORS_LIMIT = 1_000
ALIAS_SEPARATOR = "|"


@dataclass(frozen=True)
class ListedBrand:
    """One entry. `line` is where it begins, from 1; `fault` says in one sentence why it cannot be taken, or nothing."""

    line: int
    name: str
    aliases: tuple[str, ...]
    fault: str


def read_list(text: str) -> list[ListedBrand]:
    """The entries that have a name, in order. ValidationError when the list as a whole cannot be taken."""
    if len(text.encode()) > LIST_BYTES:
        raise ValidationError.of("csv", f"csv must have at most {LIST_BYTES:,} bytes.")
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    entries: list[ListedBrand] = []
    line = 1
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        if "name" not in header:
            raise ValidationError.of("csv", "csv must begin with a header that has the column name.")
        line = reader.line_num + 1
        for cells in reader:
            if max(map(len, cells), default=0) > CELL_CHARS:
                raise csv.Error
            row = dict(zip(header, cells, strict=False))
            if row.get("name", "").strip():
                entries.append(_entry(line, row))
            line = reader.line_num + 1
    except csv.Error:
        raise ValidationError.of("csv", f"csv cannot be read at line {line:,}.") from None
    if len(entries) > LINES_LIMIT:
        raise ValidationError.of("csv", f"csv must have at most {LINES_LIMIT:,} lines.")
    return entries


def _entry(line: int, row: dict[str, str]) -> ListedBrand:
    checks = Checks()
    name = checks.name("name", row["name"])
    named = [alias.strip() for alias in row.get("aliases", "").split(ALIAS_SEPARATOR)]
    aliases = tuple(dict.fromkeys(checks.name("aliases", alias) for alias in named if alias))
    checks.that(len(aliases) <= ALIASES_LIMIT, "aliases", f"aliases must have at most {ALIASES_LIMIT} entries.")
    return ListedBrand(line, name[: NAME_LIMIT_CHARS + 1], aliases, checks.first)
