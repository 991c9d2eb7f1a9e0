"""The link from a product's brand to the workspace's brands, by a key blind to case, accents and punctuation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import polars as pl

from services.silver.rules.keys import key_expr, text_key
from services.silver.rules.sheet import Sheet

UnknownBrands: TypeAlias = Literal["error", "register"]

_PLACEHOLDER_TEXT: Final = """
    n/a, na, none, null, nil, unknown, no brand, unbranded, generic, does not exist, not applicable, other, various,
    ohne marke, markenlos, keine marke, unbekannt, sans marque, aucune, inconnu, sin marca, desconocido, ninguna,
    sem marca, desconhecido, nenhuma, genérico, générique
"""
_PLACEHOLDERS: Final = frozenset(map(text_key, _PLACEHOLDER_TEXT.split(",")))


@dataclass(frozen=True, slots=True)
class BrandIndex:
    """A registry, ready for look-ups: a catalog has few brands, so each distinct spelling is looked up once."""

    by_key: Mapping[str, tuple[str, str]]
    """Key of a spelling → (brand id, name)."""
    by_id: Mapping[str, str]
    """Brand id → name."""

    def extended(self, spellings: Iterable[tuple[str, str, str]]) -> "BrandIndex":
        """The index with more (brand id, name, spelling); of two spellings with the same key the first counts."""
        by_key, by_id = dict(self.by_key), dict(self.by_id)
        for brand_id, name, spelling in spellings:
            by_id.setdefault(brand_id, name)
            if key := text_key(spelling):
                by_key.setdefault(key, (brand_id, name))
        return BrandIndex(by_key, by_id)


NO_BRANDS: Final = BrandIndex({}, {})
"""An empty registry."""


def normalize_brand(sheet: Sheet, brands: BrandIndex, unknown_brands: UnknownBrands) -> pl.DataFrame:
    """Link brands and return what could not be linked.

    Args:
        sheet: the chunk.
        brands: the workspace's brands.
        unknown_brands: "error" makes an unknown brand the product's error; "register" asks for it to be created.

    Returns:
        One row per product: `_error` (the documented text "Brand not found: 'AcmeCorp'" or null) and `_new_brand` (the
        name to register or null).

    Rule ids: brand.placeholder ("N/A", "Generic": Google refuses them as brands), brand.link (the registered
    spelling replaces the source's).
    """
    nothing = pl.Series("", [None], dtype=pl.String).new_from_index(0, sheet.height)
    if sheet.has("brandId"):
        _name_by_id(sheet, brands)
    if not sheet.has("brand"):
        return pl.DataFrame({"_error": nothing, "_new_brand": nothing})
    spellings = {name: text_key(name) for name in sheet.get("brand").drop_nulls().unique()}
    if fakes := [name for name, key in spellings.items() if not key or key in _PLACEHOLDERS]:
        fake = sheet.get("brand").is_in(fakes)
        sheet.flag("brand.placeholder", "brand", "warning", fake, "This is a placeholder, not a brand.")
        sheet.set("brand", sheet.get("brand").replace(fakes, None), "brand.placeholder")
    linked = {name: brands.by_key[key] for name, key in spellings.items() if key in brands.by_key}
    unknown = [name for name in spellings if name not in linked and name not in fakes]
    values = sheet.get("brand")
    ids = {name: brand_id for name, (brand_id, _) in linked.items()}
    if ids or sheet.has("brandId"):
        # An id beside a brand name is only as good as the name: the registry decides.
        found = values.replace_strict(ids, default=None, return_dtype=pl.String) if ids else nothing
        sheet.set("brandId", found, "brand.link")
    if any(brand != name for name, (_, brand) in linked.items()):
        sheet.set("brand", values.replace({name: brand for name, (_, brand) in linked.items()}), "brand.link")
    missing = values.is_in(unknown) if unknown else pl.Series([False]).new_from_index(0, sheet.height)
    names = values.zip_with(missing.fill_null(value=False), nothing) if unknown else nothing
    if unknown_brands == "register":
        return pl.DataFrame({"_error": nothing, "_new_brand": names})
    sheet.flag("brand.unknown", "brand", "error", missing, "The brand is not one of the workspace's brands.")
    return pl.DataFrame({"_error": "Brand not found: '" + names + "'" if unknown else names, "_new_brand": nothing})


def _name_by_id(sheet: Sheet, brands: BrandIndex) -> None:
    """Name the brand that an id alone refers to."""
    ids = sheet.get("brandId")
    names = {brand_id: brands.by_id[brand_id] for brand_id in ids.drop_nulls().unique() if brand_id in brands.by_id}
    brand = sheet.get("brand")
    if names:
        named = ids.replace_strict(names, default=None, return_dtype=pl.String)
        sheet.set("brand", brand.zip_with(brand.is_not_null(), named), "brand.link")
    if not sheet.has("brand"):
        sheet.set("brandId", brand, "brand.link")


def brand_key(name: pl.Expr) -> pl.Expr:
    """Return the key that two spellings of one brand share."""
    return key_expr(name)


def brand_mpn_key(sheet: Sheet) -> pl.Series:
    """Return "brand key, unit separator, part number key", null unless both say something.

    A part number of one or two characters, or of one repeated character, names no product.
    """
    if not sheet.has("brand") or not sheet.has("mpn"):
        return pl.Series("_brand_mpn_key", [None], dtype=pl.String).new_from_index(0, sheet.height)
    frame = sheet.frame(["brand", "mpn"]).select_seq(brand=brand_key(pl.col("brand")), mpn=brand_key(pl.col("mpn")))
    telling = (
        (pl.col("mpn").str.len_chars() >= 3)
        & ~pl.col("mpn").is_in(sorted(_PLACEHOLDERS))
        & ~pl.col("mpn").str.contains("^0+$")
    )
    return frame.select_seq(
        pl.when(telling).then(pl.concat_str("brand", "mpn", separator="\x1f")).alias("_brand_mpn_key")
    ).to_series()
