"""Media: the primary image, and how many further ones there are."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from services.gold.rubric.fields import GOOGLE, IMAGE_FAULT, IMAGES, Check
from services.gold.rubric.text import well_formed_url

_PLACEHOLDER_IMAGES: Final = [
    *("placeholder", "no-image", "no_image", "noimage", "no-photo", "no_photo", "nophoto", "image-not", "image_not"),
    *("imagenot", "coming-soon", "coming_soon", "comingsoon", "missing-image", "missing_image", "missingimage"),
    *("kein-bild", "kein_bild", "keinbild", "default-image", "default_image", "image-missing", "image_missing"),
]
_SIDE, _FURTHER = "image_side", "further_images"
_SMALL, _TINY = 500, 250


def inputs() -> Sequence[pl.Expr]:
    """`image_side`; `further_images`: how many different well-formed URLs there are beside the primary image's, and no
    more than are not known to be broken; `_listed_images`: how many are listed.
    """
    images = pl.col("secondaryImages").list
    listed = images.len().cast(pl.Int32)
    usable = images.eval(pl.element().filter(well_formed_url(pl.element())))
    repeated = usable.list.contains(pl.col("primaryImageUrl")).fill_null(value=False)
    different = usable.list.n_unique().cast(pl.Int32) - repeated.cast(pl.Int32)
    shown = listed - pl.col("_secondary_faults").fill_null(0)
    return (
        pl.min_horizontal("_image_width", "_image_height").alias(_SIDE),
        pl.min_horizontal(different, shown).clip(0).fill_null(0).alias(_FURTHER),
        listed.fill_null(0).alias("_listed_images"),
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `images` (the primary one) and `secondaryImages`: one is worth ½, two ¾, three or more 1.

    A primary image that Silver found broken is worth nothing. 500 pixels a side are Meta's least, and Google's from
    31 January 2027; 250 were Google's least for apparel. Of further ones only well-formed URLs count, each once, and
    not the primary image again.
    """
    primary, side, further = pl.col("primaryImageUrl"), pl.col(_SIDE), pl.col(_FURTHER)
    wanted = "Different further images that can be shown: {value}; three are wanted."
    small = "The image is {value} pixels at its shorter side; channels ask for 500."
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
                *(
                    primary.str.contains_any(_PLACEHOLDER_IMAGES, ascii_case_insensitive=True),
                    250,
                    "placeholder",
                    "a placeholder image",
                ),
                *("Show the product itself in the image.", None, IMAGES),
            ),
            Check(side < _TINY, 400, "tiny", "smaller than 250 pixels", small, _SIDE, IMAGES),
            Check(side < _SMALL, 700, "small", "smaller than 500 pixels", small, _SIDE, IMAGES),
        ),
        "secondaryImages": (
            Check(further == 0, 0, "none", "no further image, three are wanted", wanted, _FURTHER),
            Check(further == 1, 500, "one", "one further image, three are wanted", wanted, _FURTHER),
            Check(further == 2, 750, "two", "two further images, three are wanted", wanted, _FURTHER),
            Check(
                pl.col("_secondary_faults") > 0,
                *(900, "broken", "some are known not to be reachable"),
                "Repair or remove the images that could not be fetched.",
            ),
            Check(
                further < pl.col("_listed_images"),
                *(900, "repeated", "some repeat others or the primary one, or are no URL"),
                "Remove further images that are listed twice or are no address; left then: {value}.",
                _FURTHER,
            ),
        ),
    }
