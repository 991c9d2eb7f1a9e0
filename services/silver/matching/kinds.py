"""What texts say of colours, keyboards and bundles, as bits."""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.silver.matching import lexicon, variants
from services.silver.matching.arrays import Vocabulary, bits
from services.silver.matching.tokens import Hashes, Places, Text, hash_words

Bits = npt.NDArray[np.uint64]

WORDS: Final = Vocabulary(
    fillers={"filler": lexicon.FILLERS},
    editions=variants.EDITIONS,
    trims=variants.TRIMS,
    flavours=lexicon.FLAVOURS,
    layouts=variants.LAYOUTS,
    keyboards={"keyboard": variants.KEYBOARDS},
    languages={name: words for name, (_, words) in variants.LANGUAGES.items()},
    sets={"set": variants.SETS},
    bundles={"bundle": variants.BUNDLES},
    withs={"with": variants.WITH},
    accessories={"accessory": variants.ACCESSORIES},
)
"""What is looked for in titles."""
_FIRST: Final = {
    name: hash_words(" ".join(words.split()[0] for words in groups.values()))
    for name, groups in (("editions", variants.EDITIONS), ("trims", variants.TRIMS))
}
"""The first word of each group, which the others are read as."""
_COLOURED: Final = Vocabulary(colours=lexicon.COLOURS, things={"thing": lexicon.NOT_COLOURED})
_LANGUAGE_BITS: Final = np.array(
    [
        1 << list(variants.LAYOUTS).index(layout) | 1 << (8 + number)
        for number, (layout, _) in enumerate(variants.LANGUAGES.values())
    ],
    dtype=np.uint64,
)
LAYOUT_MASK: Final = np.uint64(0xFF)
"""Bits of layouts; those of languages are above."""
_NEAR: Final = 2
"""Words from `WITH` to what comes with a product: with two batteries."""


def as_one(words: Hashes, places: Places) -> Hashes:
    """Words of titles, of which those that name one edition in other words or languages are the same word."""
    for name, first in _FIRST.items():
        group = WORDS.groups(name, places)
        words = np.where(group >= 0, first[group], words)
    return words


def colours(count: int, text: Text) -> Bits:
    """Families of colours that texts name."""
    words = text.words
    places = _COLOURED.places(text.hashed(words.start, words.end))
    family = _COLOURED.groups("colours", places)
    behind = np.flatnonzero(_COLOURED.groups("things", places) >= 0)
    behind = behind[behind > 0]
    family[behind[words.document[behind] == words.document[behind - 1]] - 1] = -1
    return bits(count, words.document, family)


def keyboards(count: int, text: Text, words: Places) -> Bits:
    """Layouts of keys that titles name (US layout, QWERTZ), and their languages; `words` are places in `WORDS`."""
    found = np.zeros(count, dtype=np.uint64)
    keys = np.flatnonzero(WORDS.groups("keyboards", words) >= 0)
    if not len(keys):
        return found
    document = text.words.document
    layout = WORDS.groups("layouts", words[keys])
    np.bitwise_or.at(found, document[keys][layout >= 0], np.uint64(1) << layout[layout >= 0].astype(np.uint64))
    for beside in (keys - 1, keys + 1):
        there = (beside >= 0) & (beside < len(words))
        near, key = beside[there], keys[there]
        language = WORDS.groups("languages", words[near])
        known = (language >= 0) & (document[near] == document[key])
        np.bitwise_or.at(found, document[near][known], _LANGUAGE_BITS[language[known]])
    return found


def bundles(count: int, text: Text, words: Places) -> Bits:
    """Whether titles tell of a set (bit 0), and of something that comes with a product (bit 1)."""
    found = np.zeros(count, dtype=np.uint64)
    document: Places = text.words.document
    found[document[WORDS.groups("sets", words) >= 0]] = 1
    found[document[WORDS.groups("bundles", words) >= 0]] |= np.uint64(2)
    things = np.flatnonzero(WORDS.groups("accessories", words) >= 0)
    if len(things):
        with_it = WORDS.groups("withs", words) >= 0
        for back in range(1, _NEAR + 1):
            near = np.maximum(things - back, 0)
            comes = with_it[near] & (document[near] == document[things])
            found[document[things][comes]] |= np.uint64(2)
    return found
