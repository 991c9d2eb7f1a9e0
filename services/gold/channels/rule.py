"""What a rule is, and what rules of several channels ask of a text."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl

from services.gold.rubric import asking, identity, media, pricing, seo
from services.gold.rubric.asking import absent, found, never
from services.gold.rubric.categories import ByCategory
from services.gold.rubric.features import NAMES, PROSE, Features, Looks, Mask, Test

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
    broken: Test
    """Which products break it."""


class Rules:
    """Makes the rules of one channel: `error` and `warning` add one each. `looks` is what they have looked for."""

    def __init__(self, channel: str, source: str) -> None:
        self._channel = channel
        self._source = source
        self._made: list[Rule] = []
        self.looks: dict[str, pl.Expr] = {}

    def error(self, attribute: str, reason: str, broken: Test, message: str, limit: int | None = None) -> None:
        """A rule for which the channel refuses a product."""
        self._add("error", attribute, reason, broken, (message, limit))

    def warning(self, attribute: str, reason: str, broken: Test, message: str, limit: int | None = None) -> None:
        """A rule for which it does not."""
        self._add("warning", attribute, reason, broken, (message, limit))

    def id(self, limit: int | None = None, attribute: str = "id") -> None:
        """What the channel knows a product by: not too long, and each once in a feed.

        Whether one comes again only a feed can tell, so that no product by itself breaks that rule.
        """
        if limit is not None:
            self.error(
                attribute,
                "too_long",
                asking.above("feed_id_chars", limit),
                f"{attribute} has more than {limit} characters.",
                limit,
            )
        repeated = f"Another product of the feed has the same {attribute}."
        self.error(attribute, REPEATED, never, repeated)

    def required(self, attribute: str, column: str, severity: Severity = "error") -> None:
        """The attribute must be there."""
        self._add(severity, attribute, "missing", absent(column), (f"{attribute} is missing.", None))

    def longest(self, attribute: str, column: str, limit: int, severity: Severity = "error") -> None:
        """The attribute may have so many characters."""
        message = f"{attribute} has more than {limit:,} characters."
        too_long = asking.longer(column, limit)
        if column not in (*PROSE, *NAMES):
            self.looks[f"{column}_chars"] = pl.col(column).str.len_chars()
            too_long = asking.above(f"{column}_chars", limit)
        self._add(severity, attribute, "too_long", too_long, (message, limit))

    def where(self, name: str, look: pl.Expr) -> Test:
        """Products of which this is true, a Boolean over `rules.COLUMNS`; null counts as not. `name` stands for it."""
        self.looks[name] = look.fill_null(value=False)
        return found(name)

    def not_among(self, column: str, *words: str) -> Test:
        """There is a value that is none of these words."""
        return self.where(f"{column}_not_{'_'.join(words)}", ~pl.col(column).is_in(words))

    def image_ending(self, *refused: str) -> Test:
        """The address of the primary image ends like one of these formats. One without an ending may be anything."""
        ending = rf"(?i)^[^?#]*\.(?:{'|'.join(refused)})(?:[?#]|$)"
        return self.where(f"image_ending_{'_'.join(refused)}", pl.col("primaryImageUrl").str.contains(ending))

    def made(self) -> tuple[Rule, ...]:
        """All rules, errors first."""
        return tuple(sorted(self._made, key=lambda rule: rule.severity != "error"))

    def _add(self, severity: Severity, attribute: str, reason: str, broken: Test, told: tuple[str, int | None]) -> None:
        name = f"{self._channel}.{attribute}.{reason}"
        self._made.append(Rule(name, self._channel, severity, attribute, *told, self._source, broken))


def looks() -> tuple[Looks, Looks]:
    """What rules of several channels ask, in two layers; the rubric's own, where it looks for the same."""
    (listed,), (address,), (prices,) = media.looks(), seo.looks(), pricing.looks()
    shared = {name: listed[name] for name in ("listed_images", "image_malformed")} | address | prices
    own = {
        "feed_id_chars": FEED_ID.str.len_chars(),
        "price_plain": pl.col("price").str.contains(_AMOUNT).fill_null(value=False),
        "preorder": (pl.col("availability") == "preorder").fill_null(value=False),
    }
    first, second = identity.looks()
    return ({**first, **shared, **own}, second)


def available_on() -> pl.Expr:
    """When a product will be there, as its source says: an ISO 8601 date, with or without a time."""
    return pl.col("attributes").str.extract(_DATE)


def plain_title(rules: Rules) -> None:
    """No markup, no capitals throughout, nothing that advertises."""
    rules.warning("title", "markup", asking.markup("title"), "title has HTML left in it.")
    rules.warning("title", "shouting", asking.shouting("title"), "title is all in capitals.")
    rules.warning("title", "promotional", asking.promotional("title"), "title has promotional text.")


def plain_description(rules: Rules) -> None:
    """The same of a description, and no addresses in it."""
    text = "description"
    rules.warning(text, "markup", asking.markup(text), "description has HTML left in it.")
    rules.warning(text, "shouting", asking.shouting(text), "description is all in capitals.")
    rules.warning(text, "promotional", asking.promotional(text), "description has promotional text.")
    rules.warning(text, "links", asking.linking(text), "description has a web or mail address.")


bad_url: Final = found("url_malformed")
"""There is something in `url` that is no http(s) address of at most 2,000 characters."""
bad_image_url: Final = found("image_malformed")
"""The same of `primaryImageUrl`."""
unusable_gtin: Final = identity.unusable_gtin
"""There is a barcode for which the rubric gives nothing of its own: wrong, restricted, made up."""


def too_small(pixels: int) -> Test:
    """The primary image is known to be smaller than so many pixels in one direction."""
    return lambda of: (of["_image_width"] < pixels) | (of["_image_height"] < pixels)


def too_many_images(most: int) -> Test:
    """There are more secondary images than that."""
    return asking.above("listed_images", most)


def no_price(of: Features) -> Mask:
    """There is a price that is no plain amount above zero."""
    return of.given("price") & ~(of["price_plain"] & (of["price_number"] > 0))


def price_above(of: Features) -> Mask:
    """The price is above the regular one: a feed tells the price alone then."""
    mask: Mask = of["original_number"] < of["price_number"]
    return mask


def no_currency(of: Features) -> Mask:
    """The currency is missing, or no code of ISO 4217."""
    mask: Mask = ~of["currency_known"]
    return mask


def shared_gtin(of: Features) -> Mask:
    """There is a barcode that unlike products carry too: it is wrong on all but one of them, nobody knows on which."""
    return of.given("gtin") & (of["_shared_gtin"] > 0)


def no_date(of: Features) -> Mask:
    """The product can be ordered before it is there, and nobody says when that will be."""
    undated: Mask = of["preorder"].copy()
    rows = np.flatnonzero(undated)
    if len(rows):
        undated[rows] = of.frame[["attributes"]][rows].select_seq(available_on().is_null()).to_series().to_numpy()
    return undated


def of_apparel(column: str) -> Test:
    """The category path tells apparel, and there is no value."""
    return lambda of: of.absent(column) & of.once("in_apparel", _in_apparel)


def _in_apparel(of: Features) -> Mask:
    return _IN_APPAREL.of(of.frame["categoryPath"])


def _tells_apparel(paths: pl.Series) -> pl.Series:
    told = pl.col("path").str.contains_any(APPAREL, ascii_case_insensitive=True).fill_null(value=False)
    return paths.to_frame("path").select_seq(told).to_series()


_IN_APPAREL: Final = ByCategory(_tells_apparel, np.bool_)
