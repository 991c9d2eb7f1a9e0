"""What the feeds of all channels make of a product's columns."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import polars as pl

Attributes: TypeAlias = Mapping[str, pl.Expr]
"""By the channel's name, in the feed's order: texts, or lists of texts; null where the product has none."""

FEED_ID: Final = pl.coalesce("sku", "product_id")
"""What a channel knows a product by: the stock number as the documents have it, else our own id."""
CONDITION: Final = pl.col("condition").fill_null("new")
"""What sells without saying so is new."""
_CONTROL: Final = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{FFFE}\x{FFFF}]"


def money(amount: str) -> pl.Expr:
    """A decimal text and the currency as channels write them: "15.00 EUR"."""
    text = pl.col(amount)
    cents = (
        pl.when(text.str.contains(r"\.\d\d"))
        .then(text)
        .when(text.str.contains(r"\.\d$"))
        .then(text + "0")
        .otherwise(text.str.strip_chars_end(".") + ".00")
    )
    return cents + " " + pl.col("currency")


def _reduced() -> pl.Expr:
    """Whether the product is sold below its regular price. Compared as doubles, never computed with."""
    original, price = (pl.col(name).cast(pl.Float64, strict=False) for name in ("originalPrice", "price"))
    return (original > price).fill_null(value=False)


def regular_price() -> pl.Expr:
    """The price without the sale."""
    return pl.when(_reduced()).then(money("originalPrice")).otherwise(money("price"))


def sale_price() -> pl.Expr:
    """The price in the sale, where there is one."""
    return pl.when(_reduced()).then(money("price"))


def availability(words: Mapping[str, str]) -> pl.Expr:
    """Ours in the channel's spelling; what the channel has no word for is left out."""
    return pl.col("availability").replace_strict(dict(words), default=None, return_dtype=pl.String)


def further_images(most: int) -> pl.Expr:
    """So many images beside the primary one, each once; null where there are none."""
    images = pl.col("secondaryImages").list.drop_nulls().list.unique(maintain_order=True).list.head(most)
    return pl.when(images.list.len() > 0).then(images)


def cleaned(products: pl.DataFrame) -> pl.DataFrame:
    """Products without control characters, which neither XML nor a reader of CSV takes."""
    texts = [name for name, dtype in products.schema.items() if dtype == pl.String]
    return products.with_columns(pl.col(texts).str.replace_all(_CONTROL, ""))
