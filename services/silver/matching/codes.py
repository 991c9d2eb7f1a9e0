"""Model codes of texts: letters and digits mixed, blind to punctuation; and what else may be one."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.silver.matching import lexicon, variants
from services.silver.matching.arrays import ModelSpans, coded, lookup, table
from services.silver.matching.quantities import UNITS
from services.silver.matching.tokens import Places, Text, Tokens, cleaned

_SHOUTED: Final = table({"shouted": lexicon.SHOUTED, "standard": lexicon.STANDARDS})
_STANDARDS: Final = table({"standard": lexicon.STANDARDS})
_SUFFIXES: Final = table({"suffix": variants.SUFFIXES})
_ENDS: Final = table({family: variants.ENDS.get(family, "") for family in lexicon.COLOURS})
_MOST: Final = 24
"""Characters of a code."""
_NO_COLOURS: Final = np.zeros(0, dtype=np.uint64)


def _finishes() -> npt.NDArray[np.uint64]:
    letters = np.zeros(256, dtype=np.uint64)
    for number, family in enumerate(lexicon.COLOURS):
        for letter in variants.FINISHES.get(family, "").split():
            letters[ord(letter)] |= np.uint64(1 << number)
    return letters


_FINISHES: Final = _finishes()
"""Bits of colour families by letter."""


def is_code(text: Text, tokens: Tokens) -> npt.NDArray[np.bool_]:
    """Letters and digits mixed (4 and more), or 5 digits and more.

    A number with its unit or a word (2-way) is none, nor are dimensions (45x45).
    """
    length = tokens.end - tokens.start
    digits = text.digits_in(tokens.start, tokens.end)
    number_end = text.number_end(tokens)
    measured = (number_end > tokens.start) & (number_end < tokens.end)
    tail = np.where(measured, number_end, tokens.start)
    measured &= lookup(UNITS, text.hashed(tail, tokens.end)) >= 0
    word = (number_end - tokens.start <= 3) & (number_end - tokens.start == digits) & (length - digits >= 3)
    mixed = ~word & (digits > (length >= 8)) & (digits < length) & (length >= 4)
    decimal = np.zeros(len(length), dtype=bool)
    if text.size:
        middle = text.bytes[np.minimum(number_end, text.size - 1)]
        measured |= (length - digits == 1) & (number_end > tokens.start) & (middle == ord("x"))
        marks = np.concatenate(([0], np.cumsum(text.bytes == 1)))
        decimal = marks[tokens.end] > marks[tokens.start]
    found: npt.NDArray[np.bool_] = (
        (mixed | ((digits == length) & (length >= 5))) & ~measured & ~decimal & (length <= _MOST)
    )
    return found


def code_tokens(text: Text) -> Tokens:
    """The tokens of a text that are codes."""
    tokens = Tokens(*(column[is_code(text, text.codes)] for column in text.codes))
    own = lookup(_STANDARDS, text.hashed(tokens.start, tokens.end)) < 0
    return Tokens(*(column[own] for column in tokens))


def codes(text: Text, tokens: Tokens) -> tuple[ModelSpans, ModelSpans, ModelSpans]:
    """Own codes, stems, and other readings, each as documents and hashes."""
    own = tokens.document, coded(text, tokens.start, tokens.end)
    stem_end = text.stem_end(tokens)
    stem_length = stem_end - tokens.start
    whole = (stem_length >= 4) & (text.digits_in(tokens.start, stem_end) >= 2)
    stems = tokens.document[whole], coded(text, tokens.start[whole], stem_end[whole])
    begins = np.zeros(text.size + 1, dtype=bool)
    begins[text.words.start] = True
    documents, hashes = [], []
    for missing in range(1, 5):
        end = tokens.end - missing
        end = np.maximum(end, tokens.start)
        fits = (end - tokens.start >= 4) & (text.digits_in(tokens.start, end) >= 2)
        fits &= begins[end] | (text.digits_in(np.maximum(end - 1, 0), end + 1) < 2)  # 1276 is no short form of 12766
        documents.append(tokens.document[fits])
        hashes.append(coded(text, tokens.start[fits], end[fits]))
    for cut in (text.words, text.codes):
        for joined in (1, 2, 3):
            if len(cut.start) < joined:
                continue
            first, last = slice(None, len(cut.start) - joined + 1), slice(joined - 1, None)
            spans = Tokens(cut.document[first], cut.start[first], cut.end[last])
            fits = (cut.document[first] == cut.document[last]) & (spans.end - spans.start >= 4)
            fits &= (spans.end - spans.start <= _MOST) & (text.digits_in(spans.start, spans.end) >= 1)
            documents.append(spans.document[fits])
            hashes.append(coded(text, spans.start[fits], spans.end[fits]))
    return own, stems, (np.concatenate(documents), np.concatenate(hashes))


def _years(text: Text, start: Places) -> npt.NDArray[np.bool_]:
    """Whether numbers begin as years of our time do: what is of one year is no model."""
    century = text.bytes[start].astype(np.int64) * 256 + text.bytes[np.minimum(start + 1, max(text.size - 1, 0))]
    return np.isin(century, [ord("1") * 256 + ord("9"), ord("2") * 256 + ord("0")])


def weak(titles: pl.Series, text: Text) -> ModelSpans:
    """See `Profile.weak`; joiners within the capitals are dropped: MBA-PNK-SEE is mbapnksee."""
    capitals = (
        pl.when(pl.col("title").str.contains("[a-z]{2}"))
        .then(pl.col("title").str.extract_all(r"\b[A-Z][A-Z./-]{2,}[A-Z0-9./-][A-Z./-]*[A-Z0-9]\b").list.join(" "))
        .otherwise(pl.lit(""))
    )
    shouted = Text(cleaned(titles.to_frame("title").select(capitals).to_series()))
    codes = shouted.codes
    telling = lookup(_SHOUTED, shouted.hashed(codes.start, codes.end)) < 0
    in_capitals = shouted.digits_in(codes.start, codes.end)
    telling &= (in_capitals == 0) | ((in_capitals == 1) & (codes.end - codes.start >= 8))  # the others are own codes
    words = text.words
    length = words.end - words.start
    digits = text.digits_in(words.start, words.end)
    number = (length == 4) & (digits == 4) & ~_years(text, words.start)
    tokens = text.codes
    length = tokens.end - tokens.start
    digits = text.digits_in(tokens.start, tokens.end)
    mixed = (length == 3) & (digits >= 1) & (digits <= 2)  # D90, GR-4
    mixed |= (digits == 1) & (length >= 8) & (length <= _MOST) & (text.stem_end(tokens) < tokens.end)  # NN4-TS-BLK
    mixed &= text.number_end(tokens) == tokens.start
    mixed &= lookup(_STANDARDS, text.hashed(tokens.start, tokens.end)) < 0
    return (
        np.concatenate((codes.document[telling], words.document[number], tokens.document[mixed])),
        np.concatenate(
            (
                coded(shouted, codes.start[telling], codes.end[telling]),
                coded(text, words.start[number], words.end[number]),
                coded(text, tokens.start[mixed], tokens.end[mixed]),
            )
        ),
    )


def endings(text: Text, tokens: Tokens) -> tuple[ModelSpans, tuple[Places, npt.NDArray[np.uint64]]]:
    """Codes without the one letter behind their last digit, and the colours that the letter may stand for.

    A letter that is set off (W120/B) is a finish and no part of the model.
    """
    end = tokens.end - 1
    begins = np.zeros(text.size + 1, dtype=bool)
    begins[text.words.start] = True
    ends = (text.stem_end(tokens) == end) & (end - tokens.start >= 4) & ~begins[end]
    start, end, document = tokens.start[ends], end[ends], tokens.document[ends]
    return (document, coded(text, start, end)), (document, _FINISHES[text.bytes[end]] if text.size else _NO_COLOURS)


def coloured(text: Text) -> tuple[Places, npt.NDArray[np.int64]]:
    """Colour families that ends of codes tell: COM2WHITE, F8N044-ORG; -1 for none."""
    tokens = text.codes
    tail = text.stem_end(tokens)
    ends = np.flatnonzero((tail - tokens.start >= 4) & (tokens.end - tail >= 2))
    return tokens.document[ends], lookup(_ENDS, text.hashed(tail[ends], tokens.end[ends]))


def followed(text: Text, tokens: Tokens) -> ModelSpans:
    """Codes that a word behind makes to another model: Note9 Pro."""
    words = text.words
    following = np.searchsorted(words.start, tokens.end)
    there = following < len(words.start)
    tokens, following = Tokens(*(column[there] for column in tokens)), following[there]
    found = (words.document[following] == tokens.document) & (
        lookup(_SUFFIXES, text.hashed(words.start[following], words.end[following])) >= 0
    )
    return tokens.document[found], coded(text, tokens.start[found], tokens.end[found])
