"""Which characters the bytes of a file mean.

Order of the guesses: byte order mark; NULs in every second place (UTF-16 without mark); UTF-8; else the Windows
code page of Western Europe (or ISO-8859-1 where Windows has no character), unless the letters are mostly not Latin,
when charset-normalizer is asked. A file that is mostly UTF-8 stays UTF-8: its broken rows are reported one by one.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from charset_normalizer import from_bytes

from services.ingest.parsing.problems import BinaryFileError

BROKEN = "\udcff"
"""Stands in decoded text where bytes could not be decoded. A lone surrogate: no valid input decodes to one."""

_ERRORS_HANDLER = "assay.mark-broken"
_BLOCK_BYTES = 1024 * 1024
_SAMPLE_BYTES = 64 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark starts with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes without a character in Windows-1252, and the two that no Western text is full of and UTF-8 never contains.
_IMPLAUSIBLE_BYTES = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xFE, 0xFF])
_UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\r\x0b\x0c\x1a\x1b\x00")
_NOT_LATIN = re.compile("[^\x00-\u024f\u1e00-\u22ff]")


def _mark_broken(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BROKEN, error.end


codecs.register_error(_ERRORS_HANDLER, _mark_broken)


@dataclass(frozen=True, slots=True)
class FileEncoding:
    """Name of a Python codec, and whether every byte of the file could be decoded with it."""

    codec: str
    clean: bool


def open_text(path: Path, codec: str) -> IO[str]:
    """Text of the file, line ends as they are; what cannot be decoded reads as `BROKEN`."""
    return path.open(encoding=codec, errors=_ERRORS_HANDLER, newline="")


def detect_encoding(path: Path) -> FileEncoding:
    """Reads the whole file once, in blocks. Raises BinaryFileError for bytes that are no text."""
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
    for mark, codec in _MARKS:
        if sample.startswith(mark):
            return FileEncoding(codec, clean=codec == "utf-8-sig" and _count_utf8(path).broken == 0)
    if wide := _wide_without_mark(sample):
        return FileEncoding(wide, clean=False)
    _refuse_binary(sample)
    counts = _count_utf8(path)
    if counts.broken == 0:
        return FileEncoding("utf-8", clean=True)
    if counts.sequences >= counts.broken or counts.implausible * 2 >= counts.broken:
        return FileEncoding("utf-8", clean=False)
    return FileEncoding(_legacy_codec(path), clean=False)


@dataclass(slots=True)
class _Utf8Counts:
    sequences: int = 0
    """Continuation bytes of well-formed characters beyond ASCII."""
    broken: int = 0
    """Places that are no UTF-8."""
    implausible: int = 0
    """Bytes that would make no sense in a Western code page either."""


def _count_utf8(path: Path) -> _Utf8Counts:
    counts = _Utf8Counts()
    decoder = codecs.getincrementaldecoder("utf-8")(_ERRORS_HANDLER)
    for block in _blocks(path):
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        counts.broken += text.count(BROKEN)
        counts.sequences += len(block) - len(text)
        counts.implausible += len(block) - len(block.translate(None, _IMPLAUSIBLE_BYTES))
    counts.broken += decoder.decode(b"", final=True).count(BROKEN)
    return counts


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _wide_without_mark(sample: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a NUL in every second byte, and hardly one in the others."""
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    even, odd = sample[: pairs * 2 : 2].count(0) / pairs, sample[1 : pairs * 2 : 2].count(0) / pairs
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    if even > 0.4 and odd < 0.05:
        return "utf-16-be"
    return None


def _refuse_binary(sample: bytes) -> None:
    nuls, controls = sample.count(0), len(sample) - len(sample.translate(None, _CONTROL))
    if nuls > max(len(sample) * 0.01, 8) or controls > max(len(sample) * 0.02, 4):
        raise BinaryFileError("The file is binary, not text. Send CSV or JSON.")


def _legacy_codec(path: Path) -> str:
    lines: list[bytes] = []
    held, western = 0, "cp1252"
    for block in _blocks(path):
        if _UNDEFINED_IN_CP1252.search(block):
            western = "iso-8859-1"
        if held < _SAMPLE_BYTES and not block.isascii():
            rich = [line for line in block.splitlines() if not line.isascii()]
            lines += rich
            held += sum(map(len, rich))
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    high = sum(byte > 0x7F for byte in sample)
    letters = sum(chr(byte).isalpha() for byte in sample if byte < 0x80)
    # Western text has one accented letter in ten or so; where half the letters are beyond ASCII, it is another script.
    if high <= letters:
        return western
    best = from_bytes(sample).best()
    if best is None or not _NOT_LATIN.search(str(best)):
        return western
    return best.encoding
