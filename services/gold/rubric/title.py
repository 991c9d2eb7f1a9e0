"""The title: long enough, readable, free of promotion, and naming the brand and what tells the product from others."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from services.gold.rubric.expected import BY_AMOUNT, BY_MODEL
from services.gold.rubric.fields import GOOGLE, Check
from services.gold.rubric.naming import WITHOUT_BRAND, WITHOUT_VARIANT
from services.gold.rubric.text import (
    filler,
    gimmicky,
    hinted,
    markup,
    only_codes,
    promotional,
    shouting,
)

_CHARS, _REPEATS = "title_chars", "title_repeats"
WORDS: Final = "_title_words"
_MANY_REPEATS, _OF_WORDS = 3, 3
"""So many repetitions, and at least one in so many words."""
_MANY_SEPARATORS = 6


def inputs() -> Sequence[pl.Expr]:
    """`title_chars`; title and brand in lower case; and `_hinted_title`, see `text.hinted`."""
    title = pl.col("title")
    return (
        title.str.len_chars().alias(_CHARS),
        title.str.to_lowercase().alias("_title"),
        hinted(title).alias("_hinted_title"),
        pl.col("brand").str.to_lowercase().alias("_brand"),
    )


def words() -> pl.Expr:
    """`_title_words`: the title's words of four letters or more, in lower case."""
    return pl.col("_title").str.extract_all(r"\p{L}{4,}").alias(WORDS)


def repeats() -> pl.Expr:
    """`title_repeats`: how many of these words the title has said before."""
    said = pl.col(WORDS).list
    return (said.len().cast(pl.Int32) - said.n_unique().cast(pl.Int32)).alias(_REPEATS)


def checks() -> tuple[Check, ...]:
    """Checks of `title`: 30–150 characters (150 is Google's and OpenAI's limit), plain and in words.

    A brand counts as named when the title holds it, or its first word, blind to case, accents and punctuation. What
    tells apparel apart is colour, size or material; electronics a model or a measure; food and cosmetics an amount.
    """
    title, chars, hints = pl.col("title"), pl.col(_CHARS), pl.col("_hinted_title")
    has = "The title has {value} characters; "
    kind = pl.col("attributes_kind")
    no_digit = ~title.str.contains(r"[0-9]")
    return (
        Check(
            filler(title, hints),
            0,
            "placeholder",
            "placeholder text",
            "Say in the title what the product is.",
        ),
        Check(
            *(only_codes(title), 200, "only_codes", "only codes, no word"),
            "Say in the title what the product is, not only its number.",
        ),
        Check(chars < 10, 300, "too_short", "shorter than 10 characters", has + "30 to 150 say something.", _CHARS),
        Check(
            *(shouting(title), 500, "shouting", "all in capitals"),
            *("Write the title in small letters: channels refuse capitals throughout.", None, GOOGLE),
        ),
        Check(
            *(markup(title), 500, "markup", "HTML left in the text"),
            *("Take the HTML out of the title: channels take plain text.", None, GOOGLE),
        ),
        Check(
            *(promotional(title, hints), 500, "promotional", "promotional words"),
            *("Take prices, shipping and sales out of the title: channels refuse promotion.", None, GOOGLE),
        ),
        Check(
            (pl.col(_REPEATS) >= _MANY_REPEATS) & (pl.col(_REPEATS) * _OF_WORDS >= pl.col(WORDS).list.len()),
            *(600, "repeats", "the same words again and again"),
            *("The title says {value} words again; say each once.", _REPEATS),
        ),
        Check(
            title.str.count_matches(r"[,;|/•]") >= _MANY_SEPARATORS,
            *(700, "keywords", "a list of keywords"),
            "Name the product in the title; list what it has in attributes.",
        ),
        Check(chars < 30, 700, "short", "shorter than 30 characters", has + "30 to 150 say something.", _CHARS),
        Check(
            *(chars > 150, 700, "too_long", "longer than 150 characters"),
            *(has + "channels cut at 150.", _CHARS, GOOGLE),
        ),
        Check(
            *(gimmicky(title), 800, "gimmicks", "characters that only catch the eye"),
            *("Take stars, emoji and repeated marks out of the title.", None, GOOGLE),
        ),
        Check(
            *(pl.col(WITHOUT_BRAND), 900, "without_brand", "does not name the brand"),
            *("Name the brand in the title: people search for it.", None, "", ("brand",)),
        ),
        Check(
            *(pl.col(WITHOUT_VARIANT), 900, "without_variant", "names neither its colour, its size nor its material"),
            *("Name what tells this product from its variants in the title: colour, size or material.", None, GOOGLE),
            ("attributes", "categoryPath"),
        ),
        Check(
            *((kind == BY_MODEL) & no_digit, 900, "without_model", "names neither a model nor a measure"),
            *("Name the model or a measure in the title, as 500 GB.", None, "", ("categoryPath",)),
        ),
        Check(
            *((kind == BY_AMOUNT) & no_digit, 900, "without_amount", "names no amount"),
            *("Name the amount in the title, as 250 ml or 6 pieces.", None, "", ("categoryPath",)),
        ),
    )
