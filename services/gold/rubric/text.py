"""What several stages ask of a text: is it a placeholder, is it shouting, does it still hold markup, is it a URL.

All functions map a String expression to a Boolean one and give null for null.
"""

import polars as pl

_PLACEHOLDER = (
    r"(?i)^\s*(?:n/a|n\.a\.|na|none|null|nil|nan|undefined|tbd|tba|tbc|todo|unknown|inconnu|desconocido|desconhecido"
    r"|misc|unbekannt|default|default title|test|sample|example|title|description|generic|no brand|no ?name"
    r"|does not exist|untitled|various|uncategori[sz]ed|sin categoría|sin categorizar|non classé|unkategorisiert"
    r"|allgemein|sem categoria|other"
    r"|(?:sample |test |dummy |demo )?(?:product|item|article|artikel|produkt|produit|producto|produto)[\s#]*\d*"
    r"|[x*#._?\-/\s]+)\s*$"
)
"""Whole values that fill a cell without saying anything. Google's specification names "N/A", "Generic", "No brand" and
"Does not exist" for brands and "various" for colours; shops export "Uncategorized" for products without a category;
supplier files hold "PRODUCT 1" and masked text."""

_FILLER = (
    r"(?i)lorem ipsum|dolor sit amet|consectetu?e?r adipisci|pellentesque habitant morbi|vestibulum tortor quam"
    r"|(?:your|insert|add|enter) (?:product )?(?:title|name|description|text) here"
)
"""Blind text inside a longer text, as shop templates ship it."""

_MARKUP = r"<[A-Za-z/!][^>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});"
_SHOUTING = r"^(?:[^\p{Ll}]*?\p{Lu}){10}[^\p{Ll}]*$"
_URL = r"^https?://[^\s/?#\"<>]+\.[^\s/?#.\"<>]+(?:[/?#][^\s\"<>]*)?$"
_URL_LIMIT_BYTES = 2000


def placeholder(value: pl.Expr) -> pl.Expr:
    """The whole value stands for "nothing", whatever its case."""
    return value.str.contains(_PLACEHOLDER)


def filler(value: pl.Expr) -> pl.Expr:
    """The text is a placeholder or holds blind text."""
    return placeholder(value) | value.str.contains(_FILLER)


def shouting(value: pl.Expr) -> pl.Expr:
    """At least ten capital letters and no small one. Scripts without case never shout."""
    return value.str.contains(_SHOUTING)


def markup(value: pl.Expr) -> pl.Expr:
    """HTML tags or character entities are left in the text."""
    return value.str.contains(_MARKUP)


def same_text(value: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Both texts are equally long and the same but for case in their first 200 characters."""
    same_length = value.str.len_bytes() == other.str.len_bytes()
    start, other_start = (text.str.slice(0, 200).str.to_lowercase() for text in (value, other))
    return same_length & (start == other_start)


def well_formed_url(value: pl.Expr) -> pl.Expr:
    """An absolute http(s) URL of at most 2000 characters without white space (Google's product data specification)."""
    return value.str.contains(_URL) & (value.str.len_bytes() <= _URL_LIMIT_BYTES)
