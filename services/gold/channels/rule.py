"""What a rule is, and what rules of several channels ask of a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from services.gold.rubric import identity
from services.gold.rubric.pricing import CURRENCIES
from services.gold.rubric.text import hinted, linking, markup, promotional, shouting, well_formed_url

Severity = Literal["error", "warning"]
APPAREL: Final = [
    *("apparel", "cloth", "shirt", "trouser", "pants", "jeans", "dress", "skirt", "jacket", "coat", "shoe", "sneaker"),
    *("kleidung", "schuh", "vêtement", "chaussure", "ropa", "zapato", "roupa", "sapato", "abbigliamento", "kleding"),
]
"""Words of category paths that tell apparel."""
FEED_ID: Final = pl.coalesce("sku", "product_id")
"""What a channel knows a product by: the stock number as the documents have it, else our own id."""
REPEATED: Final = "repeated"
_DATE: Final = r'(?i)"availability[ _-]?date"\s*:\s*"(\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:?\d\d)?)?)"'
_AMOUNT: Final = r"^\d{1,15}(?:\.\d{1,10})?$"


@dataclass(frozen=True)
class Rule:
    """What a channel asks of a product."""

    id: str
    """Stable: channel, attribute and reason, "google.title.too_long"."""
    channel: str
    severity: Severity
    attribute: str
    """The channel's own name of the attribute."""
    message: str
    """One sentence without the product's data."""
    limit: int | None
    """The number it goes by; None where there is none."""
    source: str
    """The channel's page."""
    broken: pl.Expr
    """Boolean over the columns of `rules.COLUMNS`; null counts as not broken."""


class Rules:
    """Makes the rules of one channel: `error` and `warning` add one each."""

    def __init__(self, channel: str, source: str) -> None:
        self._channel = channel
        self._source = source
        self._made: list[Rule] = []

    def error(self, attribute: str, reason: str, broken: pl.Expr, message: str, limit: int | None = None) -> None:
        """A rule for which the channel refuses a product."""
        self._add("error", attribute, reason, broken, (message, limit))

    def warning(self, attribute: str, reason: str, broken: pl.Expr, message: str, limit: int | None = None) -> None:
        """A rule for which it does not."""
        self._add("warning", attribute, reason, broken, (message, limit))

    def id(self, limit: int | None = None, attribute: str = "id") -> None:
        """What the channel knows a product by: not too long, and each once in a feed.

        Whether one comes again only a feed can tell, so that no product by itself breaks that rule.
        """
        if limit is not None:
            too_long = FEED_ID.str.len_chars() > limit
            self.error(attribute, "too_long", too_long, f"{attribute} has more than {limit} characters.", limit)
        repeated = f"Another product of the feed has the same {attribute}."
        self.error(attribute, REPEATED, pl.lit(value=False), repeated)

    def required(self, attribute: str, column: str, severity: Severity = "error") -> None:
        """The attribute must be there."""
        self._add(severity, attribute, "missing", pl.col(column).is_null(), (f"{attribute} is missing.", None))

    def longest(self, attribute: str, column: str, limit: int, severity: Severity = "error") -> None:
        """The attribute may have so many characters."""
        message = f"{attribute} has more than {limit:,} characters."
        self._add(severity, attribute, "too_long", pl.col(column).str.len_chars() > limit, (message, limit))

    def made(self) -> tuple[Rule, ...]:
        """All rules, errors first."""
        return tuple(sorted(self._made, key=lambda rule: rule.severity != "error"))

    def _add(
        self, severity: Severity, attribute: str, reason: str, broken: pl.Expr, told: tuple[str, int | None]
    ) -> None:
        name = f"{self._channel}.{attribute}.{reason}"
        self._made.append(Rule(name, self._channel, severity, attribute, *told, self._source, broken))


