"""JSON text read through a sliding window: one entry at a time, every error with its line and column."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from json import JSONDecodeError, JSONDecoder
from typing import IO, Any

from services.ingest.parsing.limits import ParseLimits
from services.ingest.parsing.problems import (
    FileRefusedError,
    InvalidJsonError,
    JsonTooDeepError,
    RecordTooLargeError,
    TruncatedJsonError,
)

ENVELOPE_KEYS = frozenset({"products", "items", "data", "results", "entries", "records"})
"""Names under which an object may hold the array of products."""

_WINDOW_CHARS = 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")
_OBJECTS_OR_EMPTY = re.compile(r"\[\s*[{\]]")
_CUT_WORD = re.compile(r"(-|t|tr|tru|f|fa|fal|fals|n|nu|nul|\\u?[0-9a-fA-F]{0,3})\Z")
_SAFE_DIGITS = 18


class OutOfRange:
    """Stands for a number whose exponent is beyond what `Decimal` holds (1e-99999999999999999999)."""


OUT_OF_RANGE = OutOfRange()


def _fraction(text: str) -> Decimal | OutOfRange:
    try:
        return Decimal(text)
    except InvalidOperation:
        return OUT_OF_RANGE


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _SAFE_DIGITS else Decimal(text)


def _no_value(_: str) -> None:
    """NaN and Infinity are no JSON, but common exporters write them where a value is missing."""


DECODER = JSONDecoder(parse_float=_fraction, parse_int=_integer, parse_constant=_no_value, strict=False)


class JsonWindow:
    """A piece of the text that grows until an entry fits, and forgets what has been read."""

    def __init__(self, stream: IO[str], limits: ParseLimits) -> None:
        self._stream = stream
        self._limit = limits.max_record_chars
        self._text = ""
        self._at = 0
        self._ended = False
        self._lines_before = 0
        self._column_before = 0

    def entries(self) -> Iterator[tuple[int, Any]]:
        """Numbered entries of the array, wherever it is; the one object, if there is no array."""
        if self._peek() == "[":
            yield from self._array()
        else:
            yield from self._envelope()
        if self._peek():
            raise self._invalid("text after the end of the data", self._at)

    def _array(self) -> Iterator[tuple[int, Any]]:
        self._at += 1
        number = 0
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            number += 1
            if not self._peek():
                raise self._truncated(self._at)
            yield number, self._value()
            if (follower := self._peek()) not in (",", "]"):
                raise self._invalid("a comma or ] was expected", self._at) if follower else self._truncated(self._at)
            self._at += 1
            if follower == "]":
                return

    def _envelope(self) -> Iterator[tuple[int, Any]]:
        self._at += 1
        single: dict[str, Any] = {}
        found = False
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if self._peek() != '"':
                raise (
                    self._invalid("a name in quotes was expected", self._at)
                    if self._peek()
                    else self._truncated(self._at)
                )
            name = self._value()
            if (follower := self._peek()) != ":":
                raise self._invalid("a colon was expected", self._at) if follower else self._truncated(self._at)
            self._at += 1
            if self._peek() == "[" and not found and str(name).casefold() in ENVELOPE_KEYS and self._holds_objects():
                found = True
                yield from self._array()
            else:
                single[str(name)] = self._value()
            if (follower := self._peek()) not in (",", "}"):
                raise self._invalid("a comma or } was expected", self._at) if follower else self._truncated(self._at)
            self._at += 1
            if follower == "}":
                break
        if not found:
            yield 1, single

    def _holds_objects(self) -> bool:
        """Whether the array at the cursor starts with an object, or is empty: a list of texts is a product's value."""
        if len(self._text) - self._at < 1024:
            self._fill()
        return _OBJECTS_OR_EMPTY.match(self._text, self._at) is not None

    def _peek(self) -> str:
        """Next character that is no white space, or nothing at the end."""
        while True:
            self._at = self._end_of_space()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._fill()

    def _end_of_space(self) -> int:
        match = _SPACE.match(self._text, self._at)
        return match.end() if match else self._at

    def _value(self) -> Any:
        while True:
            error: JSONDecodeError | None = None
            try:
                value, end = DECODER.raw_decode(self._text, self._end_of_space())
                # At the window's edge a number or word may go on in the text not yet read.
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            except JSONDecodeError as problem:
                error = problem
            except RecursionError:
                raise JsonTooDeepError(f"The JSON is nested too deep at {self._place(self._at)}.") from None
            if error is not None and self._ended:
                raise (
                    self._truncated(len(self._text))
                    if is_cut_off(error, self._text)
                    else self._invalid(error.msg, error.pos)
                )
            if len(self._text) - self._at > self._limit:
                raise RecordTooLargeError(
                    f"The entry that starts at {self._place(self._at)} does not end within {self._limit:,} characters.",
                    line=self._line(self._at),
                )
            self._fill()

    def _fill(self) -> None:
        """Drops what was read and at least doubles what was not, so that retries cost no more than the text itself."""
        gone = self._text[: self._at]
        newlines = gone.count("\n")
        self._lines_before += newlines
        self._column_before = len(gone) - gone.rfind("\n") - 1 if newlines else self._column_before + len(gone)
        rest = self._text[self._at :]
        more = self._stream.read(max(_WINDOW_CHARS, len(rest)))
        self._ended = not more
        self._text, self._at = rest + more, 0

    def _line(self, at: int) -> int:
        return self._lines_before + self._text.count("\n", 0, at) + 1

    def _place(self, at: int) -> str:
        newline = self._text.rfind("\n", 0, at)
        column = at - newline if newline >= 0 else self._column_before + at + 1
        return f"line {self._line(at)}, column {column}"

    def _invalid(self, what: str, at: int) -> FileRefusedError:
        return InvalidJsonError(f"The file is not valid JSON: {what} at {self._place(at)}.", line=self._line(at))

    def _truncated(self, at: int) -> FileRefusedError:
        return TruncatedJsonError(f"The JSON ends too early, at {self._place(at)}.", line=self._line(at))


def is_cut_off(error: JSONDecodeError, text: str) -> bool:
    """Whether the decoder failed because the text ends, and not because of what it says."""
    if error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()):
        return True
    return _CUT_WORD.match(text.rstrip(), error.pos) is not None
