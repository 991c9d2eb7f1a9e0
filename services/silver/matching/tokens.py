"""Texts as arrays of tokens: one pass over bytes, no object per word.

A block of texts becomes one array of bytes without any punctuation, in which a token is a start and an end, and the
hash of any stretch costs one subtraction (a polynomial over the position, modulo 2^64). Two cuts are made of the same:
*words* end at every punctuation mark, *codes* only at white space and brackets, so that "DSC-W120/B" is the words dsc,
w120, b and the code dscw120b, which is what "DSCW120B" is as well.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from services.silver.matching.amounts import with_amounts, with_decimals

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

DECIMAL: Final = 1
"""Stands for the mark between the digits of a decimal number, so that 2.5 is neither 25 nor two numbers."""
_BASE: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_BASE, -1, 1 << 64)
_JOINER, _BREAK, _LETTER, _DIGIT = 0, 1, 2, 3


_PACK_OF: Final = (
    r"\b(?:pack|set|box|case|bundle|lot|paquete|caja|juego|confezione|scatola|caixa|conjunto|doos|karton|packung)"
    r" (?:of|de|da|di|con|mit|van|von|à) ([0-9]+)\b"
)
"""The number of a pack that is told behind it: pack of 6."""


def _classes() -> npt.NDArray[np.uint8]:
    table = np.full(256, _JOINER, dtype=np.uint8)
    table[list(b' \n\t\r()[]{},;:|"&+*!?<>=')] = _BREAK
    table[list(b"abcdefghijklmnopqrstuvwxyz") + list(range(128, 256))] = _LETTER
    table[[*b"0123456789", DECIMAL]] = _DIGIT
    return table


_CLASSES: Final = _classes()


class _Powers:
    """The base of the hash to the power of 0, 1, 2 …, and its inverse; made once, for the longest block so far."""

    def __init__(self) -> None:
        self._made = _powers_of(_BASE, 1 << 16), _powers_of(_INVERSE, 1 << 16)

    def up_to(self, size: int) -> tuple[Hashes, Hashes]:
        """The first `size` powers, and one more of the inverse."""
        powers, inverses = self._made  # both at once: another thread may be making longer ones
        if len(powers) <= size:
            powers, inverses = (_powers_of(base, 2 * size) for base in (_BASE, _INVERSE))
            self._made = powers, inverses
        return powers[:size], inverses[: size + 1]


def _powers_of(base: int, count: int) -> Hashes:
    powers = np.full(count, base, dtype=np.uint64)
    powers[0] = 1
    with np.errstate(over="ignore"):
        made: Hashes = np.multiply.accumulate(powers)
    return made


_POWERS: Final = _Powers()


class Tokens(NamedTuple):
    """Tokens of a block in the order of the text; `start` and `end` are places in the block's `Text`."""

    document: Places
    start: Places
    end: Places


