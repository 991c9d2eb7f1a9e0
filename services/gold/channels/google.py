"""Google Merchant Center: the product data specification (https://support.google.com/merchants/answer/7052112)."""

import polars as pl

from services.gold.channels.rule import (
    Rules,
    bad_image_url,
    bad_url,
    no_currency,
    no_date,
    no_price,
    of_apparel,
    plain_description,
    plain_title,
    price_above,
    shared_gtin,
    too_many_images,
    too_small,
    unusable_gtin,
)
from services.gold.rubric.asking import given
from services.gold.rubric.features import IMAGE_FAULT, Features, Mask
from services.gold.rubric.fields import GOOGLE

NO_BRANDS = ("n/a", "na", "generic", "no brand", "none", "does not exist", "unbranded")
CONDITIONS = ("new", "refurbished", "used")
AVAILABILITIES = ("in_stock", "out_of_stock", "preorder", "backorder")
GENDERS = ("male", "female", "unisex")
AGE_GROUPS = ("newborn", "infant", "toddler", "kids", "adult")
NO_COLOURS = r"(?i)^(?:multi-?colou?r(?:ed)?|multi|various|n/?a|assorted|#[0-9a-f]{3,8}|[\d\s/,.-]+)$"
"""What the specification names: "multicolor", "various", "N/A", hexadecimal codes, digits."""
OTHER_FORMATS = ("svg", "avif", "heic", "heif", "pdf", "psd", "eps", "ico")
"""Endings of images that are none of JPEG, WebP, PNG, GIF, BMP, TIFF."""
MOST_FURTHER_IMAGES = 10


def rules() -> Rules:
    """All rules."""
    of = Rules("google", GOOGLE)
    of.id(50)
    of.required("title", "title")
    of.longest("title", "title", 150)
    of.required("description", "description")
    of.longest("description", "description", 5000)
    of.required("link", "url")
    of.error("link", "malformed", bad_url, "link is no http or https address of at most 2,000 characters.")
    of.required("image_link", "primaryImageUrl")
    malformed = "image_link is no http or https address of at most 2,000 characters."
    of.error("image_link", "malformed", bad_image_url, malformed)
    of.error("image_link", "broken", given(IMAGE_FAULT), "The image at image_link cannot be shown.")
    of.error("image_link", "too_small", too_small(500), "The image has less than 500 x 500 pixels.", 500)
    formats = "The image is none of JPEG, WebP, PNG, GIF, BMP and TIFF."
    of.error("image_link", "format", of.image_ending(*OTHER_FORMATS), formats)
    of.required("availability", "availability")
    unknown = of.not_among("availability", *AVAILABILITIES)
    of.error("availability", "unknown", unknown, "availability is none that Google knows.")
    of.error("availability_date", "missing", no_date, "availability_date is missing, which preorder needs.")
    of.required("price", "price")
    of.error("price", "not_positive", no_price, "price is no amount above zero.")
    of.error("price", "currency", no_currency, "price has no currency of ISO 4217.")
    of.error("brand", "missing", _new_without_brand, "brand is missing.")
    of.where("condition_new", pl.col("condition").fill_null("new") == "new")
    no_brand = of.where("no_brand", pl.col("brand").str.to_lowercase().is_in(NO_BRANDS))
    of.error("brand", "placeholder", no_brand, "brand says that there is none.")
    of.longest("brand", "brand", 70)
    of.error("gtin", "invalid", unusable_gtin, "gtin is wrong, restricted or made up; none is better.")
    of.error("condition", "unknown", of.not_among("condition", *CONDITIONS), "condition is none that Google knows.")
    plain_title(of)
    plain_description(of)
    too_many = too_many_images(MOST_FURTHER_IMAGES)
    of.warning("additional_image_link", "too_many", too_many, "Only ten further images are taken.", MOST_FURTHER_IMAGES)
    of.warning("sale_price", "not_below", price_above, "The price is above the regular price.")
    of.warning("gtin", "shared", shared_gtin, "Unlike products have the same gtin.")
    of.warning("mpn", "no_identifier", _unidentified, "Neither gtin nor mpn is there.")
    of.longest("mpn", "mpn", 70, "warning")
    no_colour = of.where("no_colour", pl.col("color").str.contains(NO_COLOURS))
    of.warning("color", "not_a_colour", no_colour, "color names no colour.")
    for attribute, column, limit in (
        *(("product_type", "categoryPath", 750), ("item_group_id", "parentId", 50)),
        *(("color", "color", 100), ("size", "size", 100), ("material", "material", 200), ("pattern", "pattern", 100)),
    ):
        of.longest(attribute, column, limit, "warning")
    of.warning("gender", "unknown", of.not_among("gender", *GENDERS), "gender is none that Google knows.")
    of.warning("age_group", "unknown", of.not_among("ageGroup", *AGE_GROUPS), "age_group is none that Google knows.")
    for attribute, column in (("color", "color"), ("size", "size"), ("gender", "gender"), ("age_group", "ageGroup")):
        message = f"{attribute} is missing, which apparel needs in many countries."
        of.warning(attribute, "missing", of_apparel(column), message)
    return of


def _new_without_brand(of: Features) -> Mask:
    mask: Mask = of.absent("brand") & of["condition_new"]
    return mask


def _unidentified(of: Features) -> Mask:
    return of.absent("gtin") & of.absent("mpn")
