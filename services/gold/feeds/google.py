"""Google's attributes (product data specification, https://support.google.com/merchants/answer/7052112)."""

from typing import Final

import polars as pl

from services.gold.channels.google import MOST_FURTHER_IMAGES
from services.gold.channels.rule import FEED_ID
from services.gold.feeds.values import (
    CONDITION,
    GTIN,
    Attributes,
    availability,
    further_images,
    on_date,
    regular_price,
    sale_price,
)

_AVAILABILITY: Final = {
    **{word: word for word in ("in_stock", "out_of_stock", "preorder", "backorder")},
    "discontinued": "out_of_stock",
}
_IDENTIFIED: Final = pl.col("gtin").is_not_null() | (pl.col("mpn").is_not_null() & pl.col("brand").is_not_null())

ATTRIBUTES: Final[Attributes] = {
    "id": FEED_ID,
    "title": pl.col("title"),
    "description": pl.col("description"),
    "link": pl.col("url"),
    "image_link": pl.col("primaryImageUrl"),
    "additional_image_link": further_images(MOST_FURTHER_IMAGES),
    "availability": availability(_AVAILABILITY),
    "availability_date": on_date("preorder", "backorder"),
    "price": regular_price(),
    "sale_price": sale_price(),
    "brand": pl.col("brand"),
    "gtin": GTIN,
    "mpn": pl.col("mpn"),
    "identifier_exists": pl.when(~_IDENTIFIED).then(pl.lit("no")),
    "condition": CONDITION,
    "product_type": pl.col("categoryPath"),
    "item_group_id": pl.col("parentId"),
    "color": pl.col("color"),
    "size": pl.col("size"),
    "material": pl.col("material"),
    "pattern": pl.col("pattern"),
    "gender": pl.col("gender"),
    "age_group": pl.col("ageGroup"),
}
