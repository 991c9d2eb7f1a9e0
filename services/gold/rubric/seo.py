"""SEO: the product page's address, and the title and description that search results show."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import Check
from services.gold.rubric.text import filler, well_formed_url


def inputs() -> Sequence[pl.Expr]:
    """`_title_words`: the title's words of four letters or more, in lower case."""
    return (_words(pl.col("title")).alias("_title_words"),)


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `url`, `metaTitle` (15–60 characters) and `metaDescription` (50–160 characters).

    Both texts must hold at least one of the title's words of four letters or more, whatever the case.
    """
    title_words = pl.col("_title_words")
    return {
        "url": (Check(~well_formed_url(pl.col("url")), 0, "not a well-formed http(s) URL"),),
        "metaTitle": _text_checks(pl.col("metaTitle"), title_words, 15, 60),
        "metaDescription": _text_checks(pl.col("metaDescription"), title_words, 50, 160),
    }


def _text_checks(text: pl.Expr, title_words: pl.Expr, least: int, most: int) -> tuple[Check, ...]:
    common = title_words.list.set_intersection(_words(text)).list.len().fill_null(0)
    chars = text.str.len_chars()
    return (
        Check(filler(text), 0, "placeholder text"),
        Check(common == 0, 500, "holds none of the title's words"),
        Check(chars < least, 600, f"shorter than {least} characters"),
        Check(chars > most, 700, f"longer than {most} characters"),
    )


def _words(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.extract_all(r"\p{L}{4,}")
