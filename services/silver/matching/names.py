"""Brands, and the beginnings of titles, where brands stand."""

from typing import Final

import numpy as np

from services.silver.matching import lexicon
from services.silver.matching.arrays import NOTHING, Spans, lookup, short, table
from services.silver.matching.tokens import Text

_ARTICLES: Final = table({"article": lexicon.ARTICLES})
FILLERS: Final = table({"filler": lexicon.FILLERS})


def first_words(text: Text, words: int) -> Spans:
    """The first words of each text, then each two neighbours of them together."""
    tokens = text.words
    if not len(tokens.start):
        return np.zeros(0, np.int64), np.zeros(0, np.uint32)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(tokens.document)) + 1))
    sizes = np.diff(np.concatenate((starts, [len(tokens.start)])))
    single = np.flatnonzero(np.arange(len(tokens.start)) - np.repeat(starts, sizes) < words)
    double = single[:-1][tokens.document[single[:-1]] == tokens.document[single[1:]]]
    start = np.concatenate((tokens.start[single], tokens.start[double]))
    end = np.concatenate((tokens.end[single], tokens.end[double + 1]))
    return np.concatenate((tokens.document[single], tokens.document[double])), short(text.hashed(start, end))


def first_of_brand(text: Text) -> Spans:
    """The first word of each brand, unless it is an article and more follows, and the first two together."""
    tokens = text.words
    if not len(tokens.start):
        return NOTHING
    starts = np.concatenate(([0], np.flatnonzero(np.diff(tokens.document)) + 1))
    following = np.minimum(starts + 1, len(tokens.start) - 1)
    more = (following > starts) & (tokens.document[following] == tokens.document[starts])
    telling = ~more | (lookup(_ARTICLES, text.hashed(tokens.start[starts], tokens.end[starts])) < 0)
    start = np.concatenate((tokens.start[starts[telling]], tokens.start[starts[more]]))
    end = np.concatenate((tokens.end[starts[telling]], tokens.end[following[more]]))
    document = np.concatenate((tokens.document[starts[telling]], tokens.document[starts[more]]))
    return document, short(text.hashed(start, end))


def maker(text: Text) -> Spans:
    """Each brand as a whole, without spaces, and its words but for fillers."""
    tokens = text.words
    if not len(tokens.start):
        return NOTHING
    starts = np.concatenate(([0], np.flatnonzero(np.diff(tokens.document)) + 1))
    ends = np.concatenate((starts[1:], [len(tokens.start)])) - 1
    whole = short(text.hashed(tokens.start[starts], tokens.end[ends]))
    words = text.hashed(tokens.start, tokens.end)
    telling = lookup(FILLERS, words) < 0
    document = np.concatenate((tokens.document[starts], tokens.document[telling]))
    return document, np.concatenate((whole | np.uint32(1), short(words[telling]) & np.uint32(0xFFFFFFFE)))
