"""From the rules' output to what is stored: one document per product, and the columns that are queried."""

import time
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import polars as pl

from services.silver.identity import KEYED, postings_of
from services.silver.matching.postings import Postings
from services.silver.rules.encode import record_text
from services.silver.rules.fields import FIELDS

RECORD_COLUMNS = (
    *("catalog_id", "product_id", "workspace_id", "sequence", "source_fingerprint", "fingerprint", "brand", "gtin14"),
    *("brand_mpn_key", "document", "attributes", "changes", "issues", "error", "updated_at"),
    *("category", "images", "brand_sku_key", "indexed"),
)
"""Columns of `products` that a good product fills; `duplicate_of` is the duplicates phase's."""


def now_micros() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


_KEPT_AS_TEXT: Final = ("brand", "primaryImageUrl", "_brand_mpn_key", "_brand_sku_key", "_error")


def storable(products: pl.DataFrame) -> pl.DataFrame:
    """The rules' output without NUL, which PostgreSQL keeps in no text.

    The rules take it out of values (`text.invisible`), unless they fail on a product; within JSON it is escaped.
    """
    return products.with_columns_seq(
        pl.col(*_KEPT_AS_TEXT).str.replace_all("\0", "", literal=True),
        pl.col("secondaryImages").list.eval(pl.element().str.replace_all("\0", "", literal=True)),
    )


_TAKEN: Final = {
    **{name: name for name in ("product_id", "sequence", "source_fingerprint", "brand")},
    **{name: f"_{name}" for name in ("gtin14", "brand_mpn_key", "brand_sku_key", "category", "images")},
    **{name: f"_{name}" for name in ("changes", "issues")},
}
"""Columns that are stored as the rules give them."""


class Records(NamedTuple):
    """Products as they are stored."""

    rows: list[tuple[Any, ...]]
    """By `RECORD_COLUMNS`."""
    postings: Postings
    """Their identities and brands, see `key_index`."""


def records(good: pl.DataFrame, workspace_id: str, catalog_id: str, *, indexed: bool) -> Records:
    """Return what is stored of products.

    `good` is the rules' output for products without error, with the item's `sequence` and `source_fingerprint`, and
    what is known of its images as `_images`.
    """
    # Lists from here on: as a frame, columns that Python makes would go into Polars only to come out again.
    columns = {name: good[source].to_list() for name, source in _TAKEN.items()}
    columns["document"] = document_text(good).to_list()
    columns["attributes"] = good["attributes"].fill_null("").to_list()
    columns["fingerprint"] = fingerprints(columns["document"], columns["attributes"], columns["images"])
    constants = {"catalog_id": catalog_id, "workspace_id": workspace_id, "error": None, "updated_at": now_micros()}
    columns |= {name: [value] * good.height for name, value in constants.items()}
    columns["indexed"] = columns["fingerprint"] if indexed else [None] * good.height
    postings = postings_of([columns[name] for name in KEYED], columns["sequence"])
    return Records(list(zip(*(columns[name] for name in RECORD_COLUMNS), strict=True)), postings)


def document_text(products: pl.DataFrame) -> pl.Series:
    """Return the canonical records as JSON texts; nulls and attributes left out."""
    present = [name for name in FIELDS if products[name].null_count() < products.height]
    if not present:
        return pl.Series("document", ["{}"], dtype=pl.String).new_from_index(0, products.height)
    return record_text(products, present).alias("document")


def fingerprints(documents: Iterable[str], attributes: Iterable[str], images: Iterable[str | None]) -> list[str]:
    """Return 32 hexadecimal digits per product that change whenever one of its texts does: all that Gold may use.

    Nothing known of the images (null) is no text at all.
    """
    return [
        blake2b(
            (f"{document}\0{of_product}" if pictures is None else f"{document}\0{of_product}\0{pictures}").encode(),
            digest_size=16,
        ).hexdigest()
        for document, of_product, pictures in zip(documents, attributes, images, strict=True)
    ]
