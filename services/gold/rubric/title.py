"""The title: long enough, readable, free of promotion, and naming the brand and what tells the product from others."""

from collections.abc import Sequence

import polars as pl

from services.gold.rubric.asking import filler, found, longer, markup, promotional, shorter, shouting
from services.gold.rubric.expected import BY_AMOUNT, BY_MODEL
from services.gold.rubric.features import Features, Looks, Mask, Test
from services.gold.rubric.fields import GOOGLE, Check
from services.gold.rubric.naming import without_brand, without_variant
from services.gold.rubric.text import gimmicky, only_codes

_CHARS, _REPEATS = "title_chars", "title_repeats"
WORDS, WORD_COUNT = "title_words", "title_word_count"
_MANY_REPEATS, _OF_WORDS = 3, 3
"""So many repetitions, and at least one in so many words."""
_MANY_SEPARATORS = 6


def looks() -> Sequence[Looks]:
    """Title and brand in lower case; the title's words of four letters or more, and how many of them it has said
    before (`title_repeats`); and what the checks ask.
    """
    title, words = pl.col("title"), pl.col(WORDS).list
    count = words.len().cast(pl.Int32)
    separators = title.str.count_matches(r"[,;|/•]") >= _MANY_SEPARATORS
    return (
        {
            "title_lower": title.str.to_lowercase(),
            "brand_lower": pl.col("brand").str.to_lowercase(),
            "title_codes": only_codes(title).fill_null(value=False),
            "title_listed": separators.fill_null(value=False),
            "title_gimmicks": gimmicky(title).fill_null(value=False),
            "title_digits": title.str.contains(r"[0-9]").fill_null(value=False),
        },
        {WORDS: pl.col("title_lower").str.extract_all(r"\p{L}{4,}")},
        {WORD_COUNT: count.fill_null(0), _REPEATS: count - words.n_unique().cast(pl.Int32)},
    )


def checks() -> tuple[Check, ...]:
    """Checks of `title`: 30–150 characters (150 is Google's and OpenAI's limit), plain and in words.

    A brand counts as named when the title holds it, or its first word, blind to case, accents and punctuation. What
    tells apparel apart is colour, size or material; electronics a model or a measure; food and cosmetics an amount.
    """
    title = "title"
    has = "The title has {value} characters; "
    return (
        Check(
            filler(title),
            0,
            "placeholder",
            "placeholder text",
            "Say in the title what the product is.",
        ),
        Check(
            *(found("title_codes"), 200, "only_codes", "only codes, no word"),
            "Say in the title what the product is, not only its number.",
        ),
        Check(
            shorter(title, 10), 300, "too_short", "shorter than 10 characters", has + "30 to 150 say something.", _CHARS
        ),
        Check(
            *(shouting(title), 500, "shouting", "all in capitals"),
            *("Write the title in small letters: channels refuse capitals throughout.", None, GOOGLE),
        ),
        Check(
            *(markup(title), 500, "markup", "HTML left in the text"),
            *("Take the HTML out of the title: channels take plain text.", None, GOOGLE),
        ),
        Check(
            *(promotional(title), 500, "promotional", "promotional words"),
            *("Take prices, shipping and sales out of the title: channels refuse promotion.", None, GOOGLE),
        ),
        Check(
            *(_repeats, 600, "repeats", "the same words again and again"),
            *("The title says {value} words again; say each once.", _REPEATS),
        ),
        Check(
            *(found("title_listed"), 700, "keywords", "a list of keywords"),
            "Name the product in the title; list what it has in attributes.",
        ),
        Check(shorter(title, 30), 700, "short", "shorter than 30 characters", has + "30 to 150 say something.", _CHARS),
        Check(
            *(longer(title, 150), 700, "too_long", "longer than 150 characters"),
            *(has + "channels cut at 150.", _CHARS, GOOGLE),
        ),
        Check(
            *(found("title_gimmicks"), 800, "gimmicks", "characters that only catch the eye"),
            *("Take stars, emoji and repeated marks out of the title.", None, GOOGLE),
        ),
        Check(
            *(without_brand, 900, "without_brand", "does not name the brand"),
            *("Name the brand in the title: people search for it.", None, "", ("brand",)),
        ),
        Check(
            *(without_variant, 900, "without_variant", "names neither its colour, its size nor its material"),
            *("Name what tells this product from its variants in the title: colour, size or material.", None, GOOGLE),
            ("attributes", "categoryPath"),
        ),
        Check(
            *(_without_number(BY_MODEL), 900, "without_model", "names neither a model nor a measure"),
            *("Name the model or a measure in the title, as 500 GB.", None, "", ("categoryPath",)),
        ),
        Check(
            *(_without_number(BY_AMOUNT), 900, "without_amount", "names no amount"),
            *("Name the amount in the title, as 250 ml or 6 pieces.", None, "", ("categoryPath",)),
        ),
    )


def _repeats(of: Features) -> Mask:
    repeats = of[_REPEATS]
    mask: Mask = (repeats >= _MANY_REPEATS) & (repeats * _OF_WORDS >= of[WORD_COUNT])
    return mask


def _without_number(kind: int) -> Test:
    """Products of this kind whose title has no digit."""
    return lambda of: (of["attributes_kind"] == kind) & ~of["title_digits"]
