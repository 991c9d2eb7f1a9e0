"""Media: the primary image, and how many further ones there are."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import IMAGE_FAULT, Check
from services.gold.rubric.text import well_formed_url

_PLACEHOLDER_IMAGE = (
    r"(?i)placeholder|no[-_]?image|image[-_]?not[-_]?(?:available|found)|coming[-_]?soon|missing[-_]?image"
)


def inputs() -> Sequence[pl.Expr]:
    """`_further_images`: how many different well-formed URLs there are beside the primary image's."""
    usable = pl.col("secondaryImages").list.eval(pl.element().filter(well_formed_url(pl.element())))
    repeated = usable.list.contains(pl.col("primaryImageUrl")).fill_null(value=False)
    return ((usable.list.n_unique() - repeated.cast(pl.UInt32)).fill_null(0).alias("_further_images"),)


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `images` (the primary one) and `secondaryImages`: one is worth ½, two ¾, three or more 1.

    A primary image that Silver found broken is worth nothing. Of further ones only well-formed URLs count, each once,
    and not the primary image again.
    """
    primary, count = pl.col("primaryImageUrl"), pl.col("_further_images")
    return {
        "images": (
            Check(~well_formed_url(primary), 0, "not a well-formed http(s) URL"),
            Check(pl.col(IMAGE_FAULT).is_not_null(), 0, "known not to be reachable"),
            Check(primary.str.contains(_PLACEHOLDER_IMAGE), 250, "a placeholder image"),
        ),
        "secondaryImages": (
            Check(count == 0, 0, "no further image, three are wanted"),
            Check(count == 1, 500, "one further image, three are wanted"),
            Check(count == 2, 750, "two further images, three are wanted"),
        ),
    }
