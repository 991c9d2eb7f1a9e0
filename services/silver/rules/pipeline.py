"""The fixed order of the rule groups, and what comes out of a chunk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import polars as pl

from services.silver.rules.attributes import encoded_attributes, normalize_attribute_text
from services.silver.rules.brand import NO_BRANDS, BrandIndex, UnknownBrands, brand_keys, normalize_brand
from services.silver.rules.casing import normalize_casing
from services.silver.rules.category import normalize_category
from services.silver.rules.category_link import NO_CATEGORIES, CategoryIndex, link_category
from services.silver.rules.colour import normalize_variants
from services.silver.rules.content import flag_content
from services.silver.rules.dates import normalize_dates
from services.silver.rules.decoration import normalize_decoration
from services.silver.rules.enumerations import normalize_enumerations
from services.silver.rules.explanations import explanations
from services.silver.rules.fields import DECIMALS, FIELDS, LISTS
from services.silver.rules.groups import GroupError, RuleGroup, attempt, flag_failed, run_groups
from services.silver.rules.gtin import normalize_gtin
from services.silver.rules.lists import items_of
from services.silver.rules.mapping import map_documents
from services.silver.rules.marks import DecimalMark, decimal_mark_of
from services.silver.rules.measures import normalize_measures
from services.silver.rules.money import PRICES, normalize_money
from services.silver.rules.sheet import Sheet
from services.silver.rules.text import normalize_text
from services.silver.rules.transforms import cased_fields
from services.silver.rules.urls import normalize_urls

_MAPPING: Final = "mapping"


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What the rules know beside the chunk itself."""

    brands: BrandIndex = NO_BRANDS
    """The workspace's brands."""
    unknown_brands: UnknownBrands = "error"
    """What a brand that is not among them means."""
    categories: CategoryIndex = NO_CATEGORIES
    """The workspace's category tree."""
    mappings: Sequence[tuple[str, str, str | None]] = ()
    """The workspace's own (header, canonical field or attribute name, transform or None)."""
    decimal_mark: DecimalMark | None = None
    """Decimal mark of the source's prices, when more rows than one chunk tell it."""
    currency: str | None = None
    """ISO 4217 code that the catalog's prices without a currency are in."""


OUTPUT_COLUMNS: Final = (
    "_fields_normalized",
    "_changes",
    "_issues",
    "_urls_validated",
    "_error",
    "_new_brand",
    "_gtin14",
    "_brand_mpn_key",
    "_brand_sku_key",
    "_category",
)


def normalize(
    product_ids: pl.Series,
    documents: pl.Series,
    parent_ids: pl.Series | None = None,
    context: RuleContext | None = None,
) -> pl.DataFrame:
    """Normalise one chunk of raw documents.

    Args:
        product_ids: String, one per product.
        documents: String, JSON object texts in the same order.
        parent_ids: String or null, the parent ingest knows.
        context: brands and settings.

    Returns:
        One row per product, in order: `product_id`, every field of `FIELDS` (String; `secondaryImages` and `tags`
        List(String)), `attributes` (JSON object text), and

        - `_fields_normalized` (Int32): canonical fields whose final value differs from what the source said. Links
          (brandId, categoryId, parentId) and taking a list cell apart do not count.
        - `_changes`: JSON list of {field, before, after, rule}; rule is the last one that changed the field.
        - `_issues`: JSON list of {field, rule, severity, message}.
        - `_urls_validated` (Int32): image URLs checked.
        - `_error`: why the product fails, or null. `_new_brand`: the brand to register, or null.
        - `_gtin14`, `_brand_mpn_key`, `_brand_sku_key`: identities for the duplicates phase, null where there is none.
        - `_category`: how the category is linked, see `link_category`; null where there is nothing to link.

    A rule group that fails on a product leaves its values as they came to the group, and the issue `rules.failed`.
    """
    return _normalized(_Chunk(product_ids, documents, parent_ids), context or RuleContext(), frozenset())


@dataclass(frozen=True, slots=True)
class _Chunk:
    product_ids: pl.Series
    documents: pl.Series
    parent_ids: pl.Series | None

    def part(self, offset: int, length: int) -> "_Chunk":
        parents = None if self.parent_ids is None else self.parent_ids.slice(offset, length)
        return _Chunk(self.product_ids.slice(offset, length), self.documents.slice(offset, length), parents)


def _normalized(chunk: _Chunk, context: RuleContext, skipped: frozenset[str]) -> pl.DataFrame:
    """Normalise a chunk without the groups in `skipped`; where one more fails, its halves, down to the product."""
    try:
        sheet = _mapped(chunk, context, skipped)
        columns = run_groups(sheet, _groups(context), skipped)
    except GroupError as failure:
        height = len(chunk.product_ids)
        if height <= 1:
            return _normalized(chunk, context, skipped | {failure.group})
        if context.decimal_mark is None:
            context = replace(context, decimal_mark=_mark_of(chunk.documents, context))
        half = height // 2
        parts = [_normalized(chunk.part(*span), context, skipped) for span in ((0, half), (half, height - half))]
        return pl.concat(parts)
    return _output(sheet, columns)


