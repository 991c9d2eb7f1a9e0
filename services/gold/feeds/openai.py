"""OpenAI's fields (product feed, https://developers.openai.com/commerce/specs/file-upload/products)."""

from typing import Final

import polars as pl

from services.gold.channels.rule import FEED_ID
from services.gold.feeds.values import (
    CONDITION,
    GTIN,
    Attributes,
    availability,
    further_images_text,
    on_date,
    regular_price,
    sale_price,
)

MOST_FURTHER_IMAGES: Final = 20
MOST_CHARS: Final = 20 * 2000
_AVAILABILITY: Final = {
    "in_stock": "in_stock",
    "out_of_stock": "out_of_stock",
    "preorder": "pre_order",
    "backorder": "backorder",
    "discontinued": "out_of_stock",
}

ATTRIBUTES: Final[Attributes] = {
    "item_id": FEED_ID,
    # To be found is what a feed is for; whether orders are taken through the channel is the shop's to say there.
    "is_eligible_search": pl.lit("true"),
    "is_eligible_checkout": pl.lit("false"),
    "title": pl.col("title"),
    "description": pl.col("description"),
    "url": pl.col("url"),
    "image_url": pl.col("primaryImageUrl"),
    "additional_image_urls": further_images_text(MOST_FURTHER_IMAGES, MOST_CHARS),
    "availability": availability(_AVAILABILITY).fill_null("unknown"),
    "availability_date": on_date("preorder"),
    "price": regular_price(),
    "sale_price": sale_price(),
    "brand": pl.col("brand"),
    "gtin": GTIN,
    "mpn": pl.col("mpn"),
    "condition": CONDITION,
    "product_category": pl.col("categoryPath"),
    "group_id": pl.col("parentId"),
    "color": pl.col("color"),
    "size": pl.col("size"),
    "material": pl.col("material"),
    "gender": pl.col("gender"),
    "age_group": pl.col("ageGroup"),
}
