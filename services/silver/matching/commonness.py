"""How common each word and each model code is in a catalog, in few steps.

The steps are wide, and that is the point: a product more or less moves hardly any word from one step to the next, so
what was decided about a pair holds until a step of one of its own words changes. Whoever adds products compares anew
the holders of what has changed its step, and nothing else.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.silver.matching.arrays import Codes
from services.silver.matching.profile import Profile

Floats = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]

WORD_STEPS: Final = np.array([5, 17, 65, 257, 1025])
"""Products with a word in the title from which the word is more common by one step."""
_WORD_WEIGHTS: Final = np.array([0.92, 0.75, 0.58, 0.42, 0.25, 0.08], dtype=np.float32)
CODE_STEPS: Final = np.array([7, 13, 25, 49, 97])
"""The same for products with a model code: up to six carry one model in its colours and conditions."""
_CODE_WEIGHTS: Final = np.array([1.0, 0.5, 0.25, 0.125, 0.06, 0.03], dtype=np.float32)
_WORD_BITS: Final = 24


def word_level(products: npt.NDArray[np.integer]) -> Levels:
    """The step of words in the titles of so many products."""
    return np.searchsorted(WORD_STEPS, products, side="right").astype(np.uint8)


def code_level(products: npt.NDArray[np.integer]) -> Levels:
    """The step of codes that so many products have as their own."""
    return np.searchsorted(CODE_STEPS, products, side="right").astype(np.uint8)


class Commonness(NamedTuple):
    """The words and codes that are not rare, sorted, with their steps; what is not in here is rare."""

    words: npt.NDArray[np.uint32]
    word_levels: Levels
    codes: npt.NDArray[np.uint32]
    code_levels: Levels

    @staticmethod
    def of(profile: Profile) -> "Commonness":
        """Count a whole catalog."""
        counts = np.bincount((profile.words >> 8).ravel(), minlength=1 << _WORD_BITS)
        counts[0] = 0
        words = np.flatnonzero(counts >= WORD_STEPS[0])
        codes, products = np.unique(own_codes(profile)[1], return_counts=True)
        common = products >= CODE_STEPS[0]
        return Commonness(
            words.astype(np.uint32), word_level(counts[words]), codes[common], code_level(products[common])
        )

    @property
    def most_common(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
        """The words and the codes of the last step, which one product more or less cannot change."""
        return self.words[self.word_levels == len(WORD_STEPS)], self.codes[self.code_levels == len(CODE_STEPS)]

    def changed(self, words: dict[int, int], codes: dict[int, int]) -> "Commonness":
        """The same with new steps for some words and codes."""
        return Commonness(
            *_replaced(self.words, self.word_levels, words), *_replaced(self.codes, self.code_levels, codes)
        )


def own_codes(profile: Profile) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Places of products and the codes they have as their own, in full or in part, each once per product."""
    tables = np.hstack((profile.own, profile.stems, profile.weak))
    place, column = np.nonzero(tables)
    both = np.unique(place.astype(np.uint64) << np.uint64(32) | tables[place, column])
    return (both >> np.uint64(32)).astype(np.int64), (both & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def _replaced(
    values: npt.NDArray[np.uint32], levels: Levels, new: dict[int, int]
) -> tuple[npt.NDArray[np.uint32], Levels]:
    both = dict(zip(values.tolist(), levels.tolist(), strict=True)) | new if new else None
    if both is None:
        return values, levels
    kept = sorted((value, level) for value, level in both.items() if level)
    return np.array([value for value, _ in kept], dtype=np.uint32), np.array(
        [level for _, level in kept], dtype=np.uint8
    )


class Weights:
    """How telling each word of a title is in this catalog, from nearly 0 to nearly 1."""

    def __init__(self, commonness: Commonness) -> None:
        self._levels = np.zeros(1 << _WORD_BITS, dtype=np.uint8)  # of which only the pages of common words are touched
        self._levels[commonness.words] = commonness.word_levels

    def __call__(self, words: Codes) -> Floats:
        """The weight of each word; 0 where there is none."""
        weights: Floats = np.where(words != 0, _WORD_WEIGHTS[self._levels[words >> 8]], np.float32(0))
        return weights


class Rarity:
    """How telling each model code is in this catalog: 1 for one that few products carry, less for a common one."""

    def __init__(self, commonness: Commonness) -> None:
        self._codes, self._levels = commonness.codes, commonness.code_levels

    def __call__(self, codes: Codes) -> Floats:
        """The highest rarity of each line; 0 where there is no code."""
        level = np.zeros(codes.shape, dtype=np.uint8)
        if len(self._codes):
            place = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
            level = np.where(self._codes[place] == codes, self._levels[place], level)
        weights: Floats = np.where(codes != 0, _CODE_WEIGHTS[level], np.float32(0)).max(axis=1)
        return weights
