"""The nearest products of a few, from the postings of their terms."""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.silver.matching.postings import (
    OTHER,
    OWN,
    WORD,
    Postings,
    Terms,
    codes_as_terms,
    kind_of,
    product_of,
    term_of,
    value_of,
)

NEAREST: Final = 128
"""Neighbours per product. More than a whole run looks at, where either of two products may name the other."""
BUDGET: Final = 10_000
"""Postings that one product may read, of its rarest terms first."""
LONGEST: Final = 1_024
"""Products that may have a term before it tells nothing about who is near; it is of the last step then."""
_CODE: Final = 14
"""How many words a code is worth: all that are read of a title, so that no crowd of like titles hides who has it."""
Numbers = npt.NDArray[np.int64]


def answering(terms: Terms) -> Terms:
    """The terms, sorted, under which partners of products with `terms` are found."""
    return np.unique(_answers(terms)[0])


def _answers(terms: Terms) -> tuple[Terms, Numbers]:
    """The terms that answer `terms`, and the place of the one that each answers.

    A code of the product's own may be another reading of its partner's texts, and the other way round; two other
    readings that agree say nothing.
    """
    kind, value = kind_of(terms), value_of(terms)
    alike, others, own = (np.flatnonzero(which) for which in (kind != OTHER, kind == OTHER, kind == OWN))
    answers = (terms[alike], codes_as_terms(value[others], OWN), codes_as_terms(value[own], OTHER))
    return np.concatenate(answers), np.concatenate((alike, others, own))


def nearest(questions: Postings, index: Postings) -> tuple[Numbers, Numbers]:
    """Pairs of a product of `questions` (its own postings) and one that is near, by number; both sorted arrays.

    `index` holds all postings of the terms that answer the questions.
    """
    listed, start, length = _lists(index)
    asked, who = _asked(questions)
    place = np.searchsorted(listed, asked)
    known = place < len(listed)
    known[known] = listed[place[known]] == asked[known]
    asked, who, place = asked[known], who[known], place[known]
    rare = length[place] <= LONGEST
    who, place = who[rare], place[rare]
    order = np.lexsort((place, length[place], who))
    who, place = who[order], place[order]
    first = np.searchsorted(who, who)
    read = np.cumsum(length[place])
    within = read - (read - length[place])[first] <= BUDGET
    who, place = who[within], place[within]
    asking = np.repeat(who, length[place])
    answers = _ranges(start[place], length[place])
    found = product_of(index[answers])
    # Squared as in the likeness of titles: a rare word outweighs many common ones.
    telling = np.where(kind_of(listed[place]) == WORD, 1, _CODE) / np.log2(length[place] + 1.0) ** 2
    weight = np.repeat(telling, length[place])
    both = asking << 32 | found
    pairs, inverse = np.unique(both, return_inverse=True)
    score = np.bincount(inverse, weights=weight, minlength=len(pairs))
    asking, found = pairs >> 32, pairs & 0xFFFFFFFF
    other = asking != found
    asking, found, score = asking[other], found[other], score[other]
    order = np.lexsort((found, -score, asking))
    asking, found = asking[order], found[order]
    best = np.arange(len(asking)) - np.searchsorted(asking, asking) < NEAREST
    return asking[best], found[best]


def _asked(questions: Postings) -> tuple[Terms, Numbers]:
    """Each term that answers a question, and whose question it is."""
    asked, place = _answers(term_of(questions))
    asking = product_of(questions)[place]
    order = np.lexsort((asked, asking))
    asked, asking = asked[order], asking[order]
    new = np.concatenate(([True], (asked[1:] != asked[:-1]) | (asking[1:] != asking[:-1]))) if len(asked) else asked > 0
    return asked[new], asking[new]


def _lists(index: Postings) -> tuple[Terms, Numbers, Numbers]:
    """The distinct terms of sorted postings, where the postings of each begin, and how many they are."""
    terms, start, length = np.unique(term_of(index), return_index=True, return_counts=True)
    return terms, start.astype(np.int64), length.astype(np.int64)


def _ranges(start: Numbers, length: Numbers) -> Numbers:
    """All places from each start on."""
    offset = np.repeat(np.cumsum(length) - length, length)
    return np.arange(int(length.sum())) - offset + np.repeat(start, length)