class Text:
    """A block of texts, cleaned; see the module."""

    def __init__(self, texts: pl.Series) -> None:
        """Read a column of strings, see `cleaned`."""
        raw = np.frombuffer(("\n".join(texts.to_list()) + "\n").encode(), dtype=np.uint8)
        classes = _CLASSES[raw]
        kept = classes >= _LETTER
        self.bytes = raw[kept]
        self.size = len(self.bytes)
        self._document = np.cumsum(raw == ord("\n"))[kept]
        breaks: Places = np.cumsum(classes == _BREAK, dtype=np.int64)[kept]
        marks: Places = np.cumsum(classes < _LETTER, dtype=np.int64)[kept]
        digit = classes[kept] == _DIGIT
        self.digits = np.concatenate(([0], np.cumsum(digit)))
        place = np.arange(self.size)
        self._last_digit = np.maximum.accumulate(np.where(digit, place, -1)) if self.size else place
        self._next_letter = np.minimum.accumulate(np.where(digit, self.size, place)[::-1])[::-1] if self.size else place
        powers, self._inverse = _POWERS.up_to(self.size)
        with np.errstate(over="ignore"):
            weighted = np.cumsum((self.bytes.astype(np.uint64) + np.uint64(7)) * powers)
        self._sums = np.concatenate((np.zeros(1, np.uint64), weighted))
        self.words = self._cut(marks)
        self.codes = self._cut(breaks)

    def _cut(self, marks: npt.NDArray[np.int64]) -> Tokens:
        """Tokens between changes of the running count of marks."""
        if not self.size:
            return Tokens(*(np.zeros(0, np.int64) for _ in range(3)))
        start = np.concatenate(([0], np.flatnonzero(np.diff(marks)) + 1))
        return Tokens(self._document[start], start, np.concatenate((start[1:], [self.size])))

    def hashed(self, start: Places, end: Places) -> Hashes:
        """The hash of each stretch, well mixed; equal bytes have equal hashes wherever they stand."""
        with np.errstate(over="ignore"):
            value = (self._sums[end] - self._sums[start]) * self._inverse[start]
            value ^= value >> np.uint64(31)
            value *= np.uint64(0xBF58476D1CE4E5B9)
            value ^= value >> np.uint64(29)
        hashes: Hashes = value
        return hashes

    def digits_in(self, start: Places, end: Places) -> Places:
        """How many digits each stretch holds."""
        return self.digits[end] - self.digits[start]

    def stem_end(self, tokens: Tokens) -> Places:
        """Where the last digit of each token ends: what follows are letters (region, finish). The start if none."""
        return np.maximum(self._last_digit[tokens.end - 1] + 1, tokens.start)

    def number_end(self, tokens: Tokens) -> Places:
        """Where the digits that a token begins with end; the start if it begins with a letter."""
        return np.minimum(self._next_letter[tokens.start], tokens.end)

    def whole_end(self, start: Places, end: Places) -> Places:
        """Where the whole part of the numbers from `start` to `end` ends."""
        decimals = np.flatnonzero(self.bytes == DECIMAL)
        following = np.concatenate((decimals, [self.size]))[np.searchsorted(decimals, start)]
        return np.minimum(following, end)

    def grams(self) -> tuple[Places, Places]:
        """Document and number (below 2^18) of every three neighbouring characters of one document."""
        if self.size < 3:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        small = (self.bytes & np.uint8(63)).astype(np.int64)
        number = small[:-2] << 12 | small[1:-1] << 6 | small[2:]
        inside = self._document[:-2] == self._document[2:]
        return self._document[:-2][inside], number[inside]


def hash_words(words: str) -> Hashes:
    """Hashes of single words of the lexicon, in their order."""
    return hash_groups([words])[0]


def hash_groups(groups: Sequence[str]) -> tuple[Hashes, Places]:
    """Hashes of all words of some groups, in their order, and the number of the group of each.

    All groups at once: to clean one takes as long as to clean a hundred.
    """
    text = Text(cleaned(pl.Series(groups, dtype=pl.String)))
    return text.hashed(text.words.start, text.words.end), text.words.document


def cleaned(texts: pl.Series) -> pl.Series:
    """Lower case without accents, decimals (and 50000:1) marked and 8.0 written 8, inch signs as words, no tags."""
    lowered = with_decimals(texts.fill_null("").str.to_lowercase().str.replace_all("\n", " ", literal=True))
    plain = pl.col("text").str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    text = pl.when(pl.col("text").str.contains(r"[^\x00-\x7f]")).then(plain).otherwise("text")
    marked = lowered.to_frame("text").select(
        text.str.replace_all(_PACK_OF, "$1 pack")
        .str.replace_all(" + ", " bundle ", literal=True)
        .str.replace_all("%", " percent ", literal=True)
        .str.replace_all(r"([0-9a-z])\+(\s|$)", "$1 plus ")
        .str.replace_all(r"\b([1-9][0-9]{0,2}),([0-9]{3})\b", "$1$2")
        .str.replace_all(r"([0-9])[.,]00?\b", "$1")
        .str.replace_all(r"([0-9])[.,:]([0-9])", "$1\x01$2")
        .str.replace_all(r"""([0-9])\s?(?:''|"|”|″|')""", "$1 inch ")
    )
    return with_amounts(marked.to_series())
