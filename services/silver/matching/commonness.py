"""How common each word and each model code is in a catalog, in few steps.

The steps are wide, and that is the point: a product more or less moves hardly any word from one step to the next, so
what was decided about a pair holds until a step of one of its own words changes. Whoever adds products compares anew
the holders of what has changed its step, and nothing else.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.silver.matching.arrays import Codes, Models, distinct, shortened
from services.silver.matching.profile import Profile
from services.silver.matching.terms import WORD_BITS, Terms, listed, own_codes, short_look, words_of

Floats = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

WORD_STEPS: Final = np.array([5, 17, 65, 257, 1025])
"""Products with a word in title or brand from which the word is more common by one step."""
_WORD_WEIGHTS: Final = np.array([0.92, 0.75, 0.58, 0.42, 0.25, 0.08], dtype=np.float32)
TELLING: Final = 3
"""The last step at which a word alone tells who may be the same."""
TELLING_WEIGHT: Final = 0.3
"""Words of those steps weigh more, all others less."""
CODE_STEPS: Final = np.array([7, 13, 25])
"""The same for products with a model code: up to six carry one model in its colours and conditions, and what 25 have
is none."""
_CODE_WEIGHTS: Final = np.array([1.0, 0.5, 0.25, 0.0], dtype=np.float32)
CROWDED: Final = 49
"""Products of whose texts a code is another reading from which on it is none: half a shop fits on it."""


def word_level(products: npt.NDArray[np.integer]) -> Levels:
    """The step of words in the titles and brands of so many products."""
    return np.searchsorted(WORD_STEPS, products, side="right").astype(np.uint8)


def code_level(products: npt.NDArray[np.integer]) -> Levels:
    """The step of codes that so many products have as their own."""
    return np.searchsorted(CODE_STEPS, products, side="right").astype(np.uint8)


ALIKE: Final = 5
"""Products that look the same in title, brand, size and colour from which on it says nothing that they do."""


LINES: Final = 50_000
"""Products whose words are looked through at a time."""


class Counts(NamedTuple):
    """Values that are not rare, sorted, and how many products have each; whatever is not in here is rare."""

    values: npt.NDArray[np.uint32]
    products: npt.NDArray[np.uint32]

    @staticmethod
    def of_any(values: npt.NDArray[np.uint32], least: int) -> "Counts":
        """Count values, of which each product gives one; they are sorted where they are."""
        values.sort()
        first = np.flatnonzero(np.concatenate((np.ones(min(len(values), 1), dtype=bool), values[1:] != values[:-1])))
        products = np.diff(np.concatenate((first, [len(values)]))).astype(np.uint32)
        return Counts(values[first], products).at_least(least)

    def at_least(self, least: int) -> "Counts":
        """Without what fewer products have."""
        common = self.products >= least
        return Counts(self.values[common], self.products[common])

    def of(self, values: npt.NDArray[np.uint32]) -> Numbers:
        """How many products have each value; 0 for what is rare."""
        if not len(self.values):
            return np.zeros(values.shape, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.values, values), len(self.values) - 1)
        return np.where(self.values[place] == values, self.products[place], 0).astype(np.int64)

    def changed(self, values: npt.NDArray[np.uint32], products: Numbers, least: int) -> "Counts":
        """The same with these counts of some (distinct) values."""
        kept = ~np.isin(self.values, values)
        together = np.concatenate((self.values[kept], values))
        order = np.argsort(together)
        counts = np.concatenate((self.products[kept], products.astype(np.uint32)))
        return Counts(together[order], counts[order]).at_least(least)


class Commonness(NamedTuple):
    """How many products have the words, the codes of their own, the other readings and the looks that are not rare."""

    words: Counts
    codes: Counts
    readings: Counts
    looks: Counts

    @staticmethod
    def of(profile: Profile, readings: npt.NDArray[np.uint32]) -> "Commonness":
        """Count a whole catalog; `readings` are all other readings of codes, one for each product that has it."""
        words = np.concatenate([np.zeros(0, dtype=np.uint32), *(words_of(terms) for _, terms in words_in(profile))])
        codes = own_codes(profile.own, profile.stems, profile.weak)[1]
        return Commonness(
            Counts.of_any(words, int(WORD_STEPS[0])),
            Counts.of_any(codes, int(CODE_STEPS[0])),
            Counts.of_any(readings, CROWDED),
            Counts.of_any(short_look(profile.look[profile.look != 0]), ALIKE),
        )


def words_in(profile: Profile) -> Iterator[tuple[Numbers, Terms]]:
    """Words of products as terms, with their lines, of some neighbouring products at a time."""
    for first in range(0, len(profile.own), LINES):
        part = slice(first, first + LINES)
        terms = listed(profile.words[part], profile.brand[part], profile.own[part])
        row, column = np.nonzero(terms)
        yield row + first, terms[row, column].astype(np.uint64)


def readings_of(profile: Profile) -> npt.NDArray[np.uint32]:
    """The other readings (32 bits) of the texts of a block that has not been joined yet, each once per product."""
    other = profile.other
    lines = other.line.astype(np.uint64) << np.uint64(32)
    return distinct(lines | shortened(other.code).astype(np.uint64)).astype(np.uint32)


def in_crowd(looks: Models, commonness: Commonness) -> npt.NDArray[np.bool_]:
    """Whether so many products look like each of these that it says nothing."""
    found: npt.NDArray[np.bool_] = commonness.looks.of(short_look(looks)) > 0
    return found


class Weights:
    """How telling each word of a title is in this catalog, from nearly 0 to nearly 1."""

    def __init__(self, commonness: Commonness) -> None:
        self._levels = np.zeros(1 << WORD_BITS, dtype=np.uint8)  # of which only the pages of common words are touched
        self._levels[commonness.words.values] = word_level(commonness.words.products)

    def __call__(self, words: Codes) -> Floats:
        """The weight of each word; 0 where there is none."""
        level = self._levels[words >> np.uint32(32 - WORD_BITS)]
        weights: Floats = np.where(words != 0, _WORD_WEIGHTS[level], np.float32(0))
        return weights

    def level_of(self, words: npt.NDArray[np.uint32]) -> Levels:
        """The step of each word of a term."""
        return self._levels[words]


class Rarity:
    """How telling each model code is in this catalog: 1 for one that few products carry, nothing for a common one."""

    def __init__(self, commonness: Commonness) -> None:
        self._commonness = commonness

    def __call__(self, codes: Models) -> Floats:
        """The highest rarity of each line; 0 where there is no code."""
        level = code_level(self._commonness.codes.of(shortened(codes)))
        weights: Floats = np.where(codes != 0, _CODE_WEIGHTS[level], np.float32(0)).max(axis=1)
        return weights

    def of_readings(self, codes: Models) -> Floats:
        """The same of codes that one of two products has as another reading only."""
        crowded = self._commonness.readings.of(shortened(codes)) > 0
        return self(np.where(crowded, np.uint64(0), codes))
