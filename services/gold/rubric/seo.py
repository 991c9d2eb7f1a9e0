"""SEO: the product page's address, and the title and description that search results show."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from services.gold.rubric.asking import filler, found, longer, markup, same_text, shorter, shouting
from services.gold.rubric.features import Features, Looks
from services.gold.rubric.fields import GOOGLE, Check
from services.gold.rubric.text import well_formed_url
from services.gold.rubric.title import WORD_COUNT, WORDS

_COMPARED_WORDS = 6
_META = {"metaTitle": "meta title", "metaDescription": "meta description"}
_PAIRED = [pl.col(WORDS).list.head(_COMPARED_WORDS), *(pl.col(name).str.to_lowercase() for name in _META)]
_NAMED = [pl.col(name).str.contains(pl.col(WORDS), literal=True).fill_null(value=False) for name in _META]


def looks() -> Sequence[Looks]:
    """Whether the address is malformed."""
    return ({"url_malformed": (~well_formed_url(pl.col("url"))).fill_null(value=False)},)


def tell(of: Features) -> None:
    """`metaTitle_unrelated`, `metaDescription_unrelated`: there is a text, and none of the title's words is in it."""
    pairs = of.frame.select_seq(_PAIRED).explode(WORDS, empty_as_null=True)
    named = pairs.select_seq(_NAMED).to_numpy()
    # A title without words leaves one row, which names nothing.
    ends = np.cumsum(np.clip(of[WORD_COUNT], 1, _COMPARED_WORDS))
    related = np.logical_or.reduceat(named, np.append(0, ends[:-1])) if of.height else named
    for place, name in enumerate(_META):
        of.tell(f"{name}_unrelated", of.given(name) & ~related[:, place])


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `url`, `metaTitle` (15–60 characters) and `metaDescription` (50–160 characters).

    Both texts must hold at least one of the title's first words of four letters or more, alone or in a longer one.
    """
    return {
        "url": (
            Check(
                *(found("url_malformed"), 0, "malformed", "not a well-formed http(s) URL"),
                *("Give the page's full address, starting with https://.", None, GOOGLE),
            ),
        ),
        "metaTitle": _text_checks("metaTitle", 15, 60),
        "metaDescription": (
            *_text_checks("metaDescription", 50, 160),
            Check(
                same_text("metaDescription", "metaTitle"),
                *(500, "copies_title", "the same text as the meta title"),
                "Say in the meta description what the meta title does not say.",
            ),
        ),
    }


def _text_checks(field: str, least: int, most: int) -> tuple[Check, ...]:
    name = _META[field]
    chars = f"{name.replace(' ', '_')}_chars"
    has = f"The {name} has {{value}} characters; "
    return (
        Check(filler(field), 0, "placeholder", "placeholder text", f"Write a {name} of this product's own."),
        Check(
            *(found(f"{field}_unrelated"), 500, "unrelated", "holds none of the title's words"),
            f"Use words of the title in the {name}: people search for them.",
        ),
        Check(
            *(shorter(field, least), 600, "too_short", f"shorter than {least} characters"),
            *(has + f"{least} to {most} are wanted.", chars),
        ),
        Check(shouting(field), 700, "shouting", "all in capitals", f"Write the {name} in small letters."),
        Check(markup(field), 700, "markup", "HTML left in the text", f"Take the HTML out of the {name}."),
        Check(
            *(longer(field, most), 700, "too_long", f"longer than {most} characters"),
            *(has + f"search results cut at {most}.", chars),
        ),
    )
