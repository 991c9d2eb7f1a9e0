"""Which attributes buyers of a kind of product filter by: the workspace's own table, then the built-in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.gold.rubric.categories import ByCategory

Expected = tuple[tuple[str, tuple[str, ...]], ...]
"""A workspace's table: category paths, and the names of attributes expected of products in them and below."""

CANONICAL: Final = ("color", "size", "material", "gender", "ageGroup", "pattern")
"""Names that are canonical fields; all others are names in the product's `attributes`, blind to case."""
DETAILS: Final = "three further details"
"""Stands for: the product's own `attributes` hold at least three named values."""


@dataclass(frozen=True)
class Row:
    """What is expected of one kind of product."""

    words: tuple[str, ...]
    """Parts of a category path that tell it, in lower case; empty for the last row, which fits all."""
    names: tuple[str, ...]


BUILT_IN: Final = (
    Row(
        (
            *("apparel", "cloth", "shirt", "trouser", "pants", "jeans", "dress", "skirt", "jacket", "coat", "hoodie"),
            *("sweater", "lingerie", "swimwear", "shoe", "sneaker", "fashion", "kleidung", "schuh", "vêtement"),
            *("chaussure", "ropa", "zapato", "roupa", "sapato", "calçado", "abbigliamento", "scarpe", "kleding"),
            *("schoenen", "bekleidung"),
        ),
        ("color", "size", "material", "gender", "ageGroup"),
    ),
    Row(
        (
            *("jewel", "watch", "handbag", "luggage", "wallet", "accessor", "schmuck", "uhren", "bijou", "montre"),
            *("joyer", "relojes", "joalh", "gioiell", "orolog", "sieraden", "horloge"),
        ),
        ("color", "material", "gender"),
    ),
    Row(
        (
            *("electronic", "elektronik", "électronique", "electrónica", "eletrônic", "eletrónic", "elettronic"),
            *("elektronica", "comput", "laptop", "phone", "téléphon", "teléfono", "telefon", "camera", "kamera"),
            *("audio", "television", "appliance", "haushaltsgerät", "électroménager", "electrodom", "elettrodom"),
            *("hardware", "vehicle", "power tool", "werkzeug"),
        ),
        ("color", DETAILS),
    ),
    Row(
        (
            *("toys", "games", "baby", "toddler", "kids", "spielzeug", "jouet", "juguete", "brinquedo", "giocattol"),
            "speelgoed",
        ),
        ("color", "material", "ageGroup"),
    ),
    Row(
        (
            *("furnitur", "home", "garden", "decor", "kitchen", "bedding", "möbel", "garten", "küche", "haushalt"),
            *("meuble", "maison", "jardin", "cuisine", "mueble", "hogar", "cocina", "móveis", "casa", "cozinha"),
            *("mobili", "cucina", "giardin", "meubel", "keuken", "tuin"),
        ),
        ("color", "size", "material"),
    ),
    Row(
        (
            *("food", "beverage", "grocer", "drink", "health", "beauty", "cosmetic", "pet suppl", "lebensmittel"),
            *("getränke", "kosmetik", "aliment", "boisson", "cosmétique", "bebida", "cosmétic", "bevand", "cosmetica"),
            *("voeding", "drank"),
        ),
        ("size", DETAILS),
    ),
    Row(
        (
            *("books", "media", "music", "movie", "software", "bücher", "livre", "libro", "livro", "libri", "boeken"),
            *("musik", "musique", "música"),
        ),
        (DETAILS,),
    ),
    Row((), ("color", "size", "material")),
)
"""The first row with a word that the category path holds wins; the last one also stands for no category. Colour, size,
material, gender and age group for apparel are what Google's product data specification asks for, the others are ours:
what shops let people filter such products by."""

APPAREL, JEWELLERY, BY_MODEL, BY_AMOUNT, UNKNOWN = 0, 1, 2, 5, 7
"""Numbers of the rows."""


def expectations(expected: Expected) -> Sequence[Row]:
    """All rows: the built-in ones, then the workspace's own. `attributes_kind` is a number of them."""
    return (*BUILT_IN, *(Row((), names) for _, names in expected))


def kinds(paths: pl.Series, expected: Expected) -> npt.NDArray[np.int32]:
    """The number of the row of `expectations` for each category path.

    Of the workspace's own the longest path that the category is or lies below wins; else the built-in table decides.
    """
    return _remembered(expected).of(paths)


@lru_cache(maxsize=16)
def _remembered(expected: Expected) -> ByCategory:
    return ByCategory(lambda paths: _kinds(paths, expected), np.int32)


def _kinds(paths: pl.Series, expected: Expected) -> pl.Series:
    lower = pl.col("path").str.to_lowercase()
    kind = pl.lit(UNKNOWN, dtype=pl.Int32)
    for number, row in reversed(list(enumerate(BUILT_IN[:-1]))):
        kind = pl.when(lower.str.contains_any(list(row.words))).then(pl.lit(number, dtype=pl.Int32)).otherwise(kind)
    own = _own(expected)
    if own:
        levels = lower.str.split(">").list.eval(pl.element().str.strip_chars())
        longest = max(path.count(">") for path in own) + 1
        starts = [levels.list.head(depth).list.join(">") for depth in range(longest, 0, -1)]
        found = [start.replace_strict(own, default=None, return_dtype=pl.Int32) for start in starts]
        kind = pl.coalesce(*found, kind)
    return paths.to_frame("path").select(kind.alias("kind"))["kind"]


@lru_cache(maxsize=64)
def _own(expected: Expected) -> dict[str, int]:
    """Numbers of rows by category path in one spelling; of a path that comes twice the first counts."""
    numbered = [
        (">".join(level.strip() for level in path.lower().split(">")), len(BUILT_IN) + number)
        for number, (path, _) in enumerate(expected)
    ]
    return dict(reversed(numbered))
