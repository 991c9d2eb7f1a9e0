"""What a rule is, and what rules of several channels ask of a text."""

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from services.gold.rubric import identity
from services.gold.rubric.pricing import CURRENCIES
from services.gold.rubric.text import markup, promotional, shouting, well_formed_url

Severity = Literal["error", "warning"]
APPAREL: Final = [
    *("apparel", "cloth", "shirt", "trouser", "pants", "jeans", "dress", "skirt", "jacket", "coat", "shoe", "sneaker"),
    *("kleidung", "schuh", "vêtement", "chaussure", "ropa", "zapato", "roupa", "sapato", "abbigliamento", "kleding"),
]
"""Words of category paths that tell apparel."""


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


def plain_text(rules: Rules, attribute: str, column: str) -> None:
    """No markup, no capitals throughout, nothing that advertises: as all channels ask of titles and descriptions."""
    text = pl.col(column)
    rules.warning(attribute, "markup", markup(text), f"{attribute} has HTML left in it.")
    rules.warning(attribute, "shouting", shouting(text), f"{attribute} is all in capitals.")
    rules.warning(attribute, "promotional", promotional(text), f"{attribute} has promotional text.")


def bad_url(column: str) -> pl.Expr:
    """There is something that is no http(s) address."""
    return ~well_formed_url(pl.col(column))


def not_among(column: str, *words: str) -> pl.Expr:
    """There is a value that is none of these words."""
    return ~pl.col(column).is_in(words)


def too_small(pixels: int) -> pl.Expr:
    """The primary image is known to be smaller than so many pixels in one direction."""
    return (pl.col("_image_width") < pixels) | (pl.col("_image_height") < pixels)


def number(column: str) -> pl.Expr:
    """A decimal text as a double: only compared, never computed with."""
    return pl.col(column).cast(pl.Float64, strict=False)


def no_price() -> pl.Expr:
    """There is a price that is no amount above zero."""
    price = number("price")
    return pl.col("price").is_not_null() & ~((price > 0) & price.is_finite()).fill_null(value=False)


def no_currency() -> pl.Expr:
    """The currency is missing, or no code of ISO 4217."""
    return ~pl.col("currency").is_in(CURRENCIES).fill_null(value=False)


def unusable_gtin() -> pl.Expr:
    """There is a barcode for which the rubric gives nothing of its own: wrong, restricted, made up."""
    wrong = (check.failed for check in identity.checks()["gtin"] if check.reason != "shared")
    return pl.col("gtin").is_not_null() & pl.any_horizontal(failed.fill_null(value=False) for failed in wrong)


def is_apparel() -> pl.Expr:
    """The category path tells apparel."""
    return pl.col("categoryPath").str.contains_any(APPAREL, ascii_case_insensitive=True).fill_null(value=False)
