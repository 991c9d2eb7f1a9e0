"""What kind of file this is: CSV with which delimiter, or JSON; and in which encoding.

The content decides. The caller's word counts in one case only: a file announced as JSON is never read as CSV.
"""

import csv
import io
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.ingest.parsing.encoding import detect_encoding, open_text
from services.ingest.parsing.problems import (
    BinaryFileError,
    EmptyFileError,
    FormatMismatchError,
    UnsupportedFileError,
)

_SAMPLE_CHARS = 128 * 1024
_SAMPLE_ROWS = 50
_DELIMITERS = (",", ";", "\t", "|")

_KNOWN_BINARIES = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook (save it as CSV)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (save it as CSV)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive (unpack it first)"),
    (b"BZh", "a bzip2 archive (unpack it first)"),
    (b"\xfd7zXZ", "an xz archive (unpack it first)"),
    (b"7z\xbc\xaf", "a 7z archive (unpack it first)"),
    (b"Rar!", "a RAR archive (unpack it first)"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
)
_MARKUP = re.compile(r"<(\?xml|!doctype|!--|html|rss|feed|urlset|channel|[a-z][\w:.-]*[\s/>])", re.IGNORECASE)
# WordPress writes its exports (WXR) as RSS of a namespace of their own.
_WORDPRESS = re.compile(r"wordpress\.org/export/|WordPress eXtended RSS", re.IGNORECASE)
_HTML = re.compile(r"<(!doctype\s+html|html)\b", re.IGNORECASE)
_JSON_START = re.compile(r'\[\s*([\[{"\]0-9-]|(true|false|null)\b|\Z)|\{\s*(["}]|\Z)')
_EXCEL_HINT = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


class FormatHint(StrEnum):
    """What the caller says the file is."""

    AUTO = ""
    CSV = "csv"
    JSON = "json"


class FileKind(StrEnum):
    """How the file is read; also an item's `source`."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How to read a file."""

    kind: FileKind
    codec: str
    delimiter: str = ","
    skip_lines: int = 0
    """Lines before the CSV header (Excel's `sep=;`)."""


def detect_format(path: Path, hint: FormatHint = FormatHint.AUTO) -> FileFormat:
    """Looks at the whole file for its encoding and at its beginning for the rest.

    Raises EmptyFileError, BinaryFileError, UnsupportedFileError (XML, archives, workbooks, images) and
    FormatMismatchError (announced as JSON, but neither an array nor an object).
    """
    with path.open("rb") as stream:
        head = stream.read(64)
    if not head:
        raise EmptyFileError("The file is empty.")
    for magic, name in _KNOWN_BINARIES:
        if head.startswith(magic):
            raise BinaryFileError(f"The file is {name}, not text. Send CSV or JSON.")
    codec = detect_encoding(path).codec
    with open_text(path, codec) as text:
        sample = text.read(_SAMPLE_CHARS)
        while sample and not sample.strip():
            sample = text.read(_SAMPLE_CHARS)
    start = sample.lstrip()
    if not start:
        raise EmptyFileError("The file holds nothing but white space.")
    if _JSON_START.match(start):
        return FileFormat(FileKind.JSON, codec)
    if _MARKUP.match(start):
        raise UnsupportedFileError(f"The file is {_markup_of(start)}. Send CSV or JSON.")
    if hint is FormatHint.JSON:
        raise FormatMismatchError("The file was sent as JSON but starts neither with [ nor with {.")
    if excel := _EXCEL_HINT.match(sample):
        return FileFormat(FileKind.CSV, codec, excel.group(1), skip_lines=1)
    return FileFormat(FileKind.CSV, codec, detect_delimiter(sample, complete=len(sample) < _SAMPLE_CHARS))


def _markup_of(start: str) -> str:
    """What a file that begins with a tag is, and for a shop's export where it gives a CSV file instead."""
    if _WORDPRESS.search(start):
        return (
            "XML: a WordPress export (WXR), which is not accepted (WooCommerce has its products as CSV under"
            " Products > All Products > Export)"
        )
    if _HTML.search(start):
        return "an HTML page, which is not accepted"
    return "XML, which is not accepted"


def detect_delimiter(sample: str, *, complete: bool = True) -> str:
    """The delimiter under which most rows of the sample have as many cells as the header; comma for one column."""
    best, best_key = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = _widths(sample, delimiter, complete=complete)
        if not widths or widths[0] < 2:
            continue
        body = widths[1:]
        agreement = sum(width == widths[0] for width in body) / len(body) if body else 1.0
        # In tenths: a few ragged rows do not let a delimiter with fewer columns win.
        key = (round(agreement, 1), widths[0])
        if key > best_key:
            best, best_key = delimiter, key
    return best


def _widths(sample: str, delimiter: str, *, complete: bool) -> list[int]:
    widths: list[int] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                widths.append(len(row))
            if len(widths) > _SAMPLE_ROWS:
                return widths
    except csv.Error:
        return widths
    # The sample ends somewhere inside its last row.
    return widths if complete or len(widths) < 2 else widths[:-1]
