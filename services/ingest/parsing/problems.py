"""What can be wrong with a product file: problems of one row, and reasons to refuse the file as a whole."""

from enum import StrEnum
from typing import NamedTuple

import grpc

from services.runtime.errors import DomainError


class Severity(StrEnum):
    """`error`: the row was not imported. `warning`: it was, with the change the message names."""

    ERROR = "error"
    WARNING = "warning"


class RowProblem(NamedTuple):
    """One thing wrong with one row.

    `line` is the physical line the row starts on, from 1 (entry number for a JSON array); `column` the header name,
    empty when the row as a whole is meant; `reason` is one of the names in `ROW_REASONS`.
    """

    line: int
    column: str
    reason: str
    message: str
    severity: Severity = Severity.ERROR


ROW_REASONS: dict[str, str] = {
    "RAGGED_ROW": "A row has more cells than the header names, or is a torn piece of one.",
    "ID_TOO_LONG": "An id has more than 255 characters; the row is known by something else.",
    "MISSING_ID": "A row has nothing to recognise the product by.",
    "DUPLICATE_ID": "An id occurs again in the same file with other content; the later row got a suffix.",
    "CELL_TOO_LARGE": "A cell is larger than the limit.",
    "ROW_TOO_LARGE": "A row as a whole is larger than the limit.",
    "INVALID_UTF8": "Bytes that are no UTF-8 in a file that otherwise is.",
    "INVALID_ENCODING": "Bytes that are no text in the encoding of the file.",
    "NUL_BYTE": "A NUL character inside the text.",
    "REPEATED_HEADER": "The header line again in the middle of the file; skipped.",
    "NUMBER_OUT_OF_RANGE": "A number of a JSON file has an exponent of more digits than any number has.",
    "NOT_AN_OBJECT": "An entry of a JSON file is not an object.",
    "JSON_TOO_DEEP": "A JSON entry is nested deeper than the limit.",
    "INVALID_JSON_LINE": "A line of a newline-delimited JSON file is not JSON.",
}
"""Every reason a row problem can have, with its meaning."""


class FileRefusedError(DomainError):
    """The file as a whole cannot be imported; nothing of it is.

    FileRefusedError
     ├ EmptyFileError · NoRowsError
     ├ BinaryFileError · UnsupportedFileError · FormatMismatchError
     ├ TooManyColumnsError · TooManyRowsError · RecordTooLargeError
     ├ UnterminatedQuoteError · MalformedCsvError
     └ InvalidJsonError · TruncatedJsonError · JsonTooDeepError
    """

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "FILE_REFUSED"

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message, metadata={"line": str(line)} if line else None)
        self.line = line
        """Physical line from 1; 0 when no line is to blame."""


class EmptyFileError(FileRefusedError):
    """Nothing, or nothing but white space."""

    reason = "EMPTY_FILE"


class NoRowsError(FileRefusedError):
    """A header, or an empty list, and no product."""

    reason = "NO_ROWS"


class BinaryFileError(FileRefusedError):
    """No text at all."""

    reason = "BINARY_FILE"


class UnsupportedFileError(FileRefusedError):
    """A known kind of file that is neither CSV nor JSON."""

    reason = "UNSUPPORTED_FILE"


class FormatMismatchError(FileRefusedError):
    """The caller said JSON; the content is none."""

    reason = "FORMAT_MISMATCH"


class TooManyColumnsError(FileRefusedError):
    """More header names than the limit."""

    reason = "TOO_MANY_COLUMNS"


class TooManyRowsError(FileRefusedError):
    """More records than the limit."""

    reason = "TOO_MANY_ROWS"


class RecordTooLargeError(FileRefusedError):
    """No end of a record within the limit."""

    reason = "RECORD_TOO_LARGE"


class UnterminatedQuoteError(FileRefusedError):
    """A quoted cell that never ends."""

    reason = "UNTERMINATED_QUOTE"


class MalformedCsvError(FileRefusedError):
    """CSV that cannot be cut into records."""

    reason = "MALFORMED_CSV"


class InvalidJsonError(FileRefusedError):
    """Not JSON at the named place."""

    reason = "INVALID_JSON"


class TruncatedJsonError(FileRefusedError):
    """JSON that ends before it is complete."""

    reason = "TRUNCATED_JSON"


class JsonTooDeepError(FileRefusedError):
    """JSON nested so deep that it cannot even be read."""

    reason = "JSON_TOO_DEEP"
