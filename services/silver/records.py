"""From the rules' output to what is stored: one document per product, and the columns that are queried."""

import time
from hashlib import blake2b

import polars as pl

from services.silver.rules.encode import record_text
from services.silver.rules.fields import FIELDS

RECORD_COLUMNS = (
    *("catalog_id", "product_id", "workspace_id", "sequence", "source_fingerprint", "fingerprint", "brand", "gtin14"),
    *("brand_mpn_key", "document", "attributes", "changes", "issues", "error", "updated_at"),
)
"""Columns of `products` that a good product fills; `duplicate_of` is the duplicates phase's."""


def now_micros() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def records(normalized: pl.DataFrame, workspace_id: str, catalog_id: str) -> pl.DataFrame:
    """Return the rows of `RECORD_COLUMNS` for products without error.

    `normalized` is the rules' output with the item's `sequence` and `source_fingerprint` beside it.
    """
    good = normalized.filter(pl.col("_error").is_null())
    document = document_text(good)
    attributes = good["attributes"].fill_null("")
    return good.select_seq(
        pl.lit(catalog_id).alias("catalog_id"),
        "product_id",
        pl.lit(workspace_id).alias("workspace_id"),
        "sequence",
        "source_fingerprint",
        fingerprints(document, attributes),
        "brand",
        pl.col("_gtin14").alias("gtin14"),
        pl.col("_brand_mpn_key").alias("brand_mpn_key"),
        document,
        attributes.alias("attributes"),
        pl.col("_changes").alias("changes"),
        pl.col("_issues").alias("issues"),
        pl.lit(None, dtype=pl.String).alias("error"),
        pl.lit(now_micros()).alias("updated_at"),
    ).select_seq(RECORD_COLUMNS)


def document_text(products: pl.DataFrame) -> pl.Series:
    """Return the canonical records as JSON texts; nulls and attributes left out."""
    present = [name for name in FIELDS if products[name].null_count() < products.height]
    if not present:
        return pl.Series("document", ["{}"], dtype=pl.String).new_from_index(0, products.height)
    return record_text(products, present).alias("document")


def fingerprints(documents: pl.Series, attributes: pl.Series) -> pl.Series:
    """Return 32 hexadecimal digits per product that change whenever one of its two texts does."""
    digests = [
        blake2b(f"{document}\0{attribute}".encode(), digest_size=16).hexdigest()
        for document, attribute in zip(documents, attributes, strict=True)
    ]
    return pl.Series("fingerprint", digests, dtype=pl.String)
