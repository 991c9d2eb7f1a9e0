"""Settings that are more than a word: weights as an option's text, attributes by category from a file."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from cli.errors import UsageError
from cli.rest import Json

WEIGHTS = "goldWeights"
STAGES = ("identity", "taxonomy", "content", "media", "pricing", "attributes", "seo")
MEMBER = "categoryAttributes"
CATEGORY, ATTRIBUTES = "category", "attributes"
SEPARATOR = "|"
EMAILS = "notificationEmails"
EXPECTED_WEIGHTS = (
    "expected: all seven, for example identity=20,taxonomy=15,content=25,media=20,pricing=10,attributes=5,seo=5"
)
EXPECTED_FILE = (
    f"expected: CSV with {CATEGORY},{ATTRIBUTES} and {SEPARATOR} between attributes, or a JSON list of objects with "
    "these members, as `assay settings show --json` prints it"
)
_WHOLE = re.compile(r"-?[0-9]{1,9}")


def read_weights(text: str) -> Json:
    """`stage=points,…` as the API takes it. UsageError for what is no stage or no whole number.

    Whether all are there and what they sum to, the server says.
    """
    found: Json = {}
    for part in text.split(","):
        stage, _, points = (piece.strip() for piece in part.partition("="))
        if stage not in STAGES:
            raise UsageError(f"{stage!r} is no stage of the score", EXPECTED_WEIGHTS)
        if stage in found:
            raise UsageError(f"{stage} has two weights", EXPECTED_WEIGHTS)
        if not _WHOLE.fullmatch(points):
            raise UsageError(f"the weight of {stage} is no whole number: {points!r}", EXPECTED_WEIGHTS)
        found[stage] = int(points)
    return found


def read_list(text: str) -> list[str]:
    """What stands between the commas; nothing for an empty text."""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def read_category_attributes(file: Path) -> list[Json]:
    """The expected attributes of a .json file, or of one with comma-separated columns. UsageError."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return _of_json(file, json.load(opened)) if file.suffix.lower() == ".json" else _of_table(file, opened)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error, ValueError, RecursionError) as error:
        raise UsageError(f"{file} cannot be read: {error}", EXPECTED_FILE) from None


def _of_json(file: Path, found: Any) -> list[Json]:
    if isinstance(found, dict):
        found = found.get(MEMBER)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise UsageError(f"{file} holds no list of categories with their attributes", EXPECTED_FILE)
    return found


def _of_table(file: Path, lines: Any) -> list[Json]:
    reader = csv.DictReader(lines)
    names = {name.strip().lower(): name for name in reader.fieldnames or []}
    for wanted in (CATEGORY, ATTRIBUTES):
        if wanted not in names:
            raise UsageError(f"{file} has no column {wanted!r}", EXPECTED_FILE)
    rows = [((row[names[CATEGORY]] or "").strip(), row[names[ATTRIBUTES]] or "") for row in reader]
    return [
        {CATEGORY: category, ATTRIBUTES: [name.strip() for name in attributes.split(SEPARATOR) if name.strip()]}
        for category, attributes in rows
        if category or attributes.strip()
    ]
