"""Meta's fields (catalog reference, https://developers.facebook.com/docs/marketing-api/catalog/reference)."""

from typing import Final

import polars as pl

from services.gold.channels.meta import MOST_FURTHER_IMAGES
from services.gold.channels.rule import FEED_ID
from services.gold.feeds.values import (
    CONDITION,
    GTIN,
    Attributes,
    availability,
    further_images_text,
    regular_price,
    sale_price,
)

MOST_CHARS: Final = 2000
_AVAILABILITY: Final = {
    "in_stock": "in stock",
    "preorder": "in stock",
    "backorder": "in stock",
    "out_of_stock": "out of stock",
    "discontinued": "out of stock",
}
"""Meta has two words; what can be ordered is in stock."""

ATTRIBUTES: Final[Attributes] = {
    "id": FEED_ID,
    "title": pl.col("title"),
    "description": pl.col("description"),
    "availability": availability(_AVAILABILITY),
    "condition": CONDITION,
    "price": regular_price(),
    "sale_price": sale_price(),
    "link": pl.col("url"),
    "image_link": pl.col("primaryImageUrl"),
    "additional_image_link": further_images_text(MOST_FURTHER_IMAGES, MOST_CHARS),
    "brand": pl.col("brand"),
    "gtin": GTIN,
    "mpn": pl.col("mpn"),
    "product_type": pl.col("categoryPath"),
    "item_group_id": pl.col("parentId"),
    "color": pl.col("color"),
    "size": pl.col("size"),
    "material": pl.col("material"),
    "pattern": pl.col("pattern"),
    "gender": pl.col("gender"),
    "age_group": pl.col("ageGroup"),
}
