"""Quantities of texts: numbers with their units."""

from typing import Final

import numpy as np

from services.silver.matching import lexicon
from services.silver.matching.arrays import Spans, lookup, short, table
from services.silver.matching.tokens import Text

UNITS: Final = table(lexicon.UNITS)
MEASURED_UNITS: Final = np.array(
    [unit in lexicon.MEASURED for unit in lexicon.UNITS] + [False] * (64 - len(lexicon.UNITS))
)
"""By number of the unit."""
PACK_UNIT: Final = list(lexicon.UNITS).index("pack")


_IS_LABEL: Final = np.array([unit in lexicon.LABELS for unit in lexicon.UNITS] + [False] * (64 - len(lexicon.UNITS)))
IS_GENERATION: Final = np.array(
    [unit in lexicon.GENERATIONS for unit in lexicon.UNITS] + [False] * (64 - len(lexicon.UNITS))
)
"""By number of the unit."""
_LONGEST: Final = 4
"""Digits of a number that is told for itself; longer ones are codes."""


def quantities(text: Text) -> tuple[Spans, Spans]:
    """Numbers with units, and numbers without.

    With units: 500ml, 10-inch, 14 megapixels, size 42. What is measured is rounded down: 14.7 megapixels are 14.
    """
    words = text.words
    number_end = text.number_end(words)
    numbered = number_end > words.start
    glued = numbered & (number_end < words.end)
    alone = numbered & (number_end == words.end)
    unit = lookup(UNITS, text.hashed(words.start, words.end))
    follows = np.zeros(len(alone), dtype=bool)  # whether the next word is of the same text
    follows[:-1] = words.document[1:] == words.document[:-1]
    before = np.flatnonzero(alone & follows & (np.roll(unit, -1) >= 0))
    labelled = np.flatnonzero((unit >= 0) & _IS_LABEL[unit] & follows & np.roll(alone, -1))
    within = np.flatnonzero(glued)
    unit_within = lookup(UNITS, text.hashed(number_end[within], words.end[within]))
    within, unit_within = within[unit_within >= 0], unit_within[unit_within >= 0]
    number = np.concatenate((within, before, labelled + 1))
    units = np.concatenate((unit_within, unit[before + 1], unit[labelled]))
    value_end = np.where(
        MEASURED_UNITS[units], text.whole_end(words.start[number], number_end[number]), number_end[number]
    )
    value = short(text.hashed(words.start[number], value_end))
    bare = alone & (text.whole_end(words.start, words.end) - words.start <= _LONGEST)
    bare[before] = False
    return (
        (words.document[number], (value & np.uint32(0xFFFFFFC0)) | units.astype(np.uint32)),
        (words.document[bare], short(text.hashed(words.start[bare], words.end[bare]))),
    )
