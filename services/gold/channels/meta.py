"""Meta catalogs: the catalog reference (https://developers.facebook.com/docs/marketing-api/catalog/reference)."""

import polars as pl

from services.gold.channels.google import CONDITIONS, GENDERS
from services.gold.channels.rule import (
    Rules,
    bad_image_url,
    bad_url,
    no_currency,
    no_price,
    plain_title,
    price_above,
    shared_gtin,
    too_many_images,
    too_small,
    unusable_gtin,
)
from services.gold.rubric.asking import given, longer, markup, shouting
from services.gold.rubric.features import IMAGE_FAULT, Features, Mask
from services.gold.rubric.fields import META

OTHER_FORMATS = ("gif", "webp", "bmp", "tif", "tiff", "svg", "avif", "heic", "heif", "pdf", "psd", "eps", "ico")
"""Endings of images that are neither JPEG nor PNG."""
LISTED = ("in_stock", "out_of_stock", "preorder", "backorder", "discontinued")
"""Availabilities that Meta's two can be told from."""
MOST_FURTHER_IMAGES = 20
AGE_GROUPS = ("adult", "all ages", "teen", "kids", "toddler", "infant", "newborn")


def rules() -> Rules:
    """All rules."""
    of = Rules("meta", META)
    of.id(100)
    of.required("title", "title")
    of.longest("title", "title", 200)
    of.required("description", "description")
    of.longest("description", "description", 9999)
    of.error("description", "shouting", shouting("description"), "description is all in capitals.")
    of.required("availability", "availability")
    of.error("availability", "unknown", of.not_among("availability", *LISTED), "availability is not known.")
    of.error("condition", "unknown", of.not_among("condition", *CONDITIONS), "condition is none that Meta knows.")
    of.required("price", "price")
    of.error("price", "not_positive", no_price, "price is no amount above zero.")
    of.error("price", "currency", no_currency, "price has no currency of ISO 4217.")
    of.required("link", "url")
    of.error("link", "malformed", bad_url, "link is no http or https address.")
    of.required("image_link", "primaryImageUrl")
    of.error("image_link", "malformed", bad_image_url, "image_link is no http or https address.")
    of.error("image_link", "broken", given(IMAGE_FAULT), "The image at image_link cannot be shown.")
    of.error("image_link", "too_small", too_small(500), "The image has less than 500 x 500 pixels.", 500)
    of.error("image_link", "format", of.image_ending(*OTHER_FORMATS), "The image is neither JPEG nor PNG.")
    of.error("brand", "missing", _unidentified, "brand is missing, and gtin and mpn too.")
    of.longest("brand", "brand", 100)
    of.warning("brand", "advised", _without_brand, "brand is missing.")
    plain_title(of)
    of.warning("title", "long", longer("title", 65), "title has more than 65 characters.", 65)
    same = of.where("description_is_title", pl.col("description") == pl.col("title"))
    of.warning("description", "copy_of_title", same, "description repeats the title.")
    of.warning("description", "markup", markup("description"), "description has HTML left in it.")
    too_many = too_many_images(MOST_FURTHER_IMAGES)
    of.warning("additional_image_link", "too_many", too_many, "Only 20 further images are taken.", MOST_FURTHER_IMAGES)
    of.warning("sale_price", "not_below", price_above, "The price is above the regular price.")
    of.warning("gtin", "invalid", unusable_gtin, "gtin is wrong, restricted or made up; none is better.")
    of.warning("gtin", "shared", shared_gtin, "Unlike products have the same gtin.")
    for attribute, column, limit in (
        *(("product_type", "categoryPath", 750), ("item_group_id", "parentId", 100), ("pattern", "pattern", 100)),
        *(("color", "color", 200), ("size", "size", 200), ("material", "material", 200)),
    ):
        of.longest(attribute, column, limit, "warning")
    of.warning("gender", "unknown", of.not_among("gender", *GENDERS), "gender is none that Meta knows.")
    of.warning("age_group", "unknown", of.not_among("ageGroup", *AGE_GROUPS), "age_group is none that Meta knows.")
    return of


def _unidentified(of: Features) -> Mask:
    return of.absent("brand") & of.absent("gtin") & of.absent("mpn")


def _without_brand(of: Features) -> Mask:
    return of.absent("brand") & (of.given("gtin") | of.given("mpn"))
