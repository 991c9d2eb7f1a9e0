"""Lines of arrays: words looked up in tables, hashes cut to numbers, and the values of each document side by side."""

from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from services.silver.matching.tokens import Hashes, Places, Text, hash_groups

Codes = npt.NDArray[np.uint32]
Models = npt.NDArray[np.uint64]
"""Model codes, see `coded`: a million of them are two by two still different."""
Lines = TypeVar("Lines", Codes, Models)
Spans = tuple[Places, npt.NDArray[np.uint32]]
"""Documents, and one value for each."""
ModelSpans = tuple[Places, Models]
"""Documents, and one model code for each."""
Table = tuple[Hashes, npt.NDArray[np.uint32]]
"""Sorted hashes of words, and the number of each one's group."""
NOTHING: Final = (np.zeros(0, np.int64), np.zeros(0, np.uint32))


def table(groups: dict[str, str]) -> Table:
    """The words of groups, and the number of the group of each."""
    hashes, number = hash_groups(list(groups.values()))
    order = np.argsort(hashes)
    return hashes[order], number[order].astype(np.uint32)


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


def padded(count: int, width: int, document: Places, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The first `width` distinct values of each document side by side."""
    lines = np.zeros((count, width), dtype=values.dtype)
    if not len(document):
        return lines
    names = values if values.itemsize == 4 else np.unique(values, return_inverse=True)[1]
    both = document.astype(np.uint64) << np.uint64(32) | names.astype(np.uint64)
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


def coded(text: Text, start: Places, end: Places) -> Models:
    """58 bits of the hash and 6 of the shape (length and digits, modulo 8); never 0."""
    shape = ((end - start) & 7) << 3 | (text.digits_in(start, end) & 7)
    code: Models = np.maximum(text.hashed(start, end) & ~np.uint64(63), np.uint64(64)) | shape.astype(np.uint64)
    return code


def shortened(codes: Models) -> npt.NDArray[np.uint32]:
    """32 bits of model codes, 0 for none: the bits of the hash that words have as well, and the shape."""
    upper = np.maximum((codes >> np.uint64(20)).astype(np.uint32) & np.uint32(0xFFFFFFC0), np.uint32(64))
    return np.where(codes != 0, upper | (codes & np.uint64(63)).astype(np.uint32), np.uint32(0))


def sums(count: int, document: Places, values: Hashes, salt: int) -> Models:
    """A number for all values of each document, whatever their order; 0 for none."""
    odd = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        mixed = (values ^ np.uint64(salt)) * odd
        mixed = (mixed ^ (mixed >> np.uint64(29))) * odd
        found = np.zeros(count, dtype=np.uint64)
        np.add.at(found, document, mixed)
    return found


def bits(count: int, document: Places, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """One bit per number found in a document."""
    known = numbers >= 0
    return any_of(count, document[known], np.uint64(1) << numbers[known].astype(np.uint64))


def any_of(count: int, document: Places, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """All bits of the values of each document."""
    found = np.zeros(count, dtype=np.uint64)
    np.bitwise_or.at(found, document, values)
    return found


def of_both(left: Lines, right: Lines) -> Lines:
    """Values of each line of `left` that the line of `right` has as well, 0 elsewhere."""
    found = np.zeros(left.shape, dtype=bool)
    for place in range(right.shape[1]):
        column = right[:, place : place + 1]
        found |= (left == column) & (column != 0)
    return np.where(found, left, left.dtype.type(0))


def share(left: Lines, right: Lines) -> npt.NDArray[np.bool_]:
    """Whether each line of `left` has a value in common with that of `right`."""
    found = np.zeros(len(left), dtype=bool)
    for mine in range(left.shape[1]):
        column = left[:, mine : mine + 1]
        found |= ((right == column) & (column != 0)).any(axis=1)
    return found


def among_codes(words: Codes, codes: Models) -> npt.NDArray[np.bool_]:
    """Whether each word is a model code as a whole: both have the upper bits of the same hash."""
    upper = np.uint32(0xFFFFFFC0)
    found: npt.NDArray[np.bool_] = of_both(words & upper, shortened(codes) & upper) != 0
    return found


def distinct(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Sorted, each once; `unique` alone works by hashing, which takes thrice as long."""
    values = np.sort(values)
    return values[np.concatenate(([True], values[1:] != values[:-1]))] if len(values) else values


class Readings(NamedTuple):
    """Any number of model codes per line."""

    line: npt.NDArray[np.int32]
    """Sorted."""
    code: Models

    @staticmethod
    def of(lines: Places, codes: Models) -> "Readings":
        """Those of lines, each once per line."""
        order = np.lexsort((codes, lines))
        lines, codes = lines[order], codes[order]
        new = np.ones(len(lines), dtype=bool)
        new[1:] = (lines[1:] != lines[:-1]) | (codes[1:] != codes[:-1])
        return Readings(lines[new].astype(np.int32), codes[new])

    def among(self, known: npt.NDArray[np.bool_]) -> "Readings":
        """Some of them."""
        return Readings(self.line[known], self.code[known])

    def found(self, codes: Models, lines: Places) -> Models:
        """Values of each line of `codes` that are listed for the line that `lines` names, 0 elsewhere."""
        found = np.zeros(codes.shape, dtype=bool)
        start, end = (np.searchsorted(self.line, lines, side=side) for side in ("left", "right"))
        asking = np.flatnonzero(end > start)
        while len(asking):
            found[asking] |= codes[asking] == self.code[start[asking]][:, None]
            start[asking] += 1
            asking = asking[start[asking] < end[asking]]
        return np.where(found, codes, np.uint64(0))
