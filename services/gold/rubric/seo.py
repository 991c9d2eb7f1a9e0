"""SEO: the product page's address, and the title and description that search results show."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import GOOGLE, Check
from services.gold.rubric.text import filler, well_formed_url


def inputs() -> Sequence[pl.Expr]:
    """`_title_words`: the title's words of four letters or more, in lower case; and lengths in characters."""
    return (
        _words(pl.col("title")).alias("_title_words"),
        pl.col("metaTitle").str.len_chars().alias("meta_title_chars"),
        pl.col("metaDescription").str.len_chars().alias("meta_description_chars"),
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `url`, `metaTitle` (15–60 characters) and `metaDescription` (50–160 characters).

    Both texts must hold at least one of the title's words of four letters or more, whatever the case.
    """
    title_words = pl.col("_title_words")
    return {
        "url": (
            Check(
                *(~well_formed_url(pl.col("url")), 0, "malformed", "not a well-formed http(s) URL"),
                *("Give the page's full address, starting with https://.", None, GOOGLE),
            ),
        ),
        "metaTitle": _text_checks("meta title", pl.col("metaTitle"), title_words, 15, 60),
        "metaDescription": _text_checks("meta description", pl.col("metaDescription"), title_words, 50, 160),
    }


def _text_checks(name: str, text: pl.Expr, title_words: pl.Expr, least: int, most: int) -> tuple[Check, ...]:
    common = title_words.list.set_intersection(_words(text)).list.len().fill_null(0)
    measure = f"{name.replace(' ', '_')}_chars"
    chars = pl.col(measure)
    has = f"The {name} has {{value}} characters; "
    return (
        Check(filler(text), 0, "placeholder", "placeholder text", f"Write a {name} of this product's own."),
        Check(
            *(common == 0, 500, "unrelated", "holds none of the title's words"),
            f"Use words of the title in the {name}: people search for them.",
        ),
        Check(
            *(chars < least, 600, "too_short", f"shorter than {least} characters"),
            *(has + f"{least} are wanted.", measure),
        ),
        Check(
            *(chars > most, 700, "too_long", f"longer than {most} characters"),
            *(has + f"search results cut at {most}.", measure),
        ),
    )


def _words(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.extract_all(r"\p{L}{4,}")
