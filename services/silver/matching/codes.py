"""Model codes of texts: letters and digits mixed, blind to punctuation; and what else may be one."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.silver.matching import lexicon
from services.silver.matching.arrays import Spans, coded, lookup, table
from services.silver.matching.quantities import UNITS
from services.silver.matching.tokens import Text, Tokens, cleaned

_SHOUTED: Final = table({"shouted": lexicon.SHOUTED})


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
        (mixed | ((digits == length) & (length >= 5))) & ~measured & ~decimal & (length <= 24)
    )
    return found


def codes(text: Text) -> tuple[Spans, Spans, Spans]:
    """Own codes, stems, and other readings, each as documents and hashes."""
    tokens = Tokens(*(column[is_code(text, text.codes)] for column in text.codes))
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
            fits &= (spans.end - spans.start <= 24) & (text.digits_in(spans.start, spans.end) >= 1)
            documents.append(spans.document[fits])
            hashes.append(coded(text, spans.start[fits], spans.end[fits]))
    return own, stems, (np.concatenate(documents), np.concatenate(hashes))


def weak(titles: pl.Series, text: Text) -> Spans:
    """See `Profile.weak`; joiners within the capitals are dropped: MBA-PNK-SEE is mbapnksee."""
    capitals = (
        pl.when(pl.col("title").str.contains("[a-z]{2}"))
        .then(pl.col("title").str.extract_all(r"\b[A-Z][A-Z./-]{3,}[A-Z]\b").list.join(" "))
        .otherwise(pl.lit(""))
    )
    shouted = Text(cleaned(titles.to_frame("title").select(capitals).to_series()))
    codes = shouted.codes
    telling = lookup(_SHOUTED, shouted.hashed(codes.start, codes.end)) < 0
    words = text.words
    length = words.end - words.start
    digits = text.digits_in(words.start, words.end)
    number = (length == 4) & (digits == 4)
    number |= (length == 3) & (digits == 2) & (text.number_end(words) == words.start)  # D90
    return (
        np.concatenate((codes.document[telling], words.document[number])),
        np.concatenate(
            (
                coded(shouted, codes.start[telling], codes.end[telling]),
                coded(text, words.start[number], words.end[number]),
            )
        ),
    )
