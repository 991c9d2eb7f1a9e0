"""OpenAI's fields (product feed, https://developers.openai.com/commerce/specs/file-upload/products)."""

from typing import Final

import polars as pl

from services.gold.feeds.values import (
    CONDITION,
    FEED_ID,
    Attributes,
    availability,
    further_images,
    regular_price,
    sale_price,
)

MOST_FURTHER_IMAGES: Final = 20
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
    "additional_image_urls": further_images(MOST_FURTHER_IMAGES).list.join(","),
    "availability": availability(_AVAILABILITY).fill_null("unknown"),
    "price": regular_price(),
    "sale_price": sale_price(),
    "brand": pl.col("brand"),
    "gtin": pl.col("gtin").str.replace_all(r"[\s\-]", ""),
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
