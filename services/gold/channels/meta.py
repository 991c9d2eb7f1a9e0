"""Meta catalogs: the catalog reference (https://developers.facebook.com/docs/marketing-api/catalog/reference)."""

import polars as pl

from services.gold.channels.google import CONDITIONS
from services.gold.channels.rule import (
    Rule,
    Rules,
    bad_url,
    no_currency,
    no_price,
    not_among,
    number,
    plain_text,
    too_small,
)
from services.gold.rubric.fields import IMAGE_FAULT, META
from services.gold.rubric.text import shouting

FORMATS = r"(?i)\.(?:gif|webp|bmp|tiff?|svg|avif|heic)(?:[?#].*)?$"
"""Addresses of images that are neither JPEG nor PNG."""
LISTED = ("in_stock", "out_of_stock", "preorder", "backorder", "discontinued")
"""Availabilities that Meta's two can be told from."""
AGE_GROUPS = ("adult", "all ages", "teen", "kids", "toddler", "infant", "newborn")


def rules() -> tuple[Rule, ...]:
    """All rules, errors first."""
    of = Rules("meta", META)
    too_long = pl.coalesce("sku", "product_id").str.len_chars() > 100
    of.error("id", "too_long", too_long, "id has more than 100 characters.", 100)
    of.required("title", "title")
    of.longest("title", "title", 200)
    of.required("description", "description")
    of.longest("description", "description", 9999)
    of.error("description", "shouting", shouting(pl.col("description")), "description is all in capitals.")
    of.required("availability", "availability")
    of.error("availability", "unknown", not_among("availability", *LISTED), "availability is not known.")
    of.error("condition", "unknown", not_among("condition", *CONDITIONS), "condition is none that Meta knows.")
    of.required("price", "price")
    of.error("price", "not_positive", no_price(), "price is no amount above zero.")
    of.error("price", "currency", no_currency(), "price has no currency of ISO 4217.")
    of.required("link", "url")
    of.error("link", "malformed", bad_url("url"), "link is no http or https address.")
    of.required("image_link", "primaryImageUrl")
    of.error("image_link", "malformed", bad_url("primaryImageUrl"), "image_link is no http or https address.")
    of.error("image_link", "broken", pl.col(IMAGE_FAULT).is_not_null(), "The image at image_link cannot be shown.")
    of.error("image_link", "too_small", too_small(500), "The image has less than 500 x 500 pixels.", 500)
    other_format = pl.col("primaryImageUrl").str.contains(FORMATS)
    of.error("image_link", "format", other_format, "The image is neither JPEG nor PNG.")
    identified = pl.any_horizontal(pl.col(name).is_not_null() for name in ("brand", "gtin", "mpn"))
    of.error("brand", "missing", ~identified, "brand is missing, and gtin and mpn too.")
    of.longest("brand", "brand", 100)
    of.warning("brand", "advised", pl.col("brand").is_null() & identified, "brand is missing.")
    plain_text(of, "title", "title")
    of.warning("title", "long", pl.col("title").str.len_chars() > 65, "title has more than 65 characters.", 65)
    same = pl.col("description") == pl.col("title")
    of.warning("description", "copy_of_title", same, "description repeats the title.")
    above = number("originalPrice") < number("price")
    of.warning("sale_price", "not_below", above, "sale_price is above the price.")
    for attribute, column, limit in (("color", "color", 200), ("size", "size", 200), ("material", "material", 200)):
        of.longest(attribute, column, limit, "warning")
    of.longest("pattern", "pattern", 100, "warning")
    return of.made()
