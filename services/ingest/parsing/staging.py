"""The whole file parsed to disk before anything is imported, so that a file broken half way imports nothing.

A staged file is a directory, on disk or somewhere else: `items-00000.arrow` … (columns id, parent_id, line, document,
fingerprint) and `problems-00000.arrow` … (line, column, reason, message, severity), in Arrow's IPC format.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from services.ingest.parsing.detect import FormatHint
from services.ingest.parsing.limits import ParseLimits
from services.ingest.parsing.pipeline import FileParser, ItemChunk
from services.ingest.parsing.problems import RowProblem, Severity

ITEM_SCHEMA = {
    "id": pl.String,
    "parent_id": pl.String,
    "line": pl.Int64,
    "document": pl.String,
    "fingerprint": pl.String,
}
PROBLEM_SCHEMA = {
    "line": pl.Int64,
    "column": pl.String,
    "reason": pl.String,
    "message": pl.String,
    "severity": pl.String,
}


class FrameStore(Protocol):
    """A directory that is none of this machine's. A frame appears there whole."""

    def write(self, name: str, frame: pl.DataFrame, /) -> None:
        """Writes a frame, also over one of that name."""

    def read(self, name: str, columns: list[str] | None, /) -> pl.DataFrame:
        """A frame, or some columns of it. Raises FileNotFoundError."""


Directory = Path | FrameStore


@dataclass(frozen=True, slots=True)
class StagedChunk:
    """Counts of one chunk; its rows are in the directory under its number."""

    items: int
    errors: int
    repeats: int


@dataclass(frozen=True, slots=True)
class StagedFile:
    """What a file holds. `source` is csv or json; items + errors + repeats is the number of its records."""

    source: str
    items: int
    errors: int
    warnings: int
    repeats: int
    chunks: tuple[StagedChunk, ...]

    @property
    def total(self) -> int:
        """Records: items, rows that were refused, and repeated rows."""
        return self.items + self.errors + self.repeats


def stage_file(
    path: Path,
    directory: Directory,
    hint: FormatHint = FormatHint.AUTO,
    limits: ParseLimits | None = None,
    checkpoint: Callable[[int], None] = lambda _: None,
) -> StagedFile:
    """Parses the file into chunks under `directory` (made if needed, its files overwritten).

    `checkpoint` is called with the number of items after each chunk and may raise to stop. Raises FileRefusedError.
    """
    if isinstance(directory, Path):
        directory.mkdir(parents=True, exist_ok=True)
    parser = FileParser(path, hint, limits)
    chunks: list[StagedChunk] = []
    for number, chunk in enumerate(parser.chunks()):
        _write_chunk(directory, number, chunk)
        chunks.append(StagedChunk(len(chunk.ids), chunk.errors, chunk.repeats))
        checkpoint(parser.totals.items)
    totals = parser.totals
    return StagedFile(parser.format.kind, totals.items, totals.errors, totals.warnings, totals.repeats, tuple(chunks))


def read_staged_items(directory: Directory, number: int) -> pl.DataFrame:
    """Items of a chunk, columns as in `ITEM_SCHEMA`. Raises FileNotFoundError."""
    return _read(directory, _items_name(number))


def read_staged_ids(directory: Directory, number: int) -> list[str]:
    """Ids of a chunk's items, in file order, each once; of a file on disk nothing else is read."""
    return _read(directory, _items_name(number), ["id"])["id"].to_list()


def read_staged_problems(directory: Directory, number: int) -> list[RowProblem]:
    """Problems of a chunk, in the order they were met."""
    try:
        rows = _read(directory, _problems_name(number)).iter_rows()
    except FileNotFoundError:
        return []  # on disk a chunk without any has no file of them
    return [RowProblem(line, column, reason, text, Severity(kind)) for line, column, reason, text, kind in rows]


def _write_chunk(directory: Directory, number: int, chunk: ItemChunk) -> None:
    columns = {
        "id": chunk.ids,
        "parent_id": chunk.parents,
        "line": chunk.lines,
        "document": chunk.documents,
        "fingerprint": chunk.fingerprints,
    }
    _write(directory, _items_name(number), pl.DataFrame(columns, schema=ITEM_SCHEMA))
    if chunk.problems or not isinstance(directory, Path):
        problems = pl.DataFrame(chunk.problems, schema=PROBLEM_SCHEMA, orient="row")
        _write(directory, _problems_name(number), problems)
    else:
        (directory / _problems_name(number)).unlink(missing_ok=True)


def _write(directory: Directory, name: str, frame: pl.DataFrame) -> None:
    if not isinstance(directory, Path):
        directory.write(name, frame)
        return
    # Whoever stages again must not take a file away from under somebody who reads it.
    part = directory / f"{name}.{uuid.uuid4().hex}.part"
    frame.write_ipc(part)
    part.replace(directory / name)


def _read(directory: Directory, name: str, columns: list[str] | None = None) -> pl.DataFrame:
    if isinstance(directory, Path):
        return pl.read_ipc(directory / name, columns=columns)
    return directory.read(name, columns)


def _items_name(number: int) -> str:
    return f"items-{number:05d}.arrow"


def _problems_name(number: int) -> str:
    return f"problems-{number:05d}.arrow"
