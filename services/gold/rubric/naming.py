"""Whether a title names the brand, and what tells the product from its variants.

Most titles hold both as they stand. Spellings and single words are compared only in the others, so these are steps over
ever fewer rows instead of expressions over all.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from services.gold.rubric.expected import APPAREL, JEWELLERY
from services.gold.rubric.text import key, placeholder

WITHOUT_BRAND, WITHOUT_VARIANT = "_without_brand", "_without_variant"
_TITLE: Final = pl.col("_title")
_BRAND: Final = pl.col("_brand")
_COMPARED_WORDS: Final = 4
_BETWEEN: Final = r"[^\p{L}\p{N}.]+"


def named(frame: pl.DataFrame) -> Sequence[pl.Series]:
    """`WITHOUT_BRAND` and `WITHOUT_VARIANT`, Boolean, of a frame with title, brand and filled attributes."""
    found = {WITHOUT_BRAND: _without_brand(frame), WITHOUT_VARIANT: _without_variant(frame)}
    return [_flags(name, frame.height, rows) for name, rows in found.items()]


def _without_brand(frame: pl.DataFrame) -> pl.Series:
    """Rows whose brand is there and not in the title: neither it nor its first word, in any spelling."""
    rows = frame.select_seq("_title", "_brand").with_row_index("_row")
    left = rows.filter(~_TITLE.str.contains(_BRAND, literal=True)).filter(~placeholder(_BRAND))
    left = left.filter(~_among(_TITLE, _BRAND.str.extract(r"^([\p{L}\p{N}]{3,})")))
    return left.filter(~key(_TITLE).str.contains(key(_BRAND), literal=True))["_row"]


def _without_variant(frame: pl.DataFrame) -> pl.Series:
    """Rows of apparel and jewellery: colour, size (apparel) or material is known, and no word of it in the title."""
    kind = pl.col("attributes_kind")
    color, size, material = pl.col("_color"), pl.col("_size"), pl.col("_material")
    spaced_title, spaced_size = (pl.concat_str(pl.lit(" "), text, pl.lit(" ")) for text in (_TITLE, size))
    plain_title, plain_size = (text.str.replace_all(_BETWEEN, " ") for text in (spaced_title, spaced_size))
    words = pl.concat_str(color, material, separator=" ", ignore_nulls=True).str.extract_all(r"\p{L}{4,}")
    rows = (
        frame.select_seq("attributes_kind", "_title", *_values(("color", "size", "material")))
        .with_row_index("_row")
        .filter(kind.is_in([APPAREL, JEWELLERY]) & _TITLE.is_not_null())
        .with_columns_seq(pl.when(kind == APPAREL).then(size))
    )
    known = pl.any_horizontal(value.is_not_null() for value in (color, size, material))
    left = rows.filter(known & ~_among(_TITLE, color) & ~_among(_TITLE, material) & ~_among(spaced_title, spaced_size))
    # Sizes stand beside brackets and commas, too: "Shirt (XL)".
    left = left.filter(~_among(plain_title, plain_size))
    left = left.with_columns_seq(words.alias("_words"))
    one_by_one = (pl.col("_words").list.get(place, null_on_oob=True) for place in range(_COMPARED_WORDS))
    return left.filter(~pl.any_horizontal(_among(_TITLE, word) for word in one_by_one))["_row"]


def _values(names: Sequence[str]) -> list[pl.Expr]:
    return [
        pl.when(pl.col(f"_filled_{name}")).then(pl.col(name)).str.to_lowercase().alias(f"_{name}") for name in names
    ]


def _among(text: pl.Expr, part: pl.Expr) -> pl.Expr:
    return text.str.contains(part, literal=True).fill_null(value=False)


def _flags(name: str, height: int, rows: pl.Series) -> pl.Series:
    flags = np.zeros(height, dtype=np.bool_)
    flags[rows.to_numpy()] = True
    return pl.Series(name, flags)
