"""CSV text to records, with the physical line each one starts on.

The csv module finds the cells: it runs in C, knows quotes, mixed line ends and line breaks in cells, and counts lines.
What it would swallow silently (a quote that never ends, a record without end) is caught here.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import compress
from typing import IO, Any

from services.ingest.parsing.encoding import BROKEN
from services.ingest.parsing.limits import ParseLimits
from services.ingest.parsing.problems import (
    EmptyFileError,
    MalformedCsvError,
    NoRowsError,
    RecordTooLargeError,
    RowProblem,
    Severity,
    TooManyColumnsError,
    UnterminatedQuoteError,
)

Record = tuple[int, dict[str, Any]]
"""Line (or entry) number and the values that are there, by header name, in the order of the source."""

Report = Callable[[RowProblem], None]

# Fewer cells than the header are normal (exporters drop trailing empty ones), but one lonely cell under so many
# headers is a piece of a row torn by an unquoted line break.
_TORN_BELOW_COLUMNS = 3


class CsvReader:
    """Records of one CSV stream; iterate once.

    `headers` are there after construction. Row problems (RAGGED_ROW, REPEATED_HEADER) go to `report`; raises
    TooManyColumnsError, NoRowsError, EmptyFileError, UnterminatedQuoteError, RecordTooLargeError.
    """

    def __init__(
        self, stream: IO[str], delimiter: str, limits: ParseLimits, report: Report, *, skip_lines: int = 0
    ) -> None:
        self._stream = stream
        self._limits = limits
        self._report = report
        self._held = 0
        self._start = skip_lines + 1
        self._ended = False
        for _ in range(skip_lines):
            stream.readline(limits.max_record_chars)
        # The module's own limit is process wide; ours is on the record and never looser.
        csv.field_size_limit(max(csv.field_size_limit(), limits.max_record_chars))
        self._rows = self._records(csv.reader(self._lines(), delimiter=delimiter), skip_lines)
        line, self._header_row = self._read_header()
        self.headers = _header_names(self._header_row, line, report)

    def __iter__(self) -> Iterator[Record]:
        width, header_row, headers = len(self._header_row), self._header_row, self.headers
        names = list(headers)
        repeated = _repeated_columns(headers)
        empty = True
        for line, row in self._rows:
            empty = False
            if len(row) != width:
                if len(row) > width:
                    if any(row[width:]):
                        self._report(_too_wide(line, row, width, self._start))
                        continue
                    del row[width:]
                elif len(row) == 1 and width >= _TORN_BELOW_COLUMNS:
                    self._report(
                        RowProblem(line, "", "RAGGED_ROW", f"The row has 1 cell where the header names {width}.")
                    )
                    continue
            elif row == header_row:
                self._report(
                    RowProblem(line, "", "REPEATED_HEADER", "The header line again; skipped.", Severity.WARNING)
                )
                continue
            if repeated:
                yield line, _merge_repeated(names, row, repeated)
            else:
                # The cells that are there; this spelling stays in C.
                yield line, dict(compress(zip(names, row, strict=False), row))
        if empty:
            raise NoRowsError("The file has a header line but no products below it.", line=self._start)

    def _read_header(self) -> tuple[int, list[str]]:
        first = next(self._rows, None)
        if first is None:
            raise EmptyFileError("The file holds nothing but blank lines.")
        line, row = first
        while row and not row[-1].strip():  # trailing delimiters name no column
            row.pop()
        if len(row) > self._limits.max_columns:
            raise TooManyColumnsError(
                f"The header on line {line} names {len(row):,} columns; the limit is {self._limits.max_columns:,}.",
                line=line,
            )
        return line, row

    def _lines(self) -> Iterator[str]:
        """Feeds the csv module line by line and refuses to feed one record for ever."""
        limit = self._limits.max_record_chars
        readline = self._stream.readline
        while line := readline(limit + 1):
            self._held += len(line)
            if self._held > limit:
                raise RecordTooLargeError(
                    f"The row that starts on line {self._start} does not end within {limit:,} characters; "
                    "perhaps a quote is not closed.",
                    line=self._start,
                )
            yield line
        self._ended = True

    def _records(self, reader: Any, skipped: int) -> Iterator[tuple[int, list[str]]]:
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise MalformedCsvError(
                    f"The row that starts on line {self._start} cannot be read as CSV.", line=self._start
                ) from error
            line = self._start
            if self._ended:  # the reader only asks for another line inside a quoted cell
                opened = line + sum(cell.count("\n") for cell in row[:-1])
                raise UnterminatedQuoteError(
                    f"The quote opened on line {opened} is never closed (the row starts on line {line}).", line=opened
                )
            self._held = 0
            self._start = reader.line_num + 1 + skipped
            # Blank lines, and rows of delimiters only.
            if row and any(row) and (len(row) > 1 or not row[0].isspace()):
                yield line, row


def _header_names(row: list[str], line: int, report: Report) -> list[str]:
    names = []
    for position, cell in enumerate(row, start=1):
        name = cell.strip()
        if BROKEN in name or "\0" in name:
            name = name.replace(BROKEN, "�").replace("\0", "")
            reason = "NUL_BYTE" if "\0" in cell else "INVALID_ENCODING"
            report(
                RowProblem(line, name, reason, f"The name of column {position} is damaged.", severity=Severity.WARNING)
            )
        names.append(name or f"column_{position}")
    return names


def _repeated_columns(headers: list[str]) -> dict[str, list[int]]:
    counts = Counter(headers)
    return {name: [i for i, other in enumerate(headers) if other == name] for name, n in counts.items() if n > 1}


def _merge_repeated(names: list[str], row: list[str], repeated: dict[str, list[int]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=False):
        if name not in repeated:
            if cell:
                values[name] = cell
        elif name not in values and (cells := [row[i] for i in repeated[name] if i < len(row) and row[i]]):
            values[name] = cells
    return values


def _too_wide(line: int, row: list[str], width: int, next_line: int) -> RowProblem:
    message = f"The row has {len(row)} cells; the header names {width}."
    if next_line - line > 1:
        message += f" It runs over {next_line - line} lines: perhaps a quote is opened too early or closed too late."
    return RowProblem(line, "", "RAGGED_ROW", message)
