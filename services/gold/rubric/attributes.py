"""Attributes: how many of those that buyers of such a product filter by are filled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from services.gold.rubric.fields import FULL, Check
from services.gold.rubric.text import placeholder

DETAILS = "details"
"""Stands for: the product's own `attributes` hold at least three named values."""

_WANTED_DETAILS = 3
_JSON_NAME = r'"(?:[^"\\]|\\.)*"\s*:\s*(?:[^\s"n\[{]|"[^"]|\[\s*[^\]\s]|\{\s*[^}\s])'
"""A name in a JSON object whose value is not empty."""


@dataclass(frozen=True)
class Kind:
    """A kind of product: the words in a category path that tell it, and the attributes expected of it."""

    words: tuple[str, ...]
    expected: tuple[str, ...]


KINDS: tuple[Kind, ...] = (
    Kind(
        (
            *(
                "apparel",
                "cloth",
                "shirt",
                "trouser",
                "pants",
                "jeans",
                "dress",
                "skirt",
                "jacket",
                "coat",
                "hoodie",
                "sweater",
            ),
            *(
                "lingerie",
                "swimwear",
                "shoe",
                "sneaker",
                "fashion",
                "kleidung",
                "schuh",
                "vêtement",
                "chaussure",
                "ropa",
            ),
            *("zapato", "roupa", "sapato"),
        ),
        ("color", "size", "material", "gender", "ageGroup"),
    ),
    Kind(
        ("jewel", "watch", "handbag", "luggage", "wallet", "accessor", "schmuck", "bijou", "joyer", "joalh"),
        ("color", "material", "gender"),
    ),
    Kind(
        ("furnitur", "home", "garden", "decor", "kitchen", "bedding", "bath", "möbel", "meuble", "mueble", "móveis"),
        ("color", "size", "material"),
    ),
    Kind(
        ("toys", "games", "baby", "toddler", "kids", "spielzeug", "jouet", "juguete", "brinquedo"),
        ("color", "material", "ageGroup"),
    ),
    Kind(
        (
            *(
                "food",
                "beverage",
                "grocer",
                "drink",
                "health",
                "beauty",
                "cosmetic",
                "pet suppl",
                "lebensmittel",
                "aliment",
            ),
            *("boisson", "bebida"),
        ),
        ("size", DETAILS),
    ),
    Kind(
        (
            *(
                "electronic",
                "elektronik",
                "électronique",
                "electrónica",
                "eletrônic",
                "comput",
                "phone",
                "camera",
                "audio",
            ),
            *("television", "appliance", "hardware", "vehicle", "tools"),
        ),
        ("color", DETAILS),
    ),
    Kind(("books", "media", "music", "movie", "software", "bücher", "livre", "libro", "livro"), (DETAILS,)),
)
"""What to expect where the category path holds one of the words; the first kind that matches wins. Colour, size,
material, gender and age group for apparel are what Google's product data specification asks for."""

FALLBACK = ("color", "size", "material")
"""What is expected of a product whose category is unknown or matches nothing."""


def inputs() -> Sequence[pl.Expr]:
    """`_filled_share`: thousandths of the expected attributes that are filled."""
    path = pl.col("categoryPath").str.to_lowercase()
    share = _filled_share(FALLBACK)
    for kind in reversed(KINDS):
        share = pl.when(path.str.contains_any(list(kind.words))).then(_filled_share(kind.expected)).otherwise(share)
    return (share.alias("_filled_share"),)


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `attributes`: the quality is the share of the expected ones that are filled."""
    share = pl.col("_filled_share")
    sizes = {len(FALLBACK), *(len(kind.expected) for kind in KINDS)}
    steps = sorted({filled * FULL // size for size in sizes for filled in range(size)})
    return {
        "attributes": tuple(
            Check(share <= step, step, f"{step // 10} % of the attributes expected in this category are filled")
            for step in steps
        )
    }


def _filled_share(expected: tuple[str, ...]) -> pl.Expr:
    filled = pl.sum_horizontal(*(_filled(name).cast(pl.Int32) for name in expected))
    return filled * FULL // len(expected)


def _filled(name: str) -> pl.Expr:
    if name == DETAILS:
        return (pl.col("attributes").str.count_matches(_JSON_NAME) >= _WANTED_DETAILS).fill_null(value=False)
    return ~placeholder(pl.col(name)).fill_null(value=True)
