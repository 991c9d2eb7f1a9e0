"""Content: title, description and short description: long enough, readable, and each saying something of its own."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from services.gold.rubric import title
from services.gold.rubric.fields import GOOGLE, META, Check
from services.gold.rubric.text import filler, hinted, linking, markup, promotional, same_text, shouting

_DESCRIPTION, _REPEATS = "description_chars", "description_repeats"
_SENTENCES, _AGAIN = "_sentences", "_sentences_again"
_SHORT: Final = "short_description_chars"
_MANY_REPEATS: Final = 2
_SENTENCE: Final = 20
"""Characters of the shortest piece of a text that counts as a sentence."""


def inputs() -> Sequence[pl.Expr]:
    """Lengths in characters; the description's sentences; and what `title.inputs` and `text.hinted` give."""
    description, short = pl.col("description"), pl.col("shortDescription")
    return (
        *title.inputs(),
        description.str.len_chars().alias(_DESCRIPTION),
        hinted(description).alias("_hinted_description"),
        description.str.replace_all("\n", ". ", literal=True).str.split(". ").alias(_SENTENCES),
        short.str.len_chars().alias(_SHORT),
        hinted(short).alias("_hinted_short"),
    )


def derived() -> Sequence[pl.Expr]:
    """From `inputs`: the title's words, and the sentences that come again, if any do."""
    sentences = pl.col(_SENTENCES)
    return (title.words(), pl.when(sentences.list.n_unique() < sentences.list.len()).then(sentences).alias(_AGAIN))


def repeats() -> Sequence[pl.Expr]:
    """From `derived`: how many words the title, and how many sentences the description has said before.

    Short pieces ("approx.") are no sentences.
    """
    long = pl.col(_AGAIN).list.eval(pl.element().filter(pl.element().str.len_chars() >= _SENTENCE)).list
    again = (long.len().cast(pl.Int32) - long.n_unique().cast(pl.Int32)).fill_null(0)
    return (title.repeats(), pl.when(pl.col(_SENTENCES).is_not_null()).then(again).alias(_REPEATS))


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of the three texts; lengths are in characters.

    Description 160–5000 (5000 is Google's limit), short description 30–500; the title see `title`. The same text twice
    counts against the later of the two fields, so that one repair is one gap.
    """
    return {
        "title": title.checks(),
        "description": _description(pl.col("description")),
        "shortDescription": _short(pl.col("shortDescription")),
    }


def _description(text: pl.Expr) -> tuple[Check, ...]:
    chars, hints = pl.col(_DESCRIPTION), pl.col("_hinted_description")
    length = ("The description has {value} characters; 160 to 5,000 are wanted.", _DESCRIPTION)
    return (
        Check(filler(text, hints), 0, "placeholder", "placeholder text", "Describe the product in your own words."),
        Check(
            *(same_text(text, pl.col("title")), 200, "copies_title", "the same text as the title"),
            *("Say in the description what the title does not say.", None, META),
        ),
        Check(chars < 40, 300, "too_short", "shorter than 40 characters", *length),
        Check(
            *(shouting(text), 500, "shouting", "all in capitals"),
            *("Write the description in small letters.", None, META),
        ),
        Check(chars < 100, 500, "short", "shorter than 100 characters", *length),
        Check(
            *(pl.col(_REPEATS) >= _MANY_REPEATS, 500, "repeats", "the same sentences again and again"),
            *("The description says {value} sentences again; say each once.", _REPEATS),
        ),
        Check(
            *(linking(text, hints), 700, "links", "a web or mail address"),
            *("Take addresses out of the description: channels refuse links.", None, GOOGLE),
        ),
        Check(
            *(markup(text), 700, "markup", "HTML left in the text"),
            *("Take the HTML out of the description: channels take plain text.", None, META),
        ),
        Check(
            *(promotional(text, hints), 800, "promotional", "promotional words"),
            *("Take prices, shipping and sales out of the description: channels refuse promotion.", None, GOOGLE),
        ),
        Check(chars < 160, 800, "rather_short", "shorter than 160 characters", *length),
        Check(
            *(chars > 5000, 800, "too_long", "longer than 5000 characters"),
            *("The description has {value} characters; channels cut at 5,000.", _DESCRIPTION, GOOGLE),
        ),
    )


def _short(text: pl.Expr) -> tuple[Check, ...]:
    chars, hints = pl.col(_SHORT), pl.col("_hinted_short")
    length = ("The short description has {value} characters; 30 to 500 are wanted.", _SHORT)
    return (
        Check(filler(text, hints), 0, "placeholder", "placeholder text", "Sum the product up in your own words."),
        Check(
            same_text(text, pl.col("title")) | same_text(text, pl.col("description")),
            *(300, "copies", "the same text as the title or the description"),
            "Sum the product up in words of its own.",
        ),
        Check(
            *(shouting(text), 500, "shouting", "all in capitals"),
            "Write the short description in small letters.",
        ),
        Check(chars < 30, 600, "short", "shorter than 30 characters", *length),
        Check(
            *(markup(text), 700, "markup", "HTML left in the text"),
            "Take the HTML out of the short description.",
        ),
        Check(
            *(promotional(text, hints), 800, "promotional", "promotional words"),
            "Take prices, shipping and sales out of the short description.",
        ),
        Check(chars > 500, 800, "too_long", "longer than 500 characters", *length),
    )
