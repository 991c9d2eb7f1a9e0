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


def facts(text: Text) -> Spans:
    """Numbers with units: 500ml, 500 ml, 10-inch. What is measured is rounded down: 14.7 megapixels are 14."""
    words = text.words
    number_end = text.number_end(words)
    numbered = number_end > words.start
    glued = numbered & (number_end < words.end)
    alone = numbered & (number_end == words.end)
    alone[-1:] = False
    following = np.flatnonzero(alone) + 1
    same = words.document[following] == words.document[following - 1]
    following = following[same]
    number = np.concatenate((np.flatnonzero(glued), following - 1))
    start = np.concatenate((number_end[glued], words.start[following]))
    end = np.concatenate((words.end[glued], words.end[following]))
    unit = lookup(UNITS, text.hashed(start, end))
    known = unit >= 0
    number, unit = number[known], unit[known]
    value_end = np.where(
        MEASURED_UNITS[unit], text.whole_end(words.start[number], number_end[number]), number_end[number]
    )
    value = short(text.hashed(words.start[number], value_end))
    return words.document[number], (value & np.uint32(0xFFFFFFC0)) | unit.astype(np.uint32)
