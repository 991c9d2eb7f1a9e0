"""Google Merchant Center: the product data specification (https://support.google.com/merchants/answer/7052112)."""

import polars as pl

from services.gold.channels.rule import (
    Rule,
    Rules,
    bad_url,
    is_apparel,
    no_currency,
    no_price,
    not_among,
    number,
    plain_text,
    too_small,
    unusable_gtin,
)
from services.gold.rubric.fields import GOOGLE, IMAGE_FAULT

NO_BRANDS = ("n/a", "na", "generic", "no brand", "none", "does not exist", "unbranded")
CONDITIONS = ("new", "refurbished", "used")
AVAILABILITIES = ("in_stock", "out_of_stock", "preorder", "backorder")
GENDERS = ("male", "female", "unisex")
AGE_GROUPS = ("newborn", "infant", "toddler", "kids", "adult")
NO_COLOURS = ("multicolor", "multicolour", "various", "n/a", "multi")


def rules() -> tuple[Rule, ...]:
    """All rules, errors first."""
    of = Rules("google", GOOGLE)
    of.error("id", "too_long", _feed_id().str.len_chars() > 50, "id has more than 50 characters.", 50)
    of.required("title", "title")
    of.longest("title", "title", 150)
    of.required("description", "description")
    of.longest("description", "description", 5000)
    of.required("link", "url")
    of.error("link", "malformed", bad_url("url"), "link is no http or https address.")
    of.required("image_link", "primaryImageUrl")
    of.error("image_link", "malformed", bad_url("primaryImageUrl"), "image_link is no http or https address.")
    of.error("image_link", "broken", pl.col(IMAGE_FAULT).is_not_null(), "The image at image_link cannot be shown.")
    of.error("image_link", "too_small", too_small(500), "The image has less than 500 x 500 pixels.", 500)
    of.required("availability", "availability")
    unknown = not_among("availability", *AVAILABILITIES)
    of.error("availability", "unknown", unknown, "availability is none that Google knows.")
    of.required("price", "price")
    of.error("price", "not_positive", no_price(), "price is no amount above zero.")
    of.error("price", "currency", no_currency(), "price has no currency of ISO 4217.")
    brand = pl.col("brand").str.to_lowercase()
    of.error("brand", "missing", pl.col("brand").is_null() & _is_new(), "brand is missing.")
    of.error("brand", "placeholder", brand.is_in(NO_BRANDS), "brand says that there is none.")
    of.longest("brand", "brand", 70)
    of.error("gtin", "invalid", unusable_gtin(), "gtin is wrong, restricted or made up; none is better.")
    of.error("condition", "unknown", not_among("condition", *CONDITIONS), "condition is none that Google knows.")
    plain_text(of, "title", "title")
    plain_text(of, "description", "description")
    above = number("originalPrice") < number("price")
    of.warning("sale_price", "not_below", above, "sale_price is above the price.")
    unidentified = pl.col("gtin").is_null() & pl.col("mpn").is_null()
    of.warning("mpn", "no_identifier", unidentified, "Neither gtin nor mpn is there.")
    of.warning("color", "not_a_colour", pl.col("color").str.to_lowercase().is_in(NO_COLOURS), "color names no colour.")
    for attribute, column in (("color", "color"), ("size", "size"), ("gender", "gender"), ("age_group", "ageGroup")):
        missing = pl.col(column).is_null() & is_apparel()
        of.warning(attribute, "missing", missing, f"{attribute} is missing, which apparel needs in many countries.")
    return of.made()


def _feed_id() -> pl.Expr:
    return pl.coalesce("sku", "product_id")


def _is_new() -> pl.Expr:
    return pl.col("condition").fill_null("new") == "new"