def _mapped(chunk: _Chunk, context: RuleContext, skipped: frozenset[str]) -> Sheet:
    if _MAPPING not in skipped:
        arguments = (chunk.product_ids, chunk.documents, chunk.parent_ids, context.mappings, context.currency)
        return attempt(_MAPPING, lambda: map_documents(*arguments))
    sheet = Sheet(chunk.product_ids)
    flag_failed(sheet, _MAPPING, "attributes")
    return sheet


def _mark_of(documents: pl.Series, context: RuleContext) -> DecimalMark | None:
    """Return the decimal mark that the halves of a chunk would not see, None too when it cannot be found."""
    try:
        return attempt(_MAPPING, lambda: decimal_mark_in(documents, context.mappings))
    except GroupError:
        return None


def _groups(context: RuleContext) -> dict[str, RuleGroup]:
    """Return the rule groups in their order."""
    money = partial(normalize_money, decimal_mark=context.decimal_mark, catalog_currency=context.currency)
    brand = partial(normalize_brand, brands=context.brands, unknown_brands=context.unknown_brands)
    cased = cased_fields(context.mappings)
    return {
        "text": ("title", _in_place(normalize_text)),
        "decoration": ("title", _in_place(normalize_decoration)),
        "casing": ("title", _in_place(partial(normalize_casing, cased=cased))),
        "content": ("title", _in_place(flag_content)),
        "money": ("price", _in_place(money)),
        "gtin": ("gtin", lambda sheet: [normalize_gtin(sheet)]),
        "enumerations": ("availability", _in_place(normalize_enumerations)),
        "variants": ("color", _in_place(partial(normalize_variants, cased=cased))),
        "category": ("categoryPath", _in_place(normalize_category)),
        "category_link": ("categoryPath", lambda sheet: [link_category(sheet, context.categories)]),
        "urls": ("primaryImageUrl", lambda sheet: [normalize_urls(sheet)]),
        "brand": ("brand", lambda sheet: brand(sheet).get_columns()),
        "identity": ("mpn", brand_keys),
        "attribute_text": ("attributes", _in_place(normalize_attribute_text)),
        "measures": ("attributes", _in_place(normalize_measures)),
        "dates": ("attributes", _in_place(normalize_dates)),
        "attributes": ("attributes", lambda sheet: [encoded_attributes(sheet)]),
    }


def _in_place(rules: Callable[[Sheet], None]) -> Callable[[Sheet], list[pl.Series]]:
    def work(sheet: Sheet) -> list[pl.Series]:
        rules(sheet)
        return []

    return work


def is_ambiguous(normalized: pl.DataFrame) -> bool:
    """Tell whether a price of the chunk was left unread because the chunk did not show its decimal mark."""
    return bool(normalized["_issues"].str.contains('"money.ambiguous"', literal=True).any())


def decimal_mark_in(documents: pl.Series, mappings: Sequence[tuple[str, str, str | None]] = ()) -> DecimalMark | None:
    """Return the decimal mark that the prices of a sample of documents show, None when it shows none or both.

    `mappings` are those of `RuleContext`: a header of the workspace's own may hold the prices.
    """
    product_ids = pl.Series("product_id", [""]).new_from_index(0, len(documents))
    sheet = map_documents(product_ids, documents, mappings=mappings)
    columns = [sheet.extras.get(name, sheet.get(name)) for name in PRICES]
    return decimal_mark_of(columns)


def map_only(product_ids: pl.Series, documents: pl.Series, parent_ids: pl.Series | None = None) -> pl.DataFrame:
    """Return what the source said under canonical names, nothing changed: `product_id`, `FIELDS`, `attributes`.

    Decimals are given only where the source wrote a plain decimal: anything else is no decimal yet.
    """
    sheet = map_documents(product_ids, documents, parent_ids)
    for name in DECIMALS:
        plain = sheet.get(name).str.contains(r"^[0-9]{1,15}(?:\.[0-9]{1,10})?$")
        sheet.load(name, pl.select(pl.when(plain).then(sheet.get(name))).to_series())
    return pl.DataFrame([sheet.product_ids.alias("product_id"), *_values(sheet), encoded_attributes(sheet)])


def _values(sheet: Sheet) -> list[pl.Series]:
    return [items_of(sheet.get(name)).alias(name) if name in LISTS else sheet.get(name).alias(name) for name in FIELDS]


def _output(sheet: Sheet, columns: list[pl.Series]) -> pl.DataFrame:
    extra = {column.name: column for column in (*columns, *explanations(sheet))}
    return pl.DataFrame(
        [
            sheet.product_ids.alias("product_id"),
            *_values(sheet),
            *(extra[name] for name in ("attributes", *OUTPUT_COLUMNS)),
        ]
    )
