"""Lines of arrays: words looked up in tables, hashes cut to numbers, and the values of each document side by side."""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.silver.matching.tokens import Hashes, Places, Text, hash_words

Codes = npt.NDArray[np.uint32]
Spans = tuple[Places, npt.NDArray[np.uint32]]
"""Documents, and one code for each."""
Table = tuple[Hashes, npt.NDArray[np.uint32]]
"""Sorted hashes of words, and the number of each one's group."""
NOTHING: Final = (np.zeros(0, np.int64), np.zeros(0, np.uint32))


def table(groups: dict[str, str]) -> Table:
    """The words of groups, and the number of the group of each."""
    hashes, numbers = [], []
    for number, words in enumerate(groups.values()):
        for value in hash_words(words):
            hashes.append(value)
            numbers.append(number)
    order = np.argsort(np.array(hashes, dtype=np.uint64))
    return np.array(hashes, dtype=np.uint64)[order], np.array(numbers, dtype=np.uint32)[order]


def lookup(words: Table, values: Hashes) -> npt.NDArray[np.int64]:
    """The number of each value's group, or -1."""
    hashes, numbers = words
    place = np.minimum(np.searchsorted(hashes, values), len(hashes) - 1)
    return np.where(hashes[place] == values, numbers[place].astype(np.int64), -1)


class Vocabulary:
    """Words of several tables at once: each is looked up once, and then has a group in every table or none."""

    def __init__(self, **tables: dict[str, str]) -> None:
        read = {name: table(groups) for name, groups in tables.items()}
        self._hashes = np.unique(np.concatenate([hashes for hashes, _ in read.values()]))
        self._groups = {
            name: np.concatenate((lookup(words, self._hashes), [np.int64(-1)])) for name, words in read.items()
        }

    def places(self, values: Hashes) -> npt.NDArray[np.int64]:
        """Where each value is in the vocabulary, the last place if nowhere."""
        place = np.minimum(np.searchsorted(self._hashes, values), len(self._hashes) - 1)
        return np.where(self._hashes[place] == values, place, len(self._hashes))

    def groups(self, name: str, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The number of each word's group in a table, or -1."""
        found: npt.NDArray[np.int64] = self._groups[name][places]
        return found


def padded(count: int, width: int, document: Places, values: npt.NDArray[np.uint32]) -> Codes:
    """The first `width` distinct values of each document side by side."""
    lines = np.zeros((count, width), dtype=np.uint32)
    if not len(document):
        return lines
    both = document.astype(np.uint64) << np.uint64(32) | values.astype(np.uint64)
    order = np.argsort(both, kind="stable")
    new = np.concatenate(([True], both[order][1:] != both[order][:-1]))
    kept = np.zeros(len(both), dtype=bool)
    kept[order[new]] = True
    document, values = document[kept], values[kept]
    order = np.argsort(document, kind="stable")
    document, values = document[order], values[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(document)) + 1))
    rank = np.arange(len(document)) - np.repeat(starts, np.diff(np.concatenate((starts, [len(document)]))))
    fits = rank < width
    lines[document[fits], rank[fits]] = values[fits]
    return lines


def short(values: Hashes) -> npt.NDArray[np.uint32]:
    """32 bits of a hash, never 0."""
    cut: npt.NDArray[np.uint32] = np.maximum((values >> np.uint64(20)).astype(np.uint32), np.uint32(1))
    return cut


def coded(text: Text, start: Places, end: Places) -> npt.NDArray[np.uint32]:
    """26 bits of the hash and 6 of the shape (length and digits, modulo 8); never 0."""
    shape = ((end - start) & 7) << 3 | (text.digits_in(start, end) & 7)
    mixed = (text.hashed(start, end) >> np.uint64(20)).astype(np.uint32) & np.uint32(0xFFFFFFC0)
    code: npt.NDArray[np.uint32] = np.maximum(mixed, np.uint32(64)) | shape.astype(np.uint32)
    return code


def bits(count: int, document: Places, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """One bit per number found in a document."""
    known = numbers >= 0
    return any_of(count, document[known], np.uint64(1) << numbers[known].astype(np.uint64))


def any_of(count: int, document: Places, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """All bits of the values of each document."""
    found = np.zeros(count, dtype=np.uint64)
    np.bitwise_or.at(found, document, values)
    return found
