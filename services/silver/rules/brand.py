"""The link from a product's brand to the workspace's, by a key blind to case, accents, punctuation and legal forms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

import polars as pl

from services.silver.rules.keys import brand_key, identity_key, text_key
from services.silver.rules.nearest import NearestNames
from services.silver.rules.sheet import Sheet, rows_where

UnknownBrands: TypeAlias = Literal["error", "register"]

_PLACEHOLDER_TEXT: Final = """
    n/a, na, none, null, nil, unknown, no brand, unbranded, generic, does not exist, not applicable, other, various,
    ohne marke, markenlos, keine marke, unbekannt, sans marque, aucune, inconnu, sin marca, desconocido, ninguna,
    sem marca, desconhecido, nenhuma, genérico, générique, keine, keine angabe, aucune marque, marque inconnue,
    senza marca, nessuna, nessuna marca, sconosciuto, sconosciuta, generica, geen, geen merk, merkloos, onbekend
"""
_PLACEHOLDERS: Final = frozenset(map(text_key, _PLACEHOLDER_TEXT.split(",")))
_TITLE_WORDS: Final = 4
_TITLE_CHARS: Final = 100
_UNKNOWN: Final = "Brand not found: '{}'"


@dataclass(frozen=True)
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
            if key := brand_key(spelling):
                by_key.setdefault(key, (brand_id, name))
        return BrandIndex(by_key, by_id)

    @cached_property
    def longest_key(self) -> int:
        """Letters and digits of the longest key."""
        return max(map(len, self.by_key), default=0)

    @cached_property
    def nearest(self) -> NearestNames:
        """What a person who wrote an unknown name may have meant; made when it is first asked for."""
        return NearestNames(self.by_key)

    def suggestions(self, name: str) -> tuple[str, ...]:
        """Return up to three registered names like `name`, the likest first."""
        return self.nearest.of(brand_key(name))


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
    spelling replaces the source's), brand.in_title (the brand is empty and the title begins with a registered one: a
    suggestion, because "Apple pie" is no telephone).
    """
    if sheet.has("brandId"):
        _name_by_id(sheet, brands)
    if not sheet.has("brand"):
        _suggest_from_title(sheet, brands)
        return _unlinked(sheet, None, unknown_brands)
    values: list[str | None] = sheet.get("brand").to_list()
    keys = {name: brand_key(name) for name in set(values) if name is not None}
    fakes = {name for name, key in keys.items() if not key or key in _PLACEHOLDERS}
    if fakes:
        mask = pl.Series([name in fakes for name in values])
        sheet.flag("brand.placeholder", "brand", "warning", mask, "This is a placeholder, not a brand.")
        values = [None if name in fakes else name for name in values]
        sheet.set("brand", _texts(values), "brand.placeholder")
    _suggest_from_title(sheet, brands)
    linked = {name: brands.by_key[key] for name, key in keys.items() if key in brands.by_key}
    if linked or sheet.has("brandId"):
        # An id beside a brand name is only as good as the name: the registry decides.
        ids: dict[str | None, str] = {name: brand_id for name, (brand_id, _) in linked.items()}
        sheet.set("brandId", _texts([ids.get(name) for name in values]), "brand.link")
    if any(brand != name for name, (_, brand) in linked.items()):
        names: dict[str | None, str] = {name: brand for name, (_, brand) in linked.items()}
        sheet.set("brand", _texts([names.get(name, name) for name in values]), "brand.link")
    return _unlinked(sheet, [None if name in linked else name for name in values], unknown_brands)


def _unlinked(sheet: Sheet, names: list[str | None] | None, unknown_brands: UnknownBrands) -> pl.DataFrame:
    """Return what `normalize_brand` returns, and flag the `names` that are no brands of the workspace."""
    nothing = pl.Series("", [None], dtype=pl.String).new_from_index(0, sheet.height)
    if names is None:
        return pl.DataFrame([nothing.alias("_error"), nothing.alias("_new_brand")])
    if unknown_brands == "register":
        return pl.DataFrame([nothing.alias("_error"), _texts(names).alias("_new_brand")])
    missing = pl.Series([name is not None for name in names])
    sheet.flag("brand.unknown", "brand", "error", missing, "The brand is not one of the workspace's brands.")
    errors = [None if name is None else unknown_brand(name) for name in names]
    return pl.DataFrame([_texts(errors).alias("_error"), nothing.alias("_new_brand")])


