"""Whether a title names the brand, and what tells the product from its variants.

Most titles hold both as they stand. Spellings and single words are compared only in the others, so these are steps over
ever fewer rows instead of expressions over all.
"""

from typing import Final

import numpy as np
import polars as pl

from services.gold.rubric.expected import APPAREL, JEWELLERY
from services.gold.rubric.features import Features, Mask
from services.gold.rubric.steps import Step, failing
from services.gold.rubric.text import key

_TITLE: Final = pl.col("title_lower")
_BRAND: Final = pl.col("brand_lower")
_COMPARED_WORDS: Final = 4
_VARIES_BY: Final = ("color", "size", "material")
_COLOR, _SIZE, _MATERIAL = map(pl.col, _VARIES_BY)


def _among(text: pl.Expr, part: pl.Expr) -> pl.Expr:
    return text.str.contains(part, literal=True).fill_null(value=False)


_BRAND_STEPS: Final = (
    Step(_among(_TITLE, _BRAND)),
    Step(_among(_TITLE, _BRAND.str.extract(r"^([\p{L}\p{N}]{3,})"))),
    Step(_among(key(_TITLE), key(_BRAND))),
)
_SPACED: Final = ("spaced_title", "spaced_size")
_WORDS: Final = "variant_words"
_VARIANT_STEPS: Final = (
    Step(
        _among(_TITLE, _COLOR) | _among(_TITLE, _MATERIAL) | _among(*map(pl.col, _SPACED)),
        [
            pl.concat_str(pl.lit(" "), text, pl.lit(" ")).alias(name)
            for name, text in zip(_SPACED, (_TITLE, _SIZE), strict=True)
        ],
    ),
    # Sizes stand beside brackets and commas, too: "Shirt (XL)".
    Step(_among(*(pl.col(name).str.replace_all(r"[^\p{L}\p{N}.]+", " ") for name in _SPACED))),
    Step(
        pl.any_horizontal(
            _among(_TITLE, pl.col(_WORDS).list.get(place, null_on_oob=True)) for place in range(_COMPARED_WORDS)
        ),
        [
            pl.concat_str(_COLOR, _MATERIAL, separator=" ", ignore_nulls=True)
            .str.extract_all(r"\p{L}{4,}")
            .alias(_WORDS)
        ],
    ),
)


def without_brand(of: Features) -> Mask:
    """The brand is there and not in the title: neither it nor its first word, in any spelling."""
    asked = of.given("title") & of.filled("brand")
    return failing(of.frame, asked, ("title_lower", "brand_lower"), _BRAND_STEPS)


def without_variant(of: Features) -> Mask:
    """Of apparel and jewellery: colour, size (apparel) or material is known, and no word of it is in the title."""
    kind = of["attributes_kind"]
    known = {name: of.filled(name) for name in _VARIES_BY}
    known["size"] = known["size"] & (kind == APPAREL)
    asked: Mask = of.given("title") & np.isin(kind, (APPAREL, JEWELLERY)) & np.any(list(known.values()), axis=0)
    if not asked.any():
        return asked
    values = [pl.when(pl.Series(known[name])).then(pl.col(name)).str.to_lowercase().alias(name) for name in _VARIES_BY]
    return failing(of.frame, asked, ("title_lower", *values), _VARIANT_STEPS)
