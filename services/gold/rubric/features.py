"""What is known of some products, column by column: what the rubric's checks and the channels' rules ask.

Texts are looked at by Polars, many columns in one go, because an expression costs much the same for three products as
for a thousand. What is left for a check is to compare NumPy arrays.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from services.gold.rubric import text

Mask: TypeAlias = npt.NDArray[np.bool_]
Test: TypeAlias = Callable[["Features"], Mask]
"""A question to some products: an answer each."""
Looks: TypeAlias = dict[str, pl.Expr]
"""What is looked for in texts, by the name it is asked for."""

PROSE: Final = ("title", "description", "shortDescription", "metaTitle", "metaDescription")
"""Texts that people read: looked through for markup, capitals, promotion, addresses and blind text."""
NAMES: Final = ("sku", "brand", "categoryPath", "color", "size", "material", "gender", "ageGroup", "pattern")
"""Further texts whose length is asked for, and whether they are placeholders."""
IMAGE_FAULT: Final = "_image_fault"
"""The text column beside the record: why the primary image cannot be shown; empty or absent when that is not known."""
OTHERS: Final = (
    *("gtin", "brandId", "categoryId", "primaryImageUrl", "price", "originalPrice", "currency", "availability", "url"),
    *("attributes", "mpn", "condition", "parentId"),
)
"""Further texts."""
TEXTS: Final = (*PROSE, *NAMES, *OTHERS)
"""The texts of the canonical record that are read. The only other value of it is the list `secondaryImages`."""
TOLD: Final[Mapping[str, pl.DataType]] = {
    IMAGE_FAULT: pl.String(),
    "_image_width": pl.Int32(),
    "_image_height": pl.Int32(),
    "_secondary_faults": pl.Int32(),
    "_category_unlinked": pl.Boolean(),
    "_shared_gtin": pl.Int32(),
}
"""Columns beside the record, each null or absent when unknown. Pixels of the primary image; how many secondary images
are known to be broken; whether the workspace has a category tree that the category is not linked to; how many unlike
products carry the same barcode."""
SECONDARY_IMAGES: Final = "secondaryImages"
_STACKED: Final = (*TEXTS, IMAGE_FAULT)
_OTHER_COLUMNS: Final[Mapping[str, pl.DataType]] = {
    SECONDARY_IMAGES: pl.List(pl.String()),
    **{name: dtype for name, dtype in TOLD.items() if name != IMAGE_FAULT},
}
_PLACE: Final = {name: place for place, name in enumerate(_STACKED)}
_MEASURED: Final = len(PROSE) + len(NAMES)
_TEXT: Final = pl.col("text")
_LENGTH_OF: Final = {
    "sku_chars": "sku",
    "brand_chars": "brand",
    "title_chars": "title",
    "description_chars": "description",
    "short_description_chars": "shortDescription",
    "meta_title_chars": "metaTitle",
    "meta_description_chars": "metaDescription",
}
"""The measures that are lengths, with the texts that they are of."""
_CLEANED: Final = pl.when(_TEXT.str.len_bytes() > 0).then(_TEXT)
_MEASURES: Final = (
    _TEXT.str.len_chars().cast(pl.Int32).alias("chars"),
    _TEXT.str.len_bytes().fill_null(0).alias("bytes"),
    text.placeholder(_TEXT).fill_null(value=False).alias("placeholder"),
)
_HINTED: Final = text.hinted(_TEXT).alias("hinted")
_READINGS: Final = {
    "filler": text.filler(pl.col("hinted")),
    "promotional": text.promotional(pl.col("hinted")),
    "linking": text.linking(pl.col("hinted")),
    "markup": text.markup(_TEXT),
    "shouting": text.shouting(_TEXT),
}
_READ: Final = [found.fill_null(value=False).alias(name) for name, found in _READINGS.items()]


class Features:
    """Some products, of which each method tells an array, a value a product.

    `products` may lack any column but `product_id`; absent columns and empty texts count as absent.
    """

    def __init__(self, products: pl.DataFrame) -> None:
        self.height = products.height
        stacked = pl.concat([_column(products, name, pl.String()) for name in _STACKED]).alias("text").to_frame()
        texts = stacked.select_seq(_CLEANED)
        self._given = texts.to_series().is_not_null().to_numpy().reshape(len(_STACKED), self.height)
        measured = texts.slice(0, _MEASURED * self.height).select_seq(_MEASURES)
        self._lengths = measured["chars"]
        self._measured = {name: measured[name].to_numpy().reshape(_MEASURED, self.height) for name in measured.columns}
        read = texts.slice(0, len(PROSE) * self.height).with_columns_seq(_HINTED).select_seq(_READ)
        self._read = {name: read[name].to_numpy().reshape(len(PROSE), self.height) for name in _READINGS}
        self.frame = pl.DataFrame(
            [
                products["product_id"],
                *(self._of(texts.to_series(), name).alias(name) for name in _STACKED),
                *(_column(products, name, dtype) for name, dtype in _OTHER_COLUMNS.items()),
            ]
        )
        """The products' columns, with what was looked for (`look`) beside them."""
        self._looked_for: set[str] = set()
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def look(self, *layers: Looks) -> None:
        """Looks for what has not been looked for yet; a layer may ask what those before it found."""
        for layer in layers:
            new = [look.alias(name) for name, look in layer.items() if name not in self._looked_for]
            if new:
                self.frame = self.frame.with_columns_seq(new)
                self._looked_for.update(layer)

    def tell(self, name: str, values: npt.NDArray[Any]) -> None:
        """Adds what was found by other means than an expression; NaN where there is nothing."""
        self._arrays[name] = values

    def once(self, name: str, test: "Test") -> Mask:
        """The answers to a test that several ask."""
        if name not in self._arrays:
            self._arrays[name] = test(self)
        return self._arrays[name]

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """A column that is no text. Of numbers NaN where there is none, of flags False."""
        known = self._arrays.get(name)
        if known is None:
            known = self.frame[name].to_numpy()
            self._arrays[name] = known = known.astype(np.bool_) if known.dtype == object else known
        return known

    def given(self, column: str) -> Mask:
        """There is a value."""
        mask: Mask = self._given[_PLACE[column]]
        return mask

    def absent(self, column: str) -> Mask:
        """There is no value."""
        return ~self.given(column)

    def chars(self, column: str) -> npt.NDArray[Any]:
        """Length of one of `PROSE` and `NAMES` in characters; NaN where there is no value."""
        chars: npt.NDArray[Any] = self._measured["chars"][_PLACE[column]]
        return chars

    def measure(self, name: str) -> pl.Series:
        """A number by its name, null where there is none: a length, or what was told or looked for."""
        if name in _LENGTH_OF:
            return self._of(self._lengths, _LENGTH_OF[name])
        if name in self._looked_for:
            return self.frame[name]
        told = self._arrays[name]
        return pl.Series(told, nan_to_null=told.dtype.kind == "f")

    def placeholder(self, column: str) -> Mask:
        """One of `PROSE` and `NAMES` stands for "nothing"."""
        mask: Mask = self._measured["placeholder"][_PLACE[column]]
        return mask

    def filled(self, column: str) -> Mask:
        """One of `PROSE` and `NAMES` says something."""
        return self.given(column) & ~self.placeholder(column)

    def reads(self, what: str, column: str) -> Mask:
        """One of `PROSE` holds what `_READINGS` names so."""
        mask: Mask = self._read[what][_PLACE[column]]
        return mask

    def same_text(self, column: str, other: str) -> Mask:
        """Both of `PROSE` are equally long and the same but for case in their first 200 characters."""
        sizes = self._measured["bytes"]
        same: Mask = self.given(column) & (sizes[_PLACE[column]] == sizes[_PLACE[other]])
        rows = np.flatnonzero(same)
        if len(rows):
            starts = self.frame[[column, other]][rows]
            same[rows] = starts.select_seq(text.same_start(pl.col(column), pl.col(other))).to_series().to_numpy()
        return same

    def _of(self, stacked: pl.Series, column: str) -> pl.Series:
        return stacked.slice(_PLACE[column] * self.height, self.height)


def _column(products: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Series:
    return (
        products[name]
        if name in products.columns
        else pl.Series(name, [None], dtype).new_from_index(0, products.height)
    )
