"""Which products have a term: the part of a profile that an index in the database is made of.

A posting is one unsigned number of 64 bits, term above and product below, so that sorted postings are an index: those
of a term are neighbours. The same the other way round tells the terms of a product.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.silver.matching.arrays import distinct
from services.silver.matching.profile import Profile
from services.silver.matching.terms import Terms, lines_and_terms, listed, own_codes

Postings = npt.NDArray[np.uint64]

PRODUCT_BITS: Final = np.uint64(30)
TERM_BITS: Final = np.uint64(34)
_PRODUCT: Final = np.uint64((1 << 30) - 1)
_TERM: Final = np.uint64((1 << 34) - 1)
LAST_NUMBER: Final = (1 << 30) - 1
"""The highest number that a product may have: a higher one would be read as another product of another term."""


def postings_of(read: Profile, numbers: npt.NDArray[np.int64]) -> Postings:
    """The sorted postings of a block that has not been joined yet; `numbers` are those of its products."""
    words = listed(read.words, read.brand, read.own)
    lines, terms = lines_and_terms(words, own_codes(read.own, read.stems, read.weak), read.other, read.look)
    return distinct(terms << PRODUCT_BITS | numbers.astype(np.uint64)[lines])


def term_of(postings: Postings) -> Terms:
    """The term of each posting."""
    return postings >> PRODUCT_BITS


def product_of(postings: Postings) -> npt.NDArray[np.int64]:
    """The number of each posting's product."""
    return (postings & _PRODUCT).astype(np.int64)


def by_product(postings: Postings) -> Postings:
    """Postings the other way round, sorted: product above, term below."""
    return np.sort((postings & _PRODUCT) << TERM_BITS | postings >> PRODUCT_BITS)


def by_term(turned: Postings) -> Postings:
    """What `by_product` was made of."""
    products, terms = product_and_term(turned)
    return np.sort(terms << PRODUCT_BITS | products.astype(np.uint64))


def product_and_term(turned: Postings) -> tuple[npt.NDArray[np.int64], Terms]:
    """The products, and the terms, of postings that lie by product."""
    return (turned >> TERM_BITS).astype(np.int64), turned & _TERM
