"""OpenAI commerce: the product feed (https://developers.openai.com/commerce/specs/file-upload/products)."""

import polars as pl

from services.gold.channels.google import AGE_GROUPS
from services.gold.channels.meta import OTHER_FORMATS
from services.gold.channels.rule import (
    Rules,
    bad_image_url,
    bad_url,
    no_currency,
    no_date,
    no_price,
    plain_title,
    price_above,
    shared_gtin,
)
from services.gold.rubric.asking import given, markup
from services.gold.rubric.features import IMAGE_FAULT

SOURCE = "https://developers.openai.com/commerce/specs/file-upload/products"
AVAILABILITIES = ("in_stock", "out_of_stock", "preorder", "backorder", "discontinued")
"""Those of ours that one of OpenAI's (with `pre_order` and `unknown`) can be told from."""


def rules() -> Rules:
    """All rules."""
    of = Rules("openai", SOURCE)
    of.id(attribute="item_id")
    of.required("title", "title")
    of.longest("title", "title", 150)
    of.required("description", "description")
    of.longest("description", "description", 5000)
    of.required("url", "url")
    of.error("url", "malformed", bad_url, "url is no http or https address.")
    of.required("image_url", "primaryImageUrl")
    of.error("image_url", "malformed", bad_image_url, "image_url is no http or https address.")
    of.error("image_url", "broken", given(IMAGE_FAULT), "The image at image_url cannot be shown.")
    of.error("image_url", "format", of.image_ending(*OTHER_FORMATS), "The image is neither JPEG nor PNG.")
    of.required("availability", "availability")
    of.error("availability", "unknown", of.not_among("availability", *AVAILABILITIES), "availability is not known.")
    of.error("availability_date", "missing", no_date, "availability_date is missing, which pre_order needs.")
    of.required("price", "price")
    of.error("price", "not_positive", no_price, "price is no amount above zero.")
    of.error("price", "currency", no_currency, "price has no currency of ISO 4217.")
    of.required("brand", "brand")
    of.longest("brand", "brand", 70)
    of.warning("sale_price", "not_below", price_above, "The price is above the regular price.")
    no_number = ~pl.col("gtin_digits").str.contains(r"^\d{8,14}$")
    of.warning("gtin", "malformed", of.where("gtin_no_number", no_number), "gtin is no number of 8 to 14 digits.")
    of.warning("gtin", "shared", shared_gtin, "Unlike products have the same gtin.")
    of.longest("mpn", "mpn", 70, "warning")
    of.longest("color", "color", 40, "warning")
    of.longest("size", "size", 20, "warning")
    of.longest("material", "material", 100, "warning")
    of.warning("age_group", "unknown", of.not_among("ageGroup", *AGE_GROUPS), "age_group is none that OpenAI knows.")
    of.warning("url", "not_https", of.where("url_plain", pl.col("url").str.starts_with("http://")), "url is not https.")
    plain_title(of)
    of.warning("description", "markup", markup("description"), "description has HTML left in it.")
    return of
