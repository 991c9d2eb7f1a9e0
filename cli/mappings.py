"""Field mappings of a workspace, read from a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from cli.errors import UsageError
from cli.rest import Json

SOURCE, TARGET, TRANSFORM = "sourceField", "targetField", "transform"
MEMBER = "silverMappings"
EXPECTED = (
    f"expected: CSV with {SOURCE},{TARGET},{TRANSFORM}, or a JSON list of objects with these members, "
    "as `assay settings show --json` prints it"
)


def read_mappings(file: Path) -> list[Json]:
    """The mappings of a .json file, or of one with comma-separated columns, as the API takes them. UsageError.

    What a transform is, the server says: here only the shape is looked at.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return _of_json(file, json.load(opened)) if file.suffix.lower() == ".json" else _of_table(file, opened)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}", EXPECTED) from None


def _of_json(file: Path, found: Any) -> list[Json]:
    if isinstance(found, dict):
        found = found.get(MEMBER)
    if not isinstance(found, list) or not all(isinstance(mapping, dict) for mapping in found):
        raise UsageError(f"{file} holds no list of mappings", EXPECTED)
    return found


def _of_table(file: Path, lines: Any) -> list[Json]:
    reader = csv.DictReader(lines)
    names = {name.strip().lower().replace("_", ""): name for name in reader.fieldnames or []}
    columns = {name: names.get(name.lower()) for name in (SOURCE, TARGET, TRANSFORM)}
    missing = [name for name in (SOURCE, TARGET) if columns[name] is None]
    if missing:
        raise UsageError(f"{file} has no column {missing[0]!r}", EXPECTED)
    rows = [{name: row.get(column) or "" for name, column in columns.items() if column} for row in reader]
    # The rest of a transform is literal: its spaces are part of it.
    return [
        {name: value if name == TRANSFORM else value.strip() for name, value in row.items() if value.strip()}
        for row in rows
        if any(value.strip() for value in row.values())
    ]
