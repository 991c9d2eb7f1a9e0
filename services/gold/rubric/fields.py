"""The registry of graded fields: which there are, in which stage, and what share of the stage each one carries.

Stage keys, default weights and what identity and taxonomy look at are those of the API's pipeline documents
(`goldWeights`, 20/15/25/20/10/5/5); the rest and the shares are ours, chosen so that the documented sample scores 82.
Gap names are the documented ones: `images` differs from the column it looks at, all others are the column's name.
"""

from dataclasses import dataclass

from services.gold.rubric.features import Test

STAGES: tuple[str, ...] = ("identity", "taxonomy", "content", "media", "pricing", "attributes", "seo")

GOOGLE = "https://support.google.com/merchants/answer/7052112"
"""Google's product data specification."""
IMAGES = "https://support.google.com/merchants/answer/6324350"
"""Google's requirements of images."""
META = "https://developers.facebook.com/docs/marketing-api/catalog/reference"
"""Meta's catalog reference."""

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
    absent: str
    """What to do when there is no value, in one sentence."""
    source: str = ""
    """The page on which a channel asks for a value; empty where none does."""
    counted: bool = False
    """True for a collection graded by how much it holds. A collection that falls short, an empty one included, is
    *weak* and never *missing*: `missingFields` names single values that are absent."""


@dataclass(frozen=True)
class Check:
    """One way in which a value can fall short."""

    failed: Test
    """Which products fail it. Where the field has no value it does not matter: that check comes first."""
    quality: int
    """What is left of the field when it fails, in thousandths."""
    reason: str
    """Last part of the stable code: `too_long` of `title.too_long`. A code never changes its meaning."""
    why: str
    """What is wrong in one phrase, without any of the product's data."""
    advice: str
    """What to do in one sentence; `{value}` stands for the measure."""
    measure: str | None = None
    """The one of `score.MEASURES` that `{value}` comes from."""
    source: str = ""
    """The page on which a channel asks for it; empty for a limit of our own."""
    owed_to: tuple[str, ...] = ()
    """Fields whose filling brings the check about, as a brand that the title then has to name. Such a check costs at
    most what filling one of them gains, whatever the weights: so filling a gap never lowers a score."""


FIELDS: tuple[Field, ...] = (
    Field("sku", "identity", 30, "sku", "Give the product a SKU of its own.", GOOGLE),
    Field("gtin", "identity", 40, "gtin", "Fill in the GTIN printed under the barcode.", GOOGLE),
    Field("brand", "identity", 30, "brand", "Fill in the brand, or the maker where there is no brand.", GOOGLE),
    Field("categoryPath", "taxonomy", 100, "categoryPath", "Put the product into a category."),
    Field("title", "content", 40, "title", "Give the product a title.", GOOGLE),
    Field("description", "content", 45, "description", "Describe the product.", GOOGLE),
    Field("shortDescription", "content", 15, "shortDescription", "Sum the product up in one or two sentences."),
    Field("images", "media", 50, "primaryImageUrl", "Add an image of the product.", GOOGLE),
    Field("secondaryImages", "media", 50, "secondaryImages", "Add more images of the product.", counted=True),
    Field("price", "pricing", 60, "price", "Fill in the price.", GOOGLE),
    Field("currency", "pricing", 20, "currency", "Fill in the currency of the price.", GOOGLE),
    Field("availability", "pricing", 20, "availability", "Say whether the product can be had.", GOOGLE),
    Field("attributes", "attributes", 100, "attributes", "Fill in the attributes buyers filter by.", counted=True),
    Field("url", "seo", 40, "url", "Fill in the address of the product's page.", GOOGLE),
    Field("metaTitle", "seo", 30, "metaTitle", "Give the page a title for search results."),
    Field("metaDescription", "seo", 30, "metaDescription", "Give the page a description for search results."),
)
"""All graded fields in the table's order. Stored grades count bytes in this order: append, never reorder."""

MEASURES: tuple[str, ...] = (
    *("sku_chars", "gtin_products", "brand_chars", "category_levels"),
    *("title_chars", "title_repeats", "description_chars", "description_repeats", "short_description_chars"),
    *("image_side", "further_images", "attributes_kind", "attributes_missing"),
    *("meta_title_chars", "meta_description_chars"),
)
"""What is measured of a product for the sake of advice: numbers that a sentence names. `_repeats` count words or
sentences that were said before, `image_side` is the shorter side in pixels, `gtin_products` how many unlike products
carry the barcode; `attributes_kind` and `attributes_missing` see `grading`."""
