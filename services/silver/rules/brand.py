"""The link from a product's brand to the workspace's brands, by a key blind to case, accents and punctuation."""

from typing import Final, Literal, TypeAlias

import polars as pl

from services.silver.rules.keys import key_expr, text_key
from services.silver.rules.sheet import Sheet

UnknownBrands: TypeAlias = Literal["error", "register"]

BRANDS_SCHEMA: Final = pl.Schema({"brand_id": pl.String, "name": pl.String, "spelling": pl.String})
"""One row per spelling of a brand: its name, and each alias."""
_PLACEHOLDER_TEXT: Final = """
    n/a, na, none, null, nil, unknown, no brand, unbranded, generic, does not exist, not applicable, other, various,
    ohne marke, markenlos, keine marke, unbekannt, sans marque, aucune, inconnu, sin marca, desconocido, ninguna,
    sem marca, desconhecido, nenhuma, genérico, générique
"""
_PLACEHOLDERS: Final = frozenset(map(text_key, _PLACEHOLDER_TEXT.split(",")))


def normalize_brand(sheet: Sheet, brands: pl.DataFrame, unknown_brands: UnknownBrands) -> pl.DataFrame:
    """Link brands and return what could not be linked.

    Args:
        sheet: the chunk.
        brands: see `BRANDS_SCHEMA`; of two with the same key the first counts.
        unknown_brands: "error" makes an unknown brand the product's error; "register" asks for it to be created.

    Returns:
        One row per product: `_error` (the documented text "Brand not found: 'AcmeCorp'" or null) and `_new_brand` (the
        name to register or null).

    Rule ids: brand.placeholder ("N/A", "Generic": Google refuses them as brands), brand.link (the registered
    spelling replaces the source's).
    """
    nothing = pl.Series("", [None], dtype=pl.String).new_from_index(0, sheet.height)
    if not sheet.has("brand") and not sheet.has("brandId"):
        return pl.DataFrame({"_error": nothing, "_new_brand": nothing})
    names = sheet.get("brand").drop_nulls().unique()
    fakes = [name for name in names if text_key(name) in _PLACEHOLDERS or not text_key(name)]
    fake = sheet.get("brand").is_in(fakes)
    sheet.flag("brand.placeholder", "brand", "warning", fake, "This is a placeholder, not a brand.")
    sheet.apply(
        "brand.placeholder", ["brand"], lambda value: value.is_in(fakes), lambda value: value.replace(fakes, None)
    )
    known = (
        brands.select("brand_id", "name", key=brand_key(pl.col("spelling")))
        .drop_nulls("key")
        .unique("key", keep="first", maintain_order=True)
    )
    by_id = brands.select(pl.col("brand_id").alias("given"), pl.col("name").alias("given_name")).unique("given")
    # A catalog has few brands: each distinct spelling is looked up once.
    spellings = pl.DataFrame({"brand": sheet.get("brand").drop_nulls().unique()})
    found = spellings.with_columns(key=brand_key(pl.col("brand"))).join(known, on="key").drop("key")
    linked = (
        sheet.frame(["brand", "brandId"])
        .join(found, on="brand", how="left", maintain_order="left")
        .join(by_id, left_on="brandId", right_on="given", how="left", maintain_order="left")
    )
    linked = linked.with_columns(
        name=pl.coalesce("name", pl.when(pl.col("brand").is_null()).then("given_name")),
        brand_id=pl.coalesce(
            "brand_id", pl.when(pl.col("brand").is_null() & pl.col("given_name").is_not_null()).then("brandId")
        ),
    )
    missing = (linked["brand_id"].is_null() & linked["brand"].is_not_null()).fill_null(value=False)
    sheet.set("brand", linked.select(pl.coalesce("name", "brand")).to_series(), "brand.link")
    sheet.set("brandId", linked["brand_id"], "brand.link")
    if unknown_brands == "register":
        return pl.DataFrame(
            {"_error": nothing, "_new_brand": linked.select(pl.when(missing).then("brand")).to_series()}
        )
    sheet.flag("brand.unknown", "brand", "error", missing, "The brand is not one of the workspace's brands.")
    message = linked.select(pl.when(missing).then(pl.format("Brand not found: '{}'", "brand"))).to_series()
    return pl.DataFrame({"_error": message, "_new_brand": nothing})


def brand_key(name: pl.Expr) -> pl.Expr:
    """Return the key that two spellings of one brand share."""
    return key_expr(name)


def brand_mpn_key(sheet: Sheet) -> pl.Series:
    """Return "brand key, unit separator, part number key", null unless both say something.

    A part number of one or two characters, or of one repeated character, names no product.
    """
    if not sheet.has("brand") or not sheet.has("mpn"):
        return pl.Series("_brand_mpn_key", [None], dtype=pl.String).new_from_index(0, sheet.height)
    frame = sheet.frame(["brand", "mpn"]).select(brand=brand_key(pl.col("brand")), mpn=brand_key(pl.col("mpn")))
    telling = (
        (pl.col("mpn").str.len_chars() >= 3)
        & ~pl.col("mpn").is_in(sorted(_PLACEHOLDERS))
        & ~pl.col("mpn").str.contains("^0+$")
    )
    return frame.select(
        pl.when(telling).then(pl.concat_str("brand", "mpn", separator="\x1f")).alias("_brand_mpn_key")
    ).to_series()
