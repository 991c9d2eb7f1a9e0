"""Content: title, description and short description: long enough, readable, and each saying something of its own."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from services.gold.rubric import title
from services.gold.rubric.asking import (
    above,
    filler,
    linking,
    longer,
    markup,
    promotional,
    same_text,
    shorter,
    shouting,
)
from services.gold.rubric.features import Features, Looks, Mask
from services.gold.rubric.fields import GOOGLE, META, Check

_CHARS, _SHORT_CHARS, _REPEATS = "description_chars", "short_description_chars", "description_repeats"
_SENTENCES: Final = "sentences"
_MANY_REPEATS: Final = 2
_SENTENCE: Final = 20
"""Characters of the shortest piece of a text that counts as a sentence."""
_LONG: Final = pl.col(_SENTENCES).list.eval(pl.element().filter(pl.element().str.len_chars() >= _SENTENCE)).list
_AGAIN: Final = _LONG.len().cast(pl.Int32) - _LONG.n_unique().cast(pl.Int32)


def looks() -> Sequence[Looks]:
    """The description's sentences, and whether any comes again; and what `title.looks` gives."""
    sentences = pl.col("description").str.replace_all("\n", ". ", literal=True).str.split(". ")
    split = pl.col(_SENTENCES).list
    return (
        {_SENTENCES: sentences},
        {"sentences_again": (split.n_unique() < split.len()).fill_null(value=False)},
    )


def tell(of: Features) -> None:
    """`description_repeats`: how many sentences the description has said before. Short pieces ("approx.") are none."""
    repeats = np.zeros(of.height, dtype=np.int32)
    rows = np.flatnonzero(of["sentences_again"])
    if len(rows):
        repeats[rows] = of.frame[[_SENTENCES]][rows].select_seq(_AGAIN).to_series().to_numpy()
    of.tell(_REPEATS, np.where(of.given("description"), repeats, np.nan))


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of the three texts; lengths are in characters.

    Description 160–5000 (5000 is Google's limit), short description 30–500; the title see `title`. The same text twice
    counts against the later of the two fields, so that one repair is one gap.
    """
    return {
        "title": title.checks(),
        "description": _description("description"),
        "shortDescription": _short("shortDescription"),
    }


def _description(text: str) -> tuple[Check, ...]:
    length = ("The description has {value} characters; 160 to 5,000 are wanted.", _CHARS)
    return (
        Check(filler(text), 0, "placeholder", "placeholder text", "Describe the product in your own words."),
        Check(
            *(same_text(text, "title"), 200, "copies_title", "the same text as the title"),
            *("Say in the description what the title does not say.", None, META),
        ),
        Check(shorter(text, 40), 300, "too_short", "shorter than 40 characters", *length),
        Check(
            *(shouting(text), 500, "shouting", "all in capitals"),
            *("Write the description in small letters.", None, META),
        ),
        Check(shorter(text, 100), 500, "short", "shorter than 100 characters", *length),
        Check(
            *(above(_REPEATS, _MANY_REPEATS - 1), 500, "repeats", "the same sentences again and again"),
            *("The description says {value} sentences again; say each once.", _REPEATS),
        ),
        Check(
            *(linking(text), 700, "links", "a web or mail address"),
            *("Take addresses out of the description: channels refuse links.", None, GOOGLE),
        ),
        Check(
            *(markup(text), 700, "markup", "HTML left in the text"),
            *("Take the HTML out of the description: channels take plain text.", None, META),
        ),
        Check(
            *(promotional(text), 800, "promotional", "promotional words"),
            *("Take prices, shipping and sales out of the description: channels refuse promotion.", None, GOOGLE),
        ),
        Check(shorter(text, 160), 800, "rather_short", "shorter than 160 characters", *length),
        Check(
            *(longer(text, 5000), 800, "too_long", "longer than 5000 characters"),
            *("The description has {value} characters; channels cut at 5,000.", _CHARS, GOOGLE),
        ),
    )


def _short(text: str) -> tuple[Check, ...]:
    length = ("The short description has {value} characters; 30 to 500 are wanted.", _SHORT_CHARS)
    return (
        Check(filler(text), 0, "placeholder", "placeholder text", "Sum the product up in your own words."),
        Check(
            _copies,
            *(300, "copies", "the same text as the title or the description"),
            "Sum the product up in words of its own.",
        ),
        Check(
            *(shouting(text), 500, "shouting", "all in capitals"),
            "Write the short description in small letters.",
        ),
        Check(shorter(text, 30), 600, "short", "shorter than 30 characters", *length),
        Check(
            *(markup(text), 700, "markup", "HTML left in the text"),
            "Take the HTML out of the short description.",
        ),
        Check(
            *(promotional(text), 800, "promotional", "promotional words"),
            "Take prices, shipping and sales out of the short description.",
        ),
        Check(longer(text, 500), 800, "too_long", "longer than 500 characters", *length),
    )


def _copies(of: Features) -> Mask:
    return of.same_text("shortDescription", "title") | of.same_text("shortDescription", "description")
