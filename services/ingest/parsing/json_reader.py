"""JSON text to records: an array, newline-delimited objects, or an object that holds the array.

Entries are decoded one at a time from a sliding window of text, so memory is bounded by the largest entry and every
error knows its line. Numbers stay what they were: those beyond a double's or an integer's reach become `Decimal`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from json import JSONDecodeError
from typing import IO, Any

from services.ingest.parsing.csv_reader import Record, Report
from services.ingest.parsing.json_window import DECODER, JsonWindow, is_cut_off
from services.ingest.parsing.limits import ParseLimits
from services.ingest.parsing.problems import NoRowsError, RecordTooLargeError, RowProblem, TruncatedJsonError


class JsonReader:
    """Records of one JSON stream; iterate once. The stream must be seekable.

    Problems of single entries (NOT_AN_OBJECT, JSON_TOO_DEEP, INVALID_JSON_LINE) go to `report`; raises
    TruncatedJsonError, InvalidJsonError, JsonTooDeepError, RecordTooLargeError, NoRowsError.
    """

    def __init__(self, stream: IO[str], limits: ParseLimits, report: Report) -> None:
        self._stream = stream
        self._limits = limits
        self._report = report

    def __iter__(self) -> Iterator[Record]:
        entries = _read_lines(self._stream, self._limits, self._report)
        if entries is None:
            self._stream.seek(0)
            entries = JsonWindow(self._stream, self._limits).entries()
        empty = True
        for number, entry in entries:
            empty = False
            if type(entry) is not dict:
                self._report(
                    RowProblem(number, "", "NOT_AN_OBJECT", f"Entry {number} is {_kind(entry)}, not an object.")
                )
            elif _deeper_than(entry, self._limits.max_depth):
                message = f"Entry {number} is nested more than {self._limits.max_depth} levels deep."
                self._report(RowProblem(number, "", "JSON_TOO_DEEP", message))
            else:
                yield number, {name: value for name, value in entry.items() if value is not None and value != ""}
        if empty:
            raise NoRowsError("The file holds no products.")


def _read_lines(stream: IO[str], limits: ParseLimits, report: Report) -> Iterator[tuple[int, Any]] | None:
    """Entries of newline-delimited JSON, or None when the file is not that: its first line must be an object."""
    line, number = "\n", 0
    while line and not line.strip():
        line = stream.readline(limits.max_record_chars)
        number += 1
    try:
        first = DECODER.decode(line)
    except (ValueError, RecursionError):
        return None
    if type(first) is not dict:
        return None
    blanks = 0
    second = stream.readline(limits.max_record_chars)
    while second and not second.strip():
        second = stream.readline(limits.max_record_chars)
        blanks += 1
    if not second:
        return None  # one object alone: a product, or the holder of the array
    return chain([(number, first)], _lines((number + blanks + 1, second), stream, limits, report))


def _lines(start: tuple[int, str], stream: IO[str], limits: ParseLimits, report: Report) -> Iterator[tuple[int, Any]]:
    number, line = start
    while line:
        if len(line) >= limits.max_record_chars and not line.endswith("\n"):
            raise RecordTooLargeError(f"Line {number} is longer than {limits.max_record_chars:,} characters.")
        after = stream.readline(limits.max_record_chars)
        if line.strip():
            try:
                entry = DECODER.decode(line)
            except JSONDecodeError as error:
                if not after.strip() and is_cut_off(error, line):
                    raise TruncatedJsonError(
                        f"The file ends inside the entry of line {number}, at column {error.colno}.", line=number
                    ) from None
                message = f"Line {number} is not JSON: {error.msg} at column {error.colno}."
                report(RowProblem(number, "", "INVALID_JSON_LINE", message))
            except RecursionError:
                report(RowProblem(number, "", "JSON_TOO_DEEP", f"Line {number} is nested too deep."))
            else:
                yield number, entry
        line, number = after, number + 1


def _deeper_than(value: Any, levels: int) -> bool:
    children: Iterable[Any]
    if type(value) is dict:
        children = value.values()
    elif type(value) is list:
        children = value
    else:
        return False
    if levels == 0:
        return True
    return any(type(child) in (dict, list) and _deeper_than(child, levels - 1) for child in children)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {bool: "true or false", str: "a text", list: "an array"}.get(type(value), "a number")
