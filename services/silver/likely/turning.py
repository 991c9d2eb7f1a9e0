"""What a few products that change turn: how common words and codes are, and who has one whose step is another."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.silver.matching.commonness import (
    ALIKE,
    CODE_STEPS,
    CROWDED,
    WORD_STEPS,
    Commonness,
    Counts,
    Levels,
    code_level,
    word_level,
)
from services.silver.matching.postings import Postings, product_of, term_of
from services.silver.matching.terms import (
    CODED,
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

Reader = Callable[[Terms], Postings]
"""Gives all postings of (sorted, distinct) terms."""
_NOTHING = np.zeros(0, dtype=np.uint64)


class Change(NamedTuple):
    """Postings that come and such that go, sorted."""

    new: Postings
    gone: Postings

    def applied(self, postings: Postings, terms: Terms) -> Postings:
        """All postings of terms afterwards, from all of before."""
        new = self.new[np.isin(term_of(self.new), terms)]
        return np.union1d(np.setdiff1d(postings, self.gone, assume_unique=True), new)


class _Family(NamedTuple):
    """What is counted together."""

    kinds: tuple[np.uint64, ...]
    values: Callable[[Terms], npt.NDArray[np.uint32]]
    level: Callable[[npt.NDArray[np.integer]], Levels]
    least: int
    holders: tuple[np.uint64, ...]
    """Kinds of terms whose products a step concerns: brands are compared on their own, and readings with codes."""


def _crowded(products: npt.NDArray[np.integer]) -> Levels:
    return (products >= CROWDED).astype(np.uint8)


_WORDS = _Family((NAMED, CODED, PLAIN), words_of, word_level, int(WORD_STEPS[0]), (CODED, PLAIN))
_CODES = _Family((OWN,), codes_of, code_level, int(CODE_STEPS[0]), (OWN,))
_LOOKS = _Family((LOOK,), codes_of, lambda products: (products >= ALIKE).astype(np.uint8), ALIKE, (LOOK,))
_READINGS = _Family((OTHER,), codes_of, _crowded, CROWDED, (OWN,))


def counted_anew(commonness: Commonness, change: Change, read: Reader) -> tuple[Commonness, set[int]]:
    """How common words and codes are after a change, and the products that have one whose step is another then."""
    newer: list[Counts] = []
    concerned: list[Terms] = []
    for family, counts in zip((_WORDS, _CODES, _READINGS, _LOOKS), commonness, strict=True):
        values, more = _differences(family, change)
        before = counts.of(values)
        rare = before == 0
        before[rare] = _counted(family, values[rare], read)
        after = before + more
        newer.append(counts.changed(values, after, family.least))
        steps = values[family.level(before) != family.level(after)].astype(np.uint64)
        concerned += [kind | steps for kind in family.holders]
    terms = np.unique(np.concatenate(concerned))
    holders = change.applied(read(terms), terms) if len(terms) else _NOTHING
    return Commonness(*newer), set(product_of(holders).tolist())


def _differences(family: _Family, change: Change) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Values that other numbers of products have than before, and how many more."""
    values, signs = [], []
    for postings, sign in ((change.new, 1), (change.gone, -1)):
        terms = term_of(postings)
        mine = is_word(terms) if family is _WORDS else kind_of(terms) == family.kinds[0]
        values.append(family.values(terms[mine]))
        signs.append(np.full(len(values[-1]), sign, dtype=np.int64))
    distinct, place = np.unique(np.concatenate(values), return_inverse=True)
    more = np.bincount(place, weights=np.concatenate(signs), minlength=len(distinct)).astype(np.int64)
    return distinct[more != 0], more[more != 0]


def _counted(family: _Family, values: npt.NDArray[np.uint32], read: Reader) -> npt.NDArray[np.int64]:
    """How many products have each of (sorted) values that are rare."""
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    asked = values.astype(np.uint64)
    postings = read(np.concatenate([kind | asked for kind in family.kinds]))
    return np.bincount(np.searchsorted(values, family.values(term_of(postings))), minlength=len(values))
