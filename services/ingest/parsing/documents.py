"""Rows as JSON documents, with the fingerprint that tells whether content changed."""

from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson

from services.ingest.parsing.encoding import BROKEN
from services.ingest.parsing.json_window import OUT_OF_RANGE
from services.ingest.parsing.limits import ParseLimits
from services.ingest.parsing.problems import RowProblem

_FINGERPRINT_BYTES = 16
_NUL_IN_JSON = b"\\u0000"


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError


def fingerprint_of(document: bytes) -> str:
    """BLAKE2b-128 of the document, 32 hexadecimal digits."""
    return blake2b(document, digest_size=_FINGERPRINT_BYTES).hexdigest()


def encode_document(values: dict[str, Any]) -> bytes:
    """Compact UTF-8 JSON in the order of the source, numbers digit by digit as they came.

    Raises TypeError for what cannot be written: bytes that could not be decoded, numbers out of range.
    """
    return orjson.dumps(values, default=_exact)


def damage(document: bytes, line: int, values: dict[str, Any], limits: ParseLimits) -> RowProblem | None:
    """What makes a document that could be written unfit to be kept: a NUL, or its size. None for a good one."""
    if _NUL_IN_JSON in document:
        for column, value in _cells(values):
            if "\0" in column or "\0" in value:
                return RowProblem(line, column.replace("\0", ""), "NUL_BYTE", "The text contains a NUL character.")
    if len(document) > limits.max_cell_bytes:
        for column, value in _cells(values):
            if len(value) > limits.max_cell_bytes // 4 and (size := len(value.encode())) > limits.max_cell_bytes:
                message = f"The cell holds {size:,} bytes; the limit is {limits.max_cell_bytes:,}."
                return RowProblem(line, column, "CELL_TOO_LARGE", message)
    if len(document) > limits.max_document_bytes:
        message = f"The row holds {len(document):,} bytes; the limit is {limits.max_document_bytes:,}."
        return RowProblem(line, "", "ROW_TOO_LARGE", message)
    return None


def undecodable(line: int, values: dict[str, Any], codec: str) -> RowProblem:
    """The problem of a row that could not be written: where its broken bytes are, or its number out of range."""
    for column, value in values.items():
        if _is_out_of_range(value):
            return RowProblem(line, _printable(column), "NUMBER_OUT_OF_RANGE", "The exponent of a number is too large.")
    reason, name = ("INVALID_UTF8", "UTF-8") if codec.startswith("utf-8") else ("INVALID_ENCODING", codec.upper())
    column = next((c for c, value in _cells(values) if BROKEN in c or _lone_surrogate(c + value)), "")
    return RowProblem(line, _printable(column), reason, f"The text contains bytes that are not valid {name}.")


def _cells(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Every text of the row under the name of its top-level field."""
    cells: list[tuple[str, str]] = []
    stack: list[tuple[str, Any]] = [(name, value) for name, value in reversed(values.items())]
    while stack:
        column, value = stack.pop()
        if isinstance(value, str):
            cells.append((column, value))
        elif isinstance(value, dict):
            cells += [(column, name) for name in value]
            stack += [(column, inner) for inner in reversed(value.values())]
        elif isinstance(value, list):
            stack += [(column, inner) for inner in reversed(value)]
        else:
            cells.append((column, ""))
    return cells


def _is_out_of_range(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(map(_is_out_of_range, value))
    return value is OUT_OF_RANGE


def _lone_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode()
