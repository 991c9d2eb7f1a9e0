"""The fixed order of the rule groups, and what comes out of a chunk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from services.silver.rules.brand import NO_BRANDS, BrandIndex, UnknownBrands, brand_mpn_key, normalize_brand
from services.silver.rules.casing import normalize_casing
from services.silver.rules.category import normalize_category
from services.silver.rules.encode import json_expr, object_text
from services.silver.rules.enumerations import normalize_enumerations
from services.silver.rules.fields import DECIMALS, FIELDS, ITEM_BREAK, LISTS, REFERENCES
from services.silver.rules.gtin import normalize_gtin
from services.silver.rules.mapping import map_documents
from services.silver.rules.money import PRICES, DecimalMark, decimal_mark_of, normalize_money
from services.silver.rules.sheet import Sheet, zeros
from services.silver.rules.text import normalize_text
from services.silver.rules.urls import normalize_urls


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What the rules know beside the chunk itself."""

    brands: BrandIndex = NO_BRANDS
    """The workspace's brands."""
    unknown_brands: UnknownBrands = "error"
    """What a brand that is not among them means."""
    mappings: Sequence[tuple[str, str]] = ()
    """The workspace's own (header, canonical field) pairs."""
    decimal_mark: DecimalMark | None = None
    """Decimal mark of the source's prices, when more rows than one chunk tell it."""


OUTPUT_COLUMNS: Final = (
    "_fields_normalized",
    "_changes",
    "_issues",
    "_urls_validated",
    "_error",
    "_new_brand",
    "_gtin14",
    "_brand_mpn_key",
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
        - `_gtin14`, `_brand_mpn_key`: identities for the duplicates phase, null where there is none.
    """
    context = context or RuleContext()
    sheet = map_documents(product_ids, documents, parent_ids, context.mappings)
    normalize_text(sheet)
    normalize_casing(sheet)
    normalize_money(sheet, context.decimal_mark)
    gtin14 = normalize_gtin(sheet)
    normalize_enumerations(sheet)
    normalize_category(sheet)
    checked = normalize_urls(sheet)
    brand = normalize_brand(sheet, context.brands, context.unknown_brands)
    return _output(sheet, brand, [checked, gtin14, brand_mpn_key(sheet)])


def is_ambiguous(normalized: pl.DataFrame) -> bool:
    """Tell whether a price of the chunk was left unread because the chunk did not show its decimal mark."""
    return bool(normalized["_issues"].str.contains('"money.ambiguous"', literal=True).any())


def decimal_mark_in(documents: pl.Series) -> DecimalMark | None:
    """Return the decimal mark that the prices of a sample of documents show, None when it shows none or both."""
    sheet = map_documents(pl.Series("product_id", [""]).new_from_index(0, len(documents)), documents)
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
    return pl.DataFrame([sheet.product_ids.alias("product_id"), *_values(sheet), sheet.attributes])


def _values(sheet: Sheet) -> list[pl.Series]:
    return [_items(sheet.get(name)).alias(name) if name in LISTS else sheet.get(name).alias(name) for name in FIELDS]


def _output(sheet: Sheet, brand: pl.DataFrame, columns: list[pl.Series]) -> pl.DataFrame:
    counts, changes = _changes(sheet)
    extra = {column.name: column for column in (*columns, *brand.get_columns(), counts, changes, _issues(sheet))}
    return pl.DataFrame(
        [
            sheet.product_ids.alias("product_id"),
            *_values(sheet),
            sheet.attributes,
            *(extra[name] for name in OUTPUT_COLUMNS),
        ]
    )


def _items(values: pl.Series) -> pl.Series:
    """Split the inner list text into its items."""
    if values.null_count() == len(values):
        return values.cast(pl.List(pl.String))
    return values.str.split(ITEM_BREAK).list.eval(pl.element().filter(pl.element() != ""))


_CHANGE_TEXT: Final = pl.concat_str(
    pl.lit('{"field":"'),
    "field",
    pl.lit('","before":'),
    json_expr("before").fill_null("null"),
    pl.lit(',"after":'),
    json_expr("after").fill_null("null"),
    pl.lit(',"rule":"'),
    "rule",
    pl.lit('"}'),
)


def _changes(sheet: Sheet) -> tuple[pl.Series, pl.Series]:
    """Return the count of changed fields and the JSON list of the changes, per product."""
    texts, lists = [], []
    for name in sheet.present():
        rows = sheet.changes(name) if name not in REFERENCES else None
        if rows is None or not rows.height:
            continue
        field = pl.Series("field", [name]).new_from_index(0, rows.height)
        if name in LISTS:
            sides = [_items(rows[side]).alias(side) for side in ("before", "after")]
            lists.append(pl.DataFrame([rows["row"], field, *sides, rows["rule"]]))
        else:
            texts.append(pl.DataFrame([rows["row"], field, *rows.get_columns()[1:]]))
    parts = [pl.concat(frames).select_seq("row", text=_CHANGE_TEXT) for frames in (texts, lists) if frames]
    return _lists(parts, sheet.height, "_changes", "_fields_normalized")


def _issues(sheet: Sheet) -> pl.Series:
    issues = sheet.issues()
    if not issues.height:
        return pl.Series("_issues", ["[]"]).new_from_index(0, sheet.height)
    members = ("field", "rule", "severity", "message")
    encoded = issues.select_seq(json_expr(member) for member in members)
    text = object_text(members, encoded.get_columns())
    return _lists([pl.DataFrame({"row": issues["row"], "text": text})], sheet.height, "_issues", "_count")[1]


def _lists(parts: list[pl.DataFrame], height: int, name: str, count_name: str) -> tuple[pl.Series, pl.Series]:
    """Gather (row, JSON text) pairs into one JSON list per product, and count them."""
    if not parts:
        return zeros(height, pl.Int32).alias(count_name), pl.Series(name, ["[]"]).new_from_index(0, height)
    gathered = (
        pl.concat(parts)
        .group_by("row", maintain_order=True)
        .agg(pl.col("text").str.join(","), n=pl.len().cast(pl.Int32))
    )
    counts = zeros(height, pl.Int32).scatter(gathered["row"], gathered["n"])
    texts = pl.Series(name, ["[]"]).new_from_index(0, height)
    texts = texts.clone().scatter(gathered["row"], ("[" + gathered["text"] + "]"))
    return counts.alias(count_name), texts.alias(name)
