"""What the feeds of all channels make of a product's columns."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import polars as pl

from services.gold.channels.rule import available_on

Attributes: TypeAlias = Mapping[str, pl.Expr]
"""By the channel's name, in the feed's order: texts, or lists of texts; null where the product has none."""

CONDITION: Final = pl.col("condition").fill_null("new")
"""What sells without saying so is new."""
GTIN: Final = pl.col("gtin").str.replace_all(r"[\s\-]", "")
"""Digits alone."""
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


def on_date(*states: str) -> pl.Expr:
    """When the product will be there, where its source says so and it is in one of these states."""
    return pl.when(pl.col("availability").is_in(states)).then(available_on())


def further_images(most: int) -> pl.Expr:
    """So many images beside the primary one, each once; null where there are none."""
    images = pl.col("secondaryImages").list.drop_nulls().list.unique(maintain_order=True).list.head(most)
    return pl.when(images.list.len() > 0).then(images)


def further_images_text(most: int, most_chars: int) -> pl.Expr:
    """The same as one text with commas between them, as many as have room; a comma inside an address is encoded."""
    address = pl.element().str.replace_all(",", "%2C", literal=True)
    has_room = (address.str.len_chars() + 1).cum_sum() <= most_chars + 1
    text = further_images(most).list.eval(address.filter(has_room)).list.join(",")
    return pl.when(text.str.len_bytes() > 0).then(text)


def cleaned(values: pl.DataFrame) -> pl.DataFrame:
    """Values without control characters, which neither XML nor a reader of CSV takes; what is empty then is absent."""
    return values.with_columns(
        _cleaned(pl.col(name)) if dtype == pl.String else pl.col(name).list.eval(_cleaned(pl.element()).drop_nulls())
        for name, dtype in values.schema.items()
    )


def _cleaned(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_CONTROL, "").replace("", None)
