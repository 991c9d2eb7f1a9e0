"""All pairs of a catalog that may become likely, beyond the nearest of each product.

Whatever is not among them cannot have the points (see `decide.judged`): two products are only accepted if they have a
model code in common that is telling, or if all words of the one's title are in the other's title or in a brand. In the
second case they look the same, or the one's rarest word, and every word of it that is a code, is a word of the other:
these are its keys, and who has a key is looked up. That way what is found depends on nothing but the products: not on
which other ones are nearer, nor on whether they were compared in one run or in many.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.silver.matching.arrays import among_codes, of_both, shortened
from services.silver.matching.candidates import Pairs
from services.silver.matching.commonness import (
    CODE_STEPS,
    TELLING,
    Commonness,
    Levels,
    Weights,
    code_level,
    in_crowd,
    words_in,
)
from services.silver.matching.decide import promising
from services.silver.matching.facts import apart, comparable
from services.silver.matching.profile import Profile
from services.silver.matching.terms import CODED, KEY, PLAIN, WORD_BITS, Terms, own_codes, short_look, words_of

Numbers = npt.NDArray[np.int64]
Listed = npt.NDArray[np.uint64]
"""Sorted: a word or a code above, the line of a product that has it below."""
AT_ONCE: Final = 250_000
"""Pairs that are looked at at a time."""
_NO_RANK: Final = np.uint32(0xFFFFFFFF)


def keys(lines: Numbers, terms: Terms, level: Levels) -> npt.NDArray[np.bool_]:
    """Which words of products are their keys; `lines` are sorted, `terms` those of words, with the step of each."""
    if not len(terms):
        return np.zeros(0, dtype=bool)
    words = words_of(terms)
    kinds = terms - words
    plain = kinds == PLAIN
    rank = np.where(plain, level.astype(np.uint32) << np.uint32(24) | words, _NO_RANK)
    first = np.flatnonzero(np.concatenate(([True], lines[1:] != lines[:-1])))
    best = np.repeat(np.minimum.reduceat(rank, first), np.diff(np.concatenate((first, [len(lines)]))))
    found: npt.NDArray[np.bool_] = (level <= TELLING) & ((kinds == CODED) | (plain & (rank == best)))
    return found


def meeting(profile: Profile, facts: pl.DataFrame, commonness: Commonness, *, threads: int = 1) -> Pairs:
    """The pairs of places, each once."""
    fields = comparable(facts)

    def open_yet(ends: tuple[Numbers, Numbers]) -> tuple[Numbers, Numbers]:
        there = (ends[0] != ends[1]) & ~apart(*ends, fields)
        return ends[0][there], ends[1][there]

    count = len(profile.own)
    found: list[Numbers] = [np.zeros(0, dtype=np.int64)]
    with ThreadPoolExecutor(threads) as pool:
        by_words = pool.map(lambda ends: _within(open_yet(ends), profile), _by_words(profile, commonness))
        found += [pairs.left * count + pairs.right for pairs in by_words]
        by_codes = pool.map(lambda ends: promising(_pairs(*open_yet(ends)), profile), _by_codes(profile, commonness))
        found += [pairs.left * count + pairs.right for pairs in by_codes]
    key = np.unique(np.concatenate(found))
    return Pairs(key // count, key % count, np.ones(len(key), dtype=np.float32)) if count else _pairs(key, key)


def _pairs(one: Numbers, other: Numbers) -> Pairs:
    return Pairs(np.minimum(one, other), np.maximum(one, other), np.ones(len(one), dtype=np.float32))


def keys_of(profile: Profile, commonness: Commonness) -> tuple[Numbers, Terms]:
    """The keys of all products, and the line of each."""
    weights = Weights(commonness)
    asking: list[Numbers] = [np.zeros(0, dtype=np.int64)]
    asked: list[Terms] = [np.zeros(0, dtype=np.uint64)]
    for lines, terms in words_in(profile):
        words = words_of(terms)
        key = keys(lines, terms, weights.level_of(words))
        asking.append(lines[key])
        asked.append(KEY | words[key].astype(np.uint64))
    return np.concatenate(asking), np.concatenate(asked)


def _by_words(profile: Profile, commonness: Commonness) -> Iterator[tuple[Numbers, Numbers]]:
    """Products, and others that look the same or have a key of theirs among their words, but for crowds."""
    telling = ~in_crowd(profile.look, commonness)
    seen = np.flatnonzero(telling & (profile.look != 0))
    looks = short_look(profile.look[seen])
    yield from _expanded(seen, _index(looks, seen), looks)
    asking, terms = keys_of(profile, commonness)
    asking, terms = asking[telling[asking]], terms[telling[asking]]
    asked = words_of(terms)
    wanted = np.zeros(1 << WORD_BITS, dtype=bool)
    wanted[asked] = True
    index = [np.zeros(0, dtype=np.uint64)]
    for lines, terms in words_in(profile):
        words = words_of(terms)
        held = wanted[words] & telling[lines]
        index.append(words[held].astype(np.uint64) << np.uint64(32) | lines[held].astype(np.uint64))
    together = np.concatenate(index)
    together.sort()
    yield from _expanded(asking, together, asked)


def _by_codes(profile: Profile, commonness: Commonness) -> Iterator[tuple[Numbers, Numbers]]:
    """Products that have a telling code in common, at least one of them as its own."""
    lines, codes = own_codes(profile.own, profile.stems, profile.weak)
    telling = code_level(commonness.codes.of(codes)) < len(CODE_STEPS)
    lines, codes = lines[telling], codes[telling]
    index = _index(codes, lines)
    yield from _expanded(lines, index, codes)
    readings = shortened(profile.other.code)
    telling = commonness.readings.of(readings) == 0
    yield from _expanded(profile.other.line[telling].astype(np.int64), index, readings[telling])


def _index(values: npt.NDArray[np.uint32], lines: Numbers) -> Listed:
    return np.sort(values.astype(np.uint64) << np.uint64(32) | lines.astype(np.uint64))


def _expanded(asking: Numbers, index: Listed, asked: npt.NDArray[np.uint32]) -> Iterator[tuple[Numbers, Numbers]]:
    """Whoever asks, and whoever is listed for what is asked, some at a time."""
    if not len(asking):
        return
    first = asked.astype(np.uint64) << np.uint64(32)
    start = np.searchsorted(index, first)
    length = np.searchsorted(index, first | np.uint64(0xFFFFFFFF), side="right") - start
    read = np.cumsum(length)
    cuts = np.unique(np.searchsorted(read, np.arange(AT_ONCE, read[-1] + AT_ONCE, AT_ONCE), side="left") + 1)
    low = 0
    for high in (*cuts[cuts < len(asking)].tolist(), len(asking)):
        some = length[low:high]
        offset = np.arange(int(some.sum())) - np.repeat(np.cumsum(some) - some, some)
        other = index[offset + np.repeat(start[low:high], some)].astype(np.uint32).astype(np.int64)
        yield np.repeat(asking[low:high], some), other
        low = high


def _within(ends: tuple[Numbers, Numbers], profile: Profile) -> Pairs:
    """Those pairs of which the one's words are all words of the other, of a brand, or codes, and that may be alike."""
    one, other = ends
    words = profile.words[one]
    lone = (words != 0) & (of_both(words, profile.words[other]) == 0)
    even = ~np.uint32(1)
    for brand in (profile.brand[one], profile.brand[other]):
        some = np.flatnonzero(lone.any(axis=1))
        lone[some] &= of_both(words[some] & even, brand[some] & even) == 0
    some = np.flatnonzero(lone.any(axis=1))
    some = some[profile.own[other[some], 0] == 0]  # else a code that the other has not sets them apart
    lone[some] &= ~among_codes(words[some], profile.own[one[some]])
    kept = ~lone.any(axis=1)
    return promising(_pairs(one[kept], other[kept]), profile)
