"""Who may be the same as a few products of a catalog: `matching.meeting` for some of them, from postings of terms."""

import numpy as np
import numpy.typing as npt

from services.silver.matching.arrays import distinct
from services.silver.matching.commonness import CODE_STEPS, TELLING, Commonness, code_level, word_level
from services.silver.matching.meeting import keys
from services.silver.matching.postings import (
    LAST_NUMBER,
    PRODUCT_BITS,
    Postings,
    by_product,
    product_and_term,
    product_of,
    term_of,
)
from services.silver.matching.terms import (
    CODED,
    KEY,
    LOOK,
    NAMED,
    OTHER,
    OWN,
    PLAIN,
    Terms,
    codes_of,
    is_word,
    kind_of,
    words_of,
)

Numbers = npt.NDArray[np.int64]


def with_keys(said: Postings, commonness: Commonness) -> Postings:
    """The sorted postings of products with those of their keys."""
    words = by_product(said[is_word(term_of(said))])
    lines, terms = product_and_term(words)
    key = keys(lines, terms, word_level(commonness.words.of(words_of(terms))))
    found = (KEY | words_of(terms[key]).astype(np.uint64)) << PRODUCT_BITS | lines[key].astype(np.uint64)
    return distinct(np.concatenate((said, found)))


def asked(mine: Postings, commonness: Commonness) -> tuple[Numbers, Terms]:
    """Products, with the terms under which whoever may be the same as they is found.

    `mine` are the postings of the products that ask, with their keys.
    """
    lines, terms = product_of(mine), term_of(mine)
    kinds = kind_of(terms)
    told = is_word(terms)
    told[told] = word_level(commonness.words.of(words_of(terms[told]))) <= TELLING
    key = kinds == KEY
    codes = (kinds == OWN) | (kinds == OTHER)
    telling, crowded = np.zeros(len(terms), dtype=bool), np.zeros(len(terms), dtype=bool)
    values = codes_of(terms[codes])
    telling[codes] = code_level(commonness.codes.of(values)) < len(CODE_STEPS)
    crowded[codes] = commonness.readings.of(values) > 0
    looks = kinds == LOOK
    looks[looks] = commonness.looks.of(codes_of(terms[looks])) == 0
    questions = (
        (told, KEY, words_of),  # all that the other's title says, this one's may say
        (looks, LOOK, codes_of),
        (key, NAMED, words_of),
        (key, CODED, words_of),
        (key, PLAIN, words_of),
        (telling & (kinds == OWN), OWN, codes_of),
        (telling & (kinds == OWN) & ~crowded, OTHER, codes_of),
        (telling & (kinds == OTHER) & ~crowded, OWN, codes_of),
    )
    asking = [lines[which] for which, _, _ in questions]
    answers = [kind | value(terms[which]).astype(np.uint64) for which, kind, value in questions]
    return np.concatenate(asking), np.concatenate(answers)


def answers(asking: Numbers, terms: Terms, index: Postings) -> tuple[Numbers, Numbers]:
    """Whoever asks, and whoever has what is asked, each pair once; `index` holds all postings of the terms."""
    start = np.searchsorted(index, terms << PRODUCT_BITS)
    length = np.searchsorted(index, terms << PRODUCT_BITS | np.uint64(LAST_NUMBER), side="right") - start
    offset = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    found = product_of(index[offset + np.repeat(start, length)])
    one = np.repeat(asking, length)
    apart = one != found
    pairs = np.unique(one[apart] << 32 | found[apart])
    return pairs >> 32, pairs & 0xFFFFFFFF
