"""Google Merchant Center: the product data specification (https://support.google.com/merchants/answer/7052112)."""

import polars as pl

from services.gold.channels.rule import (
    Rule,
    Rules,
    bad_url,
    image_ending,
    is_apparel,
    no_currency,
    no_date,
    no_price,
    not_among,
    plain_description,
    plain_title,
    price_above,
    shared_gtin,
    too_many_images,
    too_small,
    unusable_gtin,
)
from services.gold.rubric.fields import GOOGLE, IMAGE_FAULT

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


def rules() -> tuple[Rule, ...]:
    """All rules, errors first."""
    of = Rules("google", GOOGLE)
    of.id(50)
    of.required("title", "title")
    of.longest("title", "title", 150)
    of.required("description", "description")
    of.longest("description", "description", 5000)
    of.required("link", "url")
    of.error("link", "malformed", bad_url("url"), "link is no http or https address of at most 2,000 characters.")
    of.required("image_link", "primaryImageUrl")
    malformed = "image_link is no http or https address of at most 2,000 characters."
    of.error("image_link", "malformed", bad_url("primaryImageUrl"), malformed)
    of.error("image_link", "broken", pl.col(IMAGE_FAULT).is_not_null(), "The image at image_link cannot be shown.")
    of.error("image_link", "too_small", too_small(500), "The image has less than 500 x 500 pixels.", 500)
    formats = "The image is none of JPEG, WebP, PNG, GIF, BMP and TIFF."
    of.error("image_link", "format", image_ending(*OTHER_FORMATS), formats)
    of.required("availability", "availability")
    unknown = not_among("availability", *AVAILABILITIES)
    of.error("availability", "unknown", unknown, "availability is none that Google knows.")
    of.error("availability_date", "missing", no_date(), "availability_date is missing, which preorder needs.")
    of.required("price", "price")
    of.error("price", "not_positive", no_price(), "price is no amount above zero.")
    of.error("price", "currency", no_currency(), "price has no currency of ISO 4217.")
    brand = pl.col("brand").str.to_lowercase()
    of.error("brand", "missing", pl.col("brand").is_null() & _is_new(), "brand is missing.")
    of.error("brand", "placeholder", brand.is_in(NO_BRANDS), "brand says that there is none.")
    of.longest("brand", "brand", 70)
    of.error("gtin", "invalid", unusable_gtin(), "gtin is wrong, restricted or made up; none is better.")
    of.error("condition", "unknown", not_among("condition", *CONDITIONS), "condition is none that Google knows.")
    plain_title(of)
    plain_description(of)
    too_many = too_many_images(MOST_FURTHER_IMAGES)
    of.warning("additional_image_link", "too_many", too_many, "Only ten further images are taken.", MOST_FURTHER_IMAGES)
    of.warning("sale_price", "not_below", price_above(), "The price is above the regular price.")
    of.warning("gtin", "shared", shared_gtin(), "Unlike products have the same gtin.")
    unidentified = pl.col("gtin").is_null() & pl.col("mpn").is_null()
    of.warning("mpn", "no_identifier", unidentified, "Neither gtin nor mpn is there.")
    of.longest("mpn", "mpn", 70, "warning")
    of.warning("color", "not_a_colour", pl.col("color").str.contains(NO_COLOURS), "color names no colour.")
    for attribute, column, limit in (
        *(("product_type", "categoryPath", 750), ("item_group_id", "parentId", 50)),
        *(("color", "color", 100), ("size", "size", 100), ("material", "material", 200), ("pattern", "pattern", 100)),
    ):
        of.longest(attribute, column, limit, "warning")
    of.warning("gender", "unknown", not_among("gender", *GENDERS), "gender is none that Google knows.")
    of.warning("age_group", "unknown", not_among("ageGroup", *AGE_GROUPS), "age_group is none that Google knows.")
    for attribute, column in (("color", "color"), ("size", "size"), ("gender", "gender"), ("age_group", "ageGroup")):
        missing = pl.col(column).is_null() & is_apparel()
        of.warning(attribute, "missing", missing, f"{attribute} is missing, which apparel needs in many countries.")
    return of.made()


def _is_new() -> pl.Expr:
    return pl.col("condition").fill_null("new") == "new"
