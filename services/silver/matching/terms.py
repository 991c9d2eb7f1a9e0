"""Terms: the words and model codes that products are found by, as numbers of 34 bits.

They are hashes that do not depend on the process or on the rest of the catalog. The kind is above, the value below: 24
bits of a word, 32 of a code.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.silver.matching.arrays import Codes, Models, Readings, among_codes, of_both, shortened

Terms = npt.NDArray[np.uint64]

WORD_BITS: Final = 24
NAMED, CODED, PLAIN, KEY = (np.uint64(kind << WORD_BITS) for kind in range(4))
"""Words of a product: of its brand, of its title that are a model code of its own, all others of its title; and those
among the last two by which it is found (see `meeting`)."""
OWN, OTHER, LOOK = (np.uint64(kind << 32) for kind in (1, 2, 3))
"""Codes that are the product's own, in full or in part, and other readings of its texts; how it looks."""
_KINDS: Final = np.array([NAMED, CODED, PLAIN, KEY, OWN, OTHER, LOOK])
_WORD: Final = np.uint32((1 << WORD_BITS) - 1)
_TWO_BITS: Final = np.uint32(2)


def kind_of(terms: Terms) -> Terms:
    """`NAMED` … `LOOK`."""
    return _KINDS[np.searchsorted(_KINDS, terms, side="right") - 1]


def is_word(terms: Terms) -> npt.NDArray[np.bool_]:
    """Whether terms are words of a product, keys apart."""
    return terms < KEY


def words_of(terms: Terms | Codes) -> npt.NDArray[np.uint32]:
    """The words of terms of words, or keys."""
    return terms.astype(np.uint32) & _WORD


def codes_of(terms: Terms) -> npt.NDArray[np.uint32]:
    """The codes, or looks, of terms of them."""
    return terms.astype(np.uint32)


def listed(words: Codes, brands: Codes, own: Models) -> Codes:
    """The terms of words of title and brand, each word once per line, as the first kind that it is; 0 for none."""
    even = ~np.uint32(1)
    named = of_both(words & even, brands & even) != 0
    kinds = np.where(named, np.uint32(0), np.where(among_codes(words, own), np.uint32(1), np.uint32(2)))
    kinds = np.hstack((kinds, np.zeros(brands.shape, dtype=np.uint32)))
    shift = np.uint32(32 - WORD_BITS)
    both = np.sort(np.hstack((words, brands)) >> shift << _TWO_BITS | kinds, axis=1)
    values = both >> _TWO_BITS
    again = np.zeros(values.shape, dtype=bool)
    again[:, 1:] = values[:, 1:] == values[:, :-1]
    terms = (both & np.uint32(3)) << np.uint32(WORD_BITS) | values
    return np.where(again | (values == 0), np.uint32(0), terms)


def own_codes(own: Models, stems: Models, weak: Models) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Lines of products, and the codes (32 bits) that each has as its own, in full or in part, once per line."""
    tables = np.hstack([shortened(codes) for codes in (own, stems, weak)])
    tables.sort(axis=1)
    again = np.zeros(tables.shape, dtype=bool)
    again[:, 1:] = tables[:, 1:] == tables[:, :-1]
    row, column = np.nonzero(np.where(again, np.uint32(0), tables))
    return row, tables[row, column]


def short_look(looks: Models) -> npt.NDArray[np.uint32]:
    """32 bits of looks; 0 for none."""
    return np.where(looks != 0, np.maximum((looks >> np.uint64(32)).astype(np.uint32), np.uint32(1)), np.uint32(0))


def lines_and_terms(
    words: Codes, own: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]], other: Readings, looks: Models
) -> tuple[npt.NDArray[np.int64], Terms]:
    """All terms of products, and the line of each."""
    row, column = np.nonzero(words)
    terms = (words[row, column].astype(np.uint64), OWN | own[1].astype(np.uint64))
    readings = OTHER | shortened(other.code).astype(np.uint64)
    seen = np.flatnonzero(looks)
    look = LOOK | short_look(looks[seen]).astype(np.uint64)
    return np.concatenate((row, own[0], other.line, seen)), np.concatenate((*terms, readings, look))
