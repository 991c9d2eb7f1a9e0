"""Media: the primary image, and how many further ones there are."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import GOOGLE, IMAGE_FAULT, Check
from services.gold.rubric.text import well_formed_url

_PLACEHOLDER_IMAGE = (
    r"(?i)placeholder|no[-_]?image|image[-_]?not[-_]?(?:available|found)|coming[-_]?soon|missing[-_]?image"
)


def inputs() -> Sequence[pl.Expr]:
    """`further_images`: how many different well-formed URLs there are beside the primary image's."""
    usable = pl.col("secondaryImages").list.eval(pl.element().filter(well_formed_url(pl.element())))
    repeated = usable.list.contains(pl.col("primaryImageUrl")).fill_null(value=False)
    return ((usable.list.n_unique() - repeated.cast(pl.UInt32)).fill_null(0).alias("further_images"),)


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `images` (the primary one) and `secondaryImages`: one is worth ½, two ¾, three or more 1.

    A primary image that Silver found broken is worth nothing. Of further ones only well-formed URLs count, each once,
    and not the primary image again.
    """
    primary, count = pl.col("primaryImageUrl"), pl.col("further_images")
    wanted = "The product has {value} further images; three are wanted."
    return {
        "images": (
            Check(
                *(~well_formed_url(primary), 0, "malformed", "not a well-formed http(s) URL"),
                *("Give the image's full address, starting with https://.", None, GOOGLE),
            ),
            Check(
                *(pl.col(IMAGE_FAULT).is_not_null(), 0, "broken", "known not to be reachable"),
                *("Repair the image's address: it could not be fetched.", None, GOOGLE),
            ),
            Check(
                *(primary.str.contains(_PLACEHOLDER_IMAGE), 250, "placeholder", "a placeholder image"),
                *("Show the product itself in the image.", None, GOOGLE),
            ),
        ),
        "secondaryImages": (
            Check(count == 0, 0, "none", "no further image, three are wanted", wanted, "further_images"),
            Check(count == 1, 500, "one", "one further image, three are wanted", wanted, "further_images"),
            Check(count == 2, 750, "two", "two further images, three are wanted", wanted, "further_images"),
        ),
    }
