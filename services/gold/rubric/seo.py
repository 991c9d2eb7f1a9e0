"""SEO: the product page's address, and the title and description that search results show."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import GOOGLE, Check
from services.gold.rubric.text import filler, markup, same_text, shouting, well_formed_url
from services.gold.rubric.title import WORDS

_COMPARED_WORDS = 6
_META = {"metaTitle": "meta title", "metaDescription": "meta description"}


def inputs() -> Sequence[pl.Expr]:
    """Lengths in characters, and the texts in lower case."""
    return (
        *(pl.col(name).str.len_chars().alias(_chars(name)) for name in _META),
        *(pl.col(name).str.to_lowercase().alias(f"_{name}") for name in _META),
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `url`, `metaTitle` (15–60 characters) and `metaDescription` (50–160 characters).

    Both texts must hold at least one of the title's first words of four letters or more, alone or in a longer one.
    """
    return {
        "url": (
            Check(
                *(~well_formed_url(pl.col("url")), 0, "malformed", "not a well-formed http(s) URL"),
                *("Give the page's full address, starting with https://.", None, GOOGLE),
            ),
        ),
        "metaTitle": _text_checks("metaTitle", 15, 60),
        "metaDescription": (
            *_text_checks("metaDescription", 50, 160),
            Check(
                same_text(pl.col("metaDescription"), pl.col("metaTitle")),
                *(500, "copies_title", "the same text as the meta title"),
                "Say in the meta description what the meta title does not say.",
            ),
        ),
    }


def _text_checks(field: str, least: int, most: int) -> tuple[Check, ...]:
    name, text, chars = _META[field], pl.col(field), pl.col(_chars(field))
    has = f"The {name} has {{value}} characters; "
    return (
        Check(filler(text), 0, "placeholder", "placeholder text", f"Write a {name} of this product's own."),
        Check(
            *(_unrelated(field), 500, "unrelated", "holds none of the title's words"),
            f"Use words of the title in the {name}: people search for them.",
        ),
        Check(
            *(chars < least, 600, "too_short", f"shorter than {least} characters"),
            *(has + f"{least} to {most} are wanted.", _chars(field)),
        ),
        Check(shouting(text), 700, "shouting", "all in capitals", f"Write the {name} in small letters."),
        Check(markup(text), 700, "markup", "HTML left in the text", f"Take the HTML out of the {name}."),
        Check(
            *(chars > most, 700, "too_long", f"longer than {most} characters"),
            *(has + f"search results cut at {most}.", _chars(field)),
        ),
    )


def _unrelated(field: str) -> pl.Expr:
    """None of the title's words is in the text."""
    words = (pl.col(WORDS).list.get(place, null_on_oob=True) for place in range(_COMPARED_WORDS))
    related = pl.any_horizontal(pl.col(f"_{field}").str.contains(word, literal=True) for word in words)
    return pl.col(field).is_not_null() & ~related.fill_null(value=False)


def _chars(field: str) -> str:
    return f"{_META[field].replace(' ', '_')}_chars"
