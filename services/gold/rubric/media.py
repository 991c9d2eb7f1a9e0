"""Media: the primary image, and how many further ones there are."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from services.gold.rubric.asking import above, below, exactly, found, given
from services.gold.rubric.features import IMAGE_FAULT, Features, Looks, Mask
from services.gold.rubric.fields import GOOGLE, IMAGES, Check
from services.gold.rubric.text import well_formed_url

_PLACEHOLDER_IMAGES: Final = [
    *("placeholder", "no-image", "no_image", "noimage", "no-photo", "no_photo", "nophoto", "image-not", "image_not"),
    *("imagenot", "coming-soon", "coming_soon", "comingsoon", "missing-image", "missing_image", "missingimage"),
    *("kein-bild", "kein_bild", "keinbild", "default-image", "default_image", "image-missing", "image_missing"),
]
_SIDE, _FURTHER, _LISTED = "image_side", "further_images", "listed_images"
_SMALL, _TINY = 500, 250


def looks() -> Sequence[Looks]:
    """`image_side`; `further_images`: how many different well-formed URLs there are beside the primary image's, and no
    more than are not known to be broken; `listed_images`: how many are listed.
    """
    images = pl.col("secondaryImages").list
    listed = images.len().cast(pl.Int32)
    usable = images.eval(pl.element().filter(well_formed_url(pl.element())))
    repeated = usable.list.contains(pl.col("primaryImageUrl")).fill_null(value=False)
    different = usable.list.n_unique().cast(pl.Int32) - repeated.cast(pl.Int32)
    shown = listed - pl.col("_secondary_faults").fill_null(0)
    primary = pl.col("primaryImageUrl")
    stand_in = primary.str.contains_any(_PLACEHOLDER_IMAGES, ascii_case_insensitive=True)
    return (
        {
            _SIDE: pl.min_horizontal("_image_width", "_image_height"),
            _FURTHER: pl.min_horizontal(different, shown).clip(0).fill_null(0),
            _LISTED: listed.fill_null(0),
            "image_malformed": (~well_formed_url(primary)).fill_null(value=False),
            "image_stands_in": stand_in.fill_null(value=False),
        },
    )


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `images` (the primary one) and `secondaryImages`: one is worth ½, two ¾, three or more 1.

    A primary image that Silver found broken is worth nothing. 500 pixels a side are Meta's least, and Google's from
    31 January 2027; 250 were Google's least for apparel. Of further ones only well-formed URLs count, each once, and
    not the primary image again.
    """
    wanted = "Different further images that can be shown: {value}; three are wanted."
    small = "The image is {value} pixels at its shorter side; channels ask for 500."
    return {
        "images": (
            Check(
                *(found("image_malformed"), 0, "malformed", "not a well-formed http(s) URL"),
                *("Give the image's full address, starting with https://.", None, GOOGLE),
            ),
            Check(
                *(given(IMAGE_FAULT), 0, "broken", "known not to be reachable"),
                *("Repair the image's address: it could not be fetched.", None, GOOGLE),
            ),
            Check(
                *(found("image_stands_in"), 250, "placeholder", "a placeholder image"),
                *("Show the product itself in the image.", None, IMAGES),
            ),
            Check(below(_SIDE, _TINY), 400, "tiny", "smaller than 250 pixels", small, _SIDE, IMAGES),
            Check(below(_SIDE, _SMALL), 700, "small", "smaller than 500 pixels", small, _SIDE, IMAGES),
        ),
        "secondaryImages": (
            Check(exactly(_FURTHER, 0), 0, "none", "no further image, three are wanted", wanted, _FURTHER),
            Check(exactly(_FURTHER, 1), 500, "one", "one further image, three are wanted", wanted, _FURTHER),
            Check(exactly(_FURTHER, 2), 750, "two", "two further images, three are wanted", wanted, _FURTHER),
            Check(
                above("_secondary_faults", 0),
                *(900, "broken", "some are known not to be reachable"),
                "Repair or remove the images that could not be fetched.",
            ),
            Check(
                _repeated,
                *(900, "repeated", "some repeat others or the primary one, or are no URL"),
                "Remove further images that are listed twice or are no address; left then: {value}.",
                _FURTHER,
            ),
        ),
    }


def _repeated(of: Features) -> Mask:
    mask: Mask = of[_FURTHER] < of[_LISTED]
    return mask
