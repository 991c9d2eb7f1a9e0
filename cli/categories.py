"""A category tree, read from a file."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from cli.errors import UsageError
from cli.rest import Json

PATH, ID, SYNONYMS = "path", "id", "synonyms"
SEPARATOR = "|"
# A line of Google's product taxonomy with ids: "3237 - Animals & Pet Supplies > Live Animals".
_NUMBERED = re.compile(r"(\d+) - (\S.*)")


def read_categories(file: Path) -> list[Json]:
    """The categories of a file, as the API takes them. UsageError.

    Either CSV with the columns `path` and, if wanted, `id` and `synonyms` (with `|` between them), or one path per line
    with ` > ` between its levels, as in Google's product taxonomy, with or without ids; lines that begin with `#` are
    comments.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        header = [name.strip().lower() for name in next(csv.reader(io.StringIO(text)), [])]
        found = _of_table(text, header) if PATH in header else _of_lines(text)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} is no UTF-8 text: {error}") from None
    if not found:
        raise UsageError(f"{file} has no category", "expected: one path per line, or CSV with path,id,synonyms")
    return found


def _of_table(text: str, header: list[str]) -> list[Json]:
    reader = csv.DictReader(io.StringIO(text, newline=""), fieldnames=header)
    next(reader)  # the header itself
    return [
        _category(path, row.get(ID) or "", (row.get(SYNONYMS) or "").split(SEPARATOR))
        for row in reader
        if (path := (row[PATH] or "").strip())
    ]


def _of_lines(text: str) -> list[Json]:
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if all(numbered):
        return [_category(match[2], match[1], []) for match in numbered if match]
    return [_category(line, "", []) for line in lines]


def _category(path: str, category_id: str, synonyms: list[str]) -> Json:
    category: Json = {"path": path}
    if category_id.strip():
        category["id"] = category_id.strip()
    if named := [name.strip() for name in synonyms if name.strip()]:
        category["synonyms"] = named
    return category
