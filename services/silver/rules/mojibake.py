"""Text that was read in the wrong encoding: "MÃ¼ller" was "Müller" before somebody took its UTF-8 for Windows-1252.

ftfy knows how to turn it back and when not to, but costs too much to ask of every value. UTF-8 misread this way always
shows a letter of À-ô before a sign of the upper half of Windows-1252, which sound text nearly never does: only values
with such a pair are asked about.
"""

from typing import Final

import ftfy
import polars as pl

_LEADING: Final = r"[\u{c2}-\u{f4}]"
# What Windows-1252 and Latin-1 make of the bytes 0x80-0xbf.
_FOLLOWING: Final = (
    r"[\u{80}-\u{bf}\u{152}\u{153}\u{160}\u{161}\u{178}\u{17d}\u{17e}\u{192}\u{2c6}\u{2dc}\u{2013}\u{2014}"
    r"\u{2018}-\u{201a}\u{201c}-\u{201e}\u{2020}-\u{2022}\u{2026}\u{2030}\u{2039}\u{203a}\u{20ac}\u{2122}]"
)
SUSPECT: Final = f"{_LEADING}{_FOLLOWING}"
"""Pattern of two characters that misread UTF-8 shows."""


def unscrambled(values: pl.Series) -> pl.Series:
    """Return suspect `values` as they were meant; those that ftfy finds sound stay as they are."""
    return pl.Series([ftfy.fix_encoding(text) for text in values.to_list()], dtype=pl.String)
