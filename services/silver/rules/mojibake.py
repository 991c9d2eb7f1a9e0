"""Text that was read in the wrong encoding: "MÃ¼ller" was "Müller" before somebody took its UTF-8 for Windows-1252.

ftfy knows how to turn it back and when not to, but costs too much to ask of every value. UTF-8 misread this way always
shows a letter of À-ô before a sign of the upper half of Windows-1252, which sound text nearly never does: only values
with such a pair are asked about.
"""

from typing import Final

import ftfy
import polars as pl

_LEADING: Final = "[\u00c2-\u00f4]"
# What Windows-1252 and Latin-1 make of the bytes 0x80-0xbf.
_FOLLOWING: Final = (
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
    "\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
SUSPECT: Final = f"{_LEADING}{_FOLLOWING}"
"""Pattern of two characters that misread UTF-8 shows."""


def meant(text: str) -> str:
    """One text as it was meant."""
    return ftfy.fix_encoding(text)


def unscrambled(values: pl.Series) -> pl.Series:
    """Return suspect `values` as they were meant; those that ftfy finds sound stay as they are."""
    return pl.Series([meant(text) for text in values.to_list()], dtype=pl.String)