def unknown_brand(name: str) -> str:
    """Return the documented error text of a brand that is not registered."""
    return _UNKNOWN.format(name)


def _suggest_from_title(sheet: Sheet, brands: BrandIndex) -> None:
    """Flag products without a brand whose title begins with a registered one."""
    brand = sheet.get("brand")
    if not brands.by_key or not brand.null_count() or not sheet.has("title"):
        return
    rows = rows_where(brand.is_null())
    found = {
        row: f"The brand is empty; the title begins with the brand '{name}'."
        for row, title in zip(rows.to_list(), sheet.get("title")[rows].to_list(), strict=True)
        if title and (name := _leading_brand(title, brands))
    }
    sheet.flag_each("brand.in_title", "brand", "info", found)


def _leading_brand(title: str, brands: BrandIndex) -> str | None:
    """Return the registered brand with the longest name among those that the title's first words are."""
    found, key = None, ""
    for word in title[:_TITLE_CHARS].split(maxsplit=_TITLE_WORDS)[:_TITLE_WORDS]:
        key += text_key(word)
        if len(key) > brands.longest_key:
            break
        if len(key) > 1 and key in brands.by_key:
            found = brands.by_key[key][1]
    return found


def _name_by_id(sheet: Sheet, brands: BrandIndex) -> None:
    """Name the brand that an id alone refers to."""
    ids = sheet.get("brandId").to_list()
    brand = sheet.get("brand").to_list()
    if any(brand_id in brands.by_id for brand_id in ids):
        brand = [
            name if name is not None else brands.by_id.get(brand_id) for name, brand_id in zip(brand, ids, strict=True)
        ]
        sheet.set("brand", _texts(brand), "brand.link")
    if not sheet.has("brand"):
        sheet.set("brandId", sheet.get("brand"), "brand.link")


def brand_keys(sheet: Sheet) -> list[pl.Series]:
    """Return `_brand_mpn_key` and `_brand_sku_key`: "brand key, unit separator, number key".

    They are null unless both say something. A number of one or two characters, or of zeros, names no product.
    """
    names = {"_brand_mpn_key": "mpn", "_brand_sku_key": "sku"}
    fields = [field for field in names.values() if sheet.has(field)] if sheet.has("brand") else []
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, sheet.height)
    columns = dict.fromkeys(names.values(), nothing)
    if fields:
        brands = sheet.get("brand").to_list()
        known = {brand: brand and identity_key(brand) for brand in set(brands)}
        keys = _texts([known[brand] for brand in brands])
        columns |= {field: _with_part(keys, sheet.get(field)) for field in fields}
    return [columns[field].alias(name) for name, field in names.items()]


_FEW: Final = 32
"""So few numbers are read one by one: the expression costs more than they do."""
_KEY: Final = pl.col("key")
_PART: Final = pl.col("part").str.to_lowercase().str.replace_all("[^0-9a-z]", "").alias("key")
_PLAIN_KEY: Final = pl.when(
    (pl.col("part").str.len_bytes() == pl.col("part").str.len_chars())
    & (_KEY.str.len_bytes() >= 3)
    & (_KEY.str.strip_chars("0") != "")
    & ~_KEY.is_in(sorted(_PLACEHOLDERS))
).then(pl.concat_str("brand", _KEY, separator="\x1f"))


def _with_part(brands: pl.Series, parts: pl.Series) -> pl.Series:
    """Join keys of brands with those of numbers. Most numbers are plain ASCII, whose keys one expression finds."""
    if len(parts) <= _FEW:
        return _texts([_joined(*one) for one in zip(brands.to_list(), parts.to_list(), strict=True)])
    both = pl.DataFrame([brands.alias("brand"), parts.alias("part")])
    keys = both.with_columns_seq(_PART).select_seq(_PLAIN_KEY).to_series()
    rows = rows_where(brands.is_not_null() & parts.is_not_null() & keys.is_null())
    if not len(rows):
        return keys
    odd = [_joined(*one) for one in zip(brands[rows].to_list(), parts[rows].to_list(), strict=True)]
    return keys.clone().scatter(rows, _texts(odd))


def _joined(brand_key: str | None, part: str | None) -> str | None:
    part_key = brand_key and _part_key(part)
    return f"{brand_key}\x1f{part_key}" if part_key else None


def _part_key(part: str | None) -> str | None:
    key = part and identity_key(part)
    return key if key and len(key) >= 3 and key not in _PLACEHOLDERS and key.strip("0") else None


def _texts(values: Sequence[str | None]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)
