"""The registry of graded fields: which there are, in which stage, and what share of the stage each one carries.

Stage keys, default weights and what identity and taxonomy look at are those of the API's pipeline documents
(`goldWeights`, 20/15/25/20/10/5/5); the rest and the shares are ours, chosen so that the documented sample scores 82.
Gap names are the documented ones: `images` differs from the column it looks at, all others are the column's name.
"""

from dataclasses import dataclass

import polars as pl

STAGES: tuple[str, ...] = ("identity", "taxonomy", "content", "media", "pricing", "attributes", "seo")

FULL = 1000
"""Quality of a field that costs nothing, in thousandths. Integers, so that sums and ties are exact."""


@dataclass(frozen=True)
class Field:
    """One graded field of the rubric."""

    name: str
    """The name used in `gaps`, `missingFields` and `topGaps`."""
    stage: str
    """The stage it belongs to, one of `STAGES`."""
    share: int
    """Its share of the stage in percent; the shares of a stage sum to 100."""
    column: str
    """The canonical column whose value is graded."""
    counted: bool = False
    """True for a collection graded by how much it holds. A collection that falls short, an empty one included, is
    *weak* and never *missing*: `missingFields` names single values that are absent."""


@dataclass(frozen=True)
class Check:
    """One way in which a present value can fall short.

    `failed` is a Boolean expression (null counts as not failed), `quality` what is left of the field when it
    fails, in thousandths, `why` the reason in words, without any of the product's data.
    """

    failed: pl.Expr
    quality: int
    why: str


FIELDS: tuple[Field, ...] = (
    Field("sku", "identity", 30, "sku"),
    Field("gtin", "identity", 40, "gtin"),
    Field("brand", "identity", 30, "brand"),
    Field("categoryPath", "taxonomy", 100, "categoryPath"),
    Field("title", "content", 40, "title"),
    Field("description", "content", 45, "description"),
    Field("shortDescription", "content", 15, "shortDescription"),
    Field("images", "media", 50, "primaryImageUrl"),
    Field("secondaryImages", "media", 50, "secondaryImages", counted=True),
    Field("price", "pricing", 60, "price"),
    Field("currency", "pricing", 20, "currency"),
    Field("availability", "pricing", 20, "availability"),
    Field("attributes", "attributes", 100, "attributes", counted=True),
    Field("url", "seo", 40, "url"),
    Field("metaTitle", "seo", 30, "metaTitle"),
    Field("metaDescription", "seo", 30, "metaDescription"),
)
"""All graded fields in the table's order, which is also the order of the bits in a gap mask (the first is bit 0)."""

TEXT_COLUMNS: tuple[str, ...] = (
    *(field.column for field in FIELDS if not field.counted),
    *("brandId", "categoryId", "originalPrice", "color", "size", "material", "gender", "ageGroup", "attributes"),
)
"""The texts of the canonical record that the rubric reads. The only other value of it is the list `secondaryImages`."""

IMAGE_FAULT = "_image_fault"
"""The text column beside the record: why the primary image cannot be shown; empty or absent when that is not known."""


def names_of(mask: int) -> list[str]:
    """Names of the fields whose bits are set in `mask`, in the table's order."""
    return [field.name for bit, field in enumerate(FIELDS) if mask >> bit & 1]
