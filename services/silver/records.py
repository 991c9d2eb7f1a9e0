"""From the rules' output to what is stored: one document per product, and the columns that are queried."""

import time
from hashlib import blake2b

import polars as pl

from services.silver.identity import key_numbers
from services.silver.rules.encode import record_text
from services.silver.rules.fields import FIELDS

RECORD_COLUMNS = (
    *("catalog_id", "product_id", "workspace_id", "sequence", "source_fingerprint", "fingerprint", "brand", "gtin14"),
    *("brand_mpn_key", "document", "attributes", "changes", "issues", "error", "updated_at"),
    *("gtin_number", "brand_mpn_number", "category", "images", "brand_sku_key", "brand_sku_number", "indexed"),
)
"""Columns of `products` that a good product fills; `duplicate_of` is the duplicates phase's."""


def now_micros() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def records(good: pl.DataFrame, workspace_id: str, catalog_id: str, *, indexed: bool) -> pl.DataFrame:
    """Return the rows of `RECORD_COLUMNS`.

    `good` is the rules' output for products without error, with the item's `sequence` and `source_fingerprint`, and
    what is known of its images as `_images`.
    """
    document = document_text(good)
    attributes = good["attributes"].fill_null("")
    fingerprint = fingerprints(document, attributes, good["_images"])
    constants = {"catalog_id": catalog_id, "workspace_id": workspace_id, "error": None, "updated_at": now_micros()}
    columns = {
        "product_id": good["product_id"],
        "sequence": good["sequence"],
        "source_fingerprint": good["source_fingerprint"],
        "fingerprint": fingerprint,
        "indexed": fingerprint if indexed else pl.Series([None], dtype=pl.String).new_from_index(0, good.height),
        "brand": good["brand"],
        "gtin14": good["_gtin14"],
        "brand_mpn_key": good["_brand_mpn_key"],
        "document": document,
        "attributes": attributes,
        "gtin_number": _numbers(catalog_id, good["_gtin14"]),
        "brand_mpn_number": _numbers(catalog_id, good["_brand_mpn_key"]),
        "brand_sku_key": good["_brand_sku_key"],
        "brand_sku_number": _numbers(catalog_id, good["_brand_sku_key"]),
        "category": good["_category"],
        "images": good["_images"],
        "changes": good["_changes"],
        "issues": good["_issues"],
        **{name: pl.Series([value]).new_from_index(0, good.height) for name, value in constants.items()},
    }
    return pl.DataFrame([columns[name].alias(name) for name in RECORD_COLUMNS])


def _numbers(catalog_id: str, keys: pl.Series) -> pl.Series:
    return pl.Series(key_numbers(catalog_id, keys.to_list()), dtype=pl.Int64)


def document_text(products: pl.DataFrame) -> pl.Series:
    """Return the canonical records as JSON texts; nulls and attributes left out."""
    present = [name for name in FIELDS if products[name].null_count() < products.height]
    if not present:
        return pl.Series("document", ["{}"], dtype=pl.String).new_from_index(0, products.height)
    return record_text(products, present).alias("document")


def fingerprints(documents: pl.Series, attributes: pl.Series, images: pl.Series) -> pl.Series:
    """Return 32 hexadecimal digits per product that change whenever one of its texts does: all that Gold may use.

    Nothing known of the images (null) is no text at all.
    """
    digests = [
        blake2b("\0".join(texts if texts[-1] is not None else texts[:-1]).encode(), digest_size=16).hexdigest()
        for texts in zip(documents, attributes, images, strict=True)
    ]
    return pl.Series("fingerprint", digests, dtype=pl.String)