def inputs() -> Sequence[pl.Expr]:
    """What rules of several channels ask, looked at once: columns that the functions below name."""
    price = pl.col("price")
    title, description = pl.col("title"), pl.col("description")
    wrong = (check.failed for check in identity.checks()["gtin"] if check.reason != "shared")
    return (
        markup(title).alias("_title_markup"),
        shouting(title).alias("_title_shouting"),
        promotional(title).alias("_title_promotional"),
        hinted(description).alias("_description_hinted"),
        markup(description).alias("_description_markup"),
        shouting(description).alias("_description_shouting"),
        (~well_formed_url(pl.col("url"))).alias("_url_malformed"),
        (~well_formed_url(pl.col("primaryImageUrl"))).alias("_primaryImageUrl_malformed"),
        ~(price.str.contains(_AMOUNT) & (_number("price") > 0)).alias("_price_unsound"),
        (_number("originalPrice") < _number("price")).alias("_price_above"),
        pl.any_horizontal(failed.fill_null(value=False) for failed in wrong).alias("_gtin_wrong"),
        available_on().alias("_available_on"),
    )


def available_on() -> pl.Expr:
    """When a product will be there, as its source says: an ISO 8601 date, with or without a time."""
    return pl.col("attributes").str.extract(_DATE)


def plain_title(rules: Rules) -> None:
    """No markup, no capitals throughout, nothing that advertises."""
    rules.warning("title", "markup", pl.col("_title_markup"), "title has HTML left in it.")
    rules.warning("title", "shouting", pl.col("_title_shouting"), "title is all in capitals.")
    rules.warning("title", "promotional", pl.col("_title_promotional"), "title has promotional text.")


def plain_description(rules: Rules) -> None:
    """The same of a description, and no addresses in it: looked for only where a word hints at either."""
    description, hints = pl.col("description"), pl.col("_description_hinted")
    rules.warning("description", "markup", pl.col("_description_markup"), "description has HTML left in it.")
    rules.warning("description", "shouting", pl.col("_description_shouting"), "description is all in capitals.")
    promotion = promotional(description, hints)
    rules.warning("description", "promotional", promotion, "description has promotional text.")
    rules.warning("description", "links", linking(description, hints), "description has a web or mail address.")


def bad_url(column: str) -> pl.Expr:
    """There is something in `url` or `primaryImageUrl` that is no http(s) address of at most 2,000 characters."""
    return pl.col(f"_{column}_malformed")


def image_ending(*refused: str) -> pl.Expr:
    """The address of the primary image ends like one of these formats. One without an ending may be anything."""
    return pl.col("primaryImageUrl").str.contains(rf"(?i)^[^?#]*\.(?:{'|'.join(refused)})(?:[?#]|$)")


def not_among(column: str, *words: str) -> pl.Expr:
    """There is a value that is none of these words."""
    return ~pl.col(column).is_in(words)


def too_small(pixels: int) -> pl.Expr:
    """The primary image is known to be smaller than so many pixels in one direction."""
    return (pl.col("_image_width") < pixels) | (pl.col("_image_height") < pixels)


def too_many_images(most: int) -> pl.Expr:
    """There are more secondary images than that."""
    return pl.col("secondaryImages").list.len() > most


def no_price() -> pl.Expr:
    """There is a price that is no plain amount above zero."""
    return pl.col("_price_unsound")


def price_above() -> pl.Expr:
    """The price is above the regular one: a feed tells the price alone then."""
    return pl.col("_price_above")


def no_currency() -> pl.Expr:
    """The currency is missing, or no code of ISO 4217."""
    return ~pl.col("currency").is_in(CURRENCIES).fill_null(value=False)


def unusable_gtin() -> pl.Expr:
    """There is a barcode for which the rubric gives nothing of its own: wrong, restricted, made up."""
    return pl.col("gtin").is_not_null() & pl.col("_gtin_wrong")


def shared_gtin() -> pl.Expr:
    """There is a barcode that unlike products carry too: it is wrong on all but one of them, nobody knows on which."""
    return pl.col("gtin").is_not_null() & (pl.col("_shared_gtin") > 0)


def no_date() -> pl.Expr:
    """The product can be ordered before it is there, and nobody says when that will be."""
    return (pl.col("availability") == "preorder") & pl.col("_available_on").is_null()


def is_apparel() -> pl.Expr:
    """The category path tells apparel."""
    return pl.col("categoryPath").str.contains_any(APPAREL, ascii_case_insensitive=True).fill_null(value=False)


def _number(column: str) -> pl.Expr:
    """A decimal text as a double: only compared, never computed with."""
    return pl.col(column).cast(pl.Float64, strict=False)
