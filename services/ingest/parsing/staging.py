"""The whole file parsed to disk before anything is imported, so that a file broken half way imports nothing.

A staged file is a directory: `items-00000.arrow` … (columns id, parent_id, line, document, fingerprint) and
`problems-00000.arrow` … (line, column, reason, message, severity) where a chunk has any, in Arrow's IPC format.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class StagedChunk:
    """Counts of one chunk; its rows are on disk under its number."""

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
    directory: Path,
    hint: FormatHint = FormatHint.AUTO,
    limits: ParseLimits | None = None,
    checkpoint: Callable[[int], None] = lambda _: None,
) -> StagedFile:
    """Parses the file into chunk files under `directory` (made if needed, its files overwritten).

    `checkpoint` is called with the number of items after each chunk and may raise to stop. Raises FileRefusedError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    parser = FileParser(path, hint, limits)
    chunks: list[StagedChunk] = []
    for number, chunk in enumerate(parser.chunks()):
        _write_chunk(directory, number, chunk)
        chunks.append(StagedChunk(len(chunk.ids), chunk.errors, chunk.repeats))
        checkpoint(parser.totals.items)
    totals = parser.totals
    return StagedFile(parser.format.kind, totals.items, totals.errors, totals.warnings, totals.repeats, tuple(chunks))


def read_staged_items(directory: Path, number: int) -> pl.DataFrame:
    """Items of a chunk, columns as in `ITEM_SCHEMA`."""
    return pl.read_ipc(_items_path(directory, number))


def read_staged_ids(directory: Path, number: int) -> list[str]:
    """Ids of a chunk's items, in file order, each once; nothing else is read."""
    return pl.read_ipc(_items_path(directory, number), columns=["id"])["id"].to_list()


def read_staged_problems(directory: Path, number: int) -> list[RowProblem]:
    """Problems of a chunk, in the order they were met."""
    path = _problems_path(directory, number)
    if not path.exists():
        return []
    rows = pl.read_ipc(path).iter_rows()
    return [RowProblem(line, column, reason, text, Severity(kind)) for line, column, reason, text, kind in rows]


def _write_chunk(directory: Path, number: int, chunk: ItemChunk) -> None:
    columns = {
        "id": chunk.ids,
        "parent_id": chunk.parents,
        "line": chunk.lines,
        "document": chunk.documents,
        "fingerprint": chunk.fingerprints,
    }
    pl.DataFrame(columns, schema=ITEM_SCHEMA).write_ipc(_items_path(directory, number))
    path = _problems_path(directory, number)
    if chunk.problems:
        pl.DataFrame(chunk.problems, schema=PROBLEM_SCHEMA, orient="row").write_ipc(path)
    else:
        path.unlink(missing_ok=True)


def _items_path(directory: Path, number: int) -> Path:
    return directory / f"items-{number:05d}.arrow"


def _problems_path(directory: Path, number: int) -> Path:
    return directory / f"problems-{number:05d}.arrow"
