"""Which products have a word or a model code: the part of a profile that an index in the database is made of.

A posting is one unsigned number of 64 bits, term above and product below, so that sorted postings are an index: those
of a term are neighbours. Terms are hashes that do not depend on the process or on the rest of the catalog.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.silver.matching.arrays import Codes
from services.silver.matching.commonness import own_codes
from services.silver.matching.profile import Block

Terms = npt.NDArray[np.uint64]
Postings = npt.NDArray[np.uint64]

PRODUCT_BITS: Final = np.uint64(30)
_PRODUCT: Final = np.uint64((1 << 30) - 1)
LAST_NUMBER: Final = (1 << 30) - 1
"""The highest number that a product may have: a higher one would be read as another product of another term."""
_KIND_BITS: Final = np.uint64(32)
WORD, OWN, OTHER = (np.uint64(kind) for kind in range(3))
"""Kinds of terms: words of titles, codes that are the product's own, and other readings of its texts."""


def words_as_terms(words: Codes) -> Terms:
    """Terms of words of a profile."""
    return WORD << _KIND_BITS | (words >> np.uint32(8)).astype(np.uint64)


def codes_as_terms(codes: Codes, kind: np.uint64) -> Terms:
    """Terms of codes, as own ones or as others."""
    return kind << _KIND_BITS | codes.astype(np.uint64)


def kind_of(terms: Terms) -> Terms:
    """`WORD`, `OWN` or `OTHER`."""
    return terms >> _KIND_BITS


def value_of(terms: Terms) -> npt.NDArray[np.uint32]:
    """The word (24 bits) or the code of each term."""
    return terms.astype(np.uint32)


def postings_of(read: Block, numbers: npt.NDArray[np.int64]) -> Postings:
    """The sorted postings of a block that has not been joined yet; `numbers` are those of its products."""
    words = read.profile.words
    place, column = np.nonzero(words)
    mine, own = own_codes(read.profile)
    document = np.concatenate((place, mine, read.others[0]))
    terms = np.concatenate(
        (
            words_as_terms(words[place, column]),
            codes_as_terms(own, OWN),
            codes_as_terms(read.others[1], OTHER),
        )
    )
    return np.unique(terms << PRODUCT_BITS | numbers.astype(np.uint64)[document])


def term_of(postings: Postings) -> Terms:
    """The term of each posting."""
    return postings >> PRODUCT_BITS


def product_of(postings: Postings) -> npt.NDArray[np.int64]:
    """The number of each posting's product."""
    return (postings & _PRODUCT).astype(np.int64)
