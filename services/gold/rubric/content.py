"""Content: title, description and short description: long enough, readable, and each saying something of its own."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import Check
from services.gold.rubric.text import filler, markup, same_text, shouting


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of the three texts; lengths are in characters.

    Title 30–150 (150 is Google's and OpenAI's limit), description 160–5000 (Google's limit), short description 30–500.
    The same text twice counts against the later of the two fields, so that one repair is one gap.
    """
    title, description, short = pl.col("title"), pl.col("description"), pl.col("shortDescription")
    title_chars, description_chars, short_chars = (text.str.len_chars() for text in (title, description, short))
    return {
        "title": (
            Check(filler(title), 0, "placeholder text"),
            Check(title_chars < 10, 300, "shorter than 10 characters"),
            Check(shouting(title), 500, "all in capitals"),
            Check(markup(title), 500, "HTML left in the text"),
            Check(title_chars < 30, 700, "shorter than 30 characters"),
            Check(title_chars > 150, 700, "longer than 150 characters"),
        ),
        "description": (
            Check(filler(description), 0, "placeholder text"),
            Check(same_text(description, title), 200, "the same text as the title"),
            Check(description_chars < 40, 300, "shorter than 40 characters"),
            Check(shouting(description), 500, "all in capitals"),
            Check(description_chars < 100, 500, "shorter than 100 characters"),
            Check(markup(description), 700, "HTML left in the text"),
            Check(description_chars < 160, 800, "shorter than 160 characters"),
            Check(description_chars > 5000, 800, "longer than 5000 characters"),
        ),
        "shortDescription": (
            Check(filler(short), 0, "placeholder text"),
            Check(
                same_text(short, title).fill_null(value=False) | same_text(short, description).fill_null(value=False),
                300,
                "the same text as the title or the description",
            ),
            Check(shouting(short), 500, "all in capitals"),
            Check(short_chars < 30, 600, "shorter than 30 characters"),
            Check(markup(short), 700, "HTML left in the text"),
            Check(short_chars > 500, 800, "longer than 500 characters"),
        ),
    }
