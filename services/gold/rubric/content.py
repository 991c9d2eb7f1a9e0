"""Content: title, description and short description: long enough, readable, and each saying something of its own."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import GOOGLE, META, Check
from services.gold.rubric.text import filler, markup, same_text, shouting

_TITLE = "title_chars"
_DESCRIPTION = "description_chars"
_SHORT = "short_description_chars"


def inputs() -> Sequence[pl.Expr]:
    """Lengths of the three texts in characters."""
    return (
        pl.col("title").str.len_chars().alias(_TITLE),
        pl.col("description").str.len_chars().alias(_DESCRIPTION),
        pl.col("shortDescription").str.len_chars().alias(_SHORT),
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of the three texts; lengths are in characters.

    Title 30–150 (150 is Google's and OpenAI's limit), description 160–5000 (Google's limit), short description 30–500.
    The same text twice counts against the later of the two fields, so that one repair is one gap.
    """
    title, description, short = pl.col("title"), pl.col("description"), pl.col("shortDescription")
    title_chars, description_chars, short_chars = (pl.col(name) for name in (_TITLE, _DESCRIPTION, _SHORT))
    has = "The title has {value} characters; "
    holds = "The description has {value} characters; "
    sums = "The short description has {value} characters; "
    return {
        "title": (
            Check(filler(title), 0, "placeholder", "placeholder text", "Say in the title what the product is."),
            Check(title_chars < 10, 300, "too_short", "shorter than 10 characters", has + "30 say something.", _TITLE),
            Check(
                shouting(title), 500, "shouting", "all in capitals", "Write the title in small letters.", source=GOOGLE
            ),
            Check(
                markup(title), 500, "markup", "HTML left in the text", "Take the HTML out of the title.", source=GOOGLE
            ),
            Check(title_chars < 30, 700, "short", "shorter than 30 characters", has + "30 say something.", _TITLE),
            Check(
                *(title_chars > 150, 700, "too_long", "longer than 150 characters"),
                *(has + "channels cut at 150.", _TITLE, GOOGLE),
            ),
        ),
        "description": (
            Check(filler(description), 0, "placeholder", "placeholder text", "Describe the product in your own words."),
            Check(
                *(same_text(description, title), 200, "copies_title", "the same text as the title"),
                *("Say in the description what the title does not say.", None, META),
            ),
            Check(
                *(description_chars < 40, 300, "too_short", "shorter than 40 characters"),
                *(holds + "160 are wanted.", _DESCRIPTION),
            ),
            Check(
                *(shouting(description), 500, "shouting", "all in capitals"),
                *("Write the description in small letters.", None, META),
            ),
            Check(
                *(description_chars < 100, 500, "short", "shorter than 100 characters"),
                *(holds + "160 are wanted.", _DESCRIPTION),
            ),
            Check(
                *(markup(description), 700, "markup", "HTML left in the text"),
                *("Take the HTML out of the description.", None, META),
            ),
            Check(
                *(description_chars < 160, 800, "rather_short", "shorter than 160 characters"),
                *(holds + "160 are wanted.", _DESCRIPTION),
            ),
            Check(
                *(description_chars > 5000, 800, "too_long", "longer than 5000 characters"),
                *(holds + "channels cut at 5,000.", _DESCRIPTION, GOOGLE),
            ),
        ),
        "shortDescription": (
            Check(filler(short), 0, "placeholder", "placeholder text", "Sum the product up in your own words."),
            Check(
                same_text(short, title).fill_null(value=False) | same_text(short, description).fill_null(value=False),
                *(300, "copies", "the same text as the title or the description"),
                "Sum the product up in words of its own.",
            ),
            Check(shouting(short), 500, "shouting", "all in capitals", "Write the short description in small letters."),
            Check(short_chars < 30, 600, "short", "shorter than 30 characters", sums + "30 are wanted.", _SHORT),
            Check(markup(short), 700, "markup", "HTML left in the text", "Take the HTML out of the short description."),
            Check(short_chars > 500, 800, "too_long", "longer than 500 characters", sums + "500 are enough.", _SHORT),
        ),
    }
