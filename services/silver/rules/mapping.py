"""From source columns to the canonical columns of a `Sheet`: which column speaks for which field.

Mapping chooses and takes apart, it never alters: a value that only moved to its field, or a list cell that was split
into its items, is no change.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import polars as pl

from services.silver.rules.attributes import load_attributes
from services.silver.rules.category_columns import choose_category
from services.silver.rules.decode import decode, to_text
from services.silver.rules.fields import FIELDS, ITEM_BREAK, LISTS
from services.silver.rules.header_plan import HeaderPlan, plan_headers
from services.silver.rules.json_numbers import JsonNumbers
from services.silver.rules.lists import split_images, split_tags, split_urls
from services.silver.rules.packed import unpacked
from services.silver.rules.price_columns import Values, in_one_currency
from services.silver.rules.sheet import Sheet, rows_where
from services.silver.rules.transforms import transformed

_IMAGE_LISTS: Final = frozenset({"secondaryImages", "_images"})
_URL_FIELDS: Final = _IMAGE_LISTS | {"primaryImageUrl"}
_BLANK_OR_LIST_CELL: Final = r'^\s*(?:$|\[\s*["{\]])'
_BLANK_OR_LIST: Final = pl.first().str.contains(_BLANK_OR_LIST_CELL)
_OBJECT_TEXTS: Final = ("src", "url", "href", "link", "image", "source_url", "name", "value", "title", "label")
_JOINERS: Final = {"color": "/", "material": "/", "size": ", ", "gender": ", ", "ageGroup": ", "}
_CODES: Final = frozenset({"gtin", "mpn"})
_NO_CODE: Final = r"^\s*(?i-u:n/?a|none|null|nan|does not apply|0+|-+)\s*$"
_FIRST_OF_LIST: Final = r"^\s*([^,]+)"
_DEFAULT_OPTIONS: Final = ("Default Title", "Default")
_PARENT: Final = pl.first().str.replace(r"^\s*id:\s*", "")


def map_documents(
    product_ids: pl.Series,
    documents: pl.Series,
    parent_ids: pl.Series | None = None,
    mappings: Sequence[tuple[str, str, str | None]] = (),
    catalog_currency: str | None = None,
) -> Sheet:
    """Return a sheet with the source values of one chunk.

    Args:
        product_ids: String, one per product.
        documents: String, JSON object texts in the same order.
        parent_ids: String or null: the parent that ingest knows, used where the document names none.
        mappings: the workspace's own (header, field, transform); they win over the built-in aliases. A field that is
            not canonical is the name of an attribute. Only what a transform does is a change (mapping.transform).
        catalog_currency: ISO 4217 code; of prices in several currencies those in this one are the product's.
    """
    source = unpacked(decode(documents))
    plan = plan_headers(tuple(source.columns), tuple(mappings))
    if plan.pairs:
        source = _spread_pairs(source, plan)
        plan = plan_headers(tuple(source.columns), tuple(mappings))
    values = _values(source, plan, len(product_ids))

    def filled(values: Values) -> tuple[Sheet, Mapping[str, pl.Series]]:
        sheet = Sheet(product_ids)
        left: Mapping[str, pl.Series] = {}
        if plan.prices:
            priced = in_one_currency(values, source, plan, catalog_currency)
            values, left = priced.values, priced.left
            sheet.extras["_currencyConflict"] = priced.conflict
        _fill(sheet, values, plan, parent_ids)
        if plan.prices:
            sheet.load("currency", priced.currency)
        if chosen := choose_category(values, source, plan):
            sheet.load("categoryPath", chosen.path)
            left = {**left, **chosen.left}
            if chosen.channel is not None:
                sheet.extras["_channelCategory"] = chosen.channel
        return sheet, left

    sheet, left = filled(values)
    load_attributes(sheet, source, plan, left)
    sheet.settled = JsonNumbers(documents, plan).settled
    if plan.transforms:
        _transform(sheet, filled(_transformed(values, plan))[0])
        _transform_attributes(sheet, source, plan)
    return sheet


def _fill(sheet: Sheet, values: Values, plan: HeaderPlan, parent_ids: pl.Series | None) -> None:
    columns = _columns(values, plan)
    for field, column in columns.items():
        if field in FIELDS:
            sheet.load(field, column)
        else:
            sheet.extras[field] = column
    _map_images(sheet)
    _map_parent(sheet, parent_ids)


def _transformed(values: Values, plan: HeaderPlan) -> Values:
    """Return the values after the transforms of the workspace's mappings, a list item by item."""
    changed = dict(values)
    for header, target, transform in plan.transforms:
        if (column := values.get((target, header))) is not None:
            column = transformed(column, transform, lists=target in _URL_FIELDS or target in LISTS)
            # What a prefix brings may part tags: as one tag with a comma the next run would not see it.
            changed[target, header] = split_tags(column) if target == "tags" else column
    return changed


def _transform(sheet: Sheet, after: Sheet) -> None:
    """Give `sheet` the values of `after`: cells are chosen and taken apart, so only the whole tells what changed."""
    for field in sheet.now.keys() | after.now.keys():
        sheet.set(field, after.get(field), "mapping.transform")


def _transform_attributes(sheet: Sheet, source: pl.DataFrame, plan: HeaderPlan) -> None:
    """Apply the transforms of the mappings to attributes. Lists stay as they are: they are JSON."""
    for header, target, transform in plan.transforms:
        if target in sheet.attributes:
            now = sheet.attribute(target)
            rows = rows_where((now == source[header]) & ~source[header].str.contains(_BLANK_OR_LIST_CELL))
            texts = now[rows].str.strip_chars()
            sheet.replace_attribute(target, rows, transformed(texts, transform), "mapping.transform")


def _spread_pairs(source: pl.DataFrame, plan: HeaderPlan) -> pl.DataFrame:
    """Turn name-value column pairs into one column per name: "Option1 Name"=Size, "Option1 Value"=M → Size=M.

    A value without a name stays under its own header.
    """
    added: dict[str, pl.Expr] = {}
    for name_header, value_header in plan.pairs:
        name, value = pl.col(name_header).str.strip_chars(), pl.col(value_header)
        for label in source.select_seq(name.drop_nulls().unique(maintain_order=True)).to_series():
            if not label:
                continue
            cell = pl.when((name == label) & ~value.is_in(_DEFAULT_OPTIONS)).then(value)
            known = added.get(label, pl.col(label) if label in source.columns else None)
            added[label] = cell if known is None else pl.coalesce(known, cell)
        added[value_header] = pl.when(name.is_null() | (name == "")).then(value)
    return source.with_columns_seq(**added).drop({name for name, _ in plan.pairs} - added.keys())


def _values(source: pl.DataFrame, plan: HeaderPlan, height: int) -> Values:
    """Return what each header of each field says: those of URLs first."""
    origins = [(field, header) for field, headers in plan.fields.items() for header in headers]
    origins.sort(key=lambda origin: origin[0] not in _URL_FIELDS)
    values = _unfold([source[header] for _, header in origins], [field for field, _ in origins], height)
    return dict(zip(origins, values, strict=True))


def _columns(values: Values, plan: HeaderPlan) -> dict[str, pl.Series]:
    """Return per field or helper column the first non-empty value of its headers. Columns of images add up."""
    candidates: dict[str, list[pl.Series]] = {}
    for (field, header), column in values.items():
        first = column.str.extract(_FIRST_OF_LIST, 1) if header in plan.first_of_list else column
        candidates.setdefault(field, []).append(first)
    return {field: _first_value(field, columns) for field, columns in candidates.items()}


def _first_value(field: str, candidates: list[pl.Series]) -> pl.Series:
    if len(candidates) == 1:
        return candidates[0]
    if field in _CODES:  # "n/a" in one column says nothing against the next
        candidates = [
            pl.select(pl.when(~code.str.contains(_NO_CODE)).then(code)).to_series() for code in candidates
        ] + candidates
    if field in _IMAGE_LISTS:
        together = pl.concat_str(candidates, separator=ITEM_BREAK, ignore_nulls=True).replace("", None)
        return pl.select(together).to_series()
    return pl.select(pl.coalesce(candidates)).to_series()


def _unfold(columns: list[pl.Series], fields: list[str], height: int) -> list[pl.Series]:
    """Return source columns as the texts that their `fields` hold: blanks as null, lists taken apart.

    The columns are worked on as one, each below the former (those of URLs first): a pass over a chunk of few products
    costs the same for one column as for twenty.
    """
    if not columns:
        return []
    cells = pl.concat(columns)
    odd = rows_where(cells.to_frame().select_seq(_BLANK_OR_LIST).to_series())
    if len(odd):
        found = zip(odd.to_list(), cells[odd].to_list(), strict=True)
        texts = [_join_items(text, fields[row // height]) if text.strip() else None for row, text in found]
        cells = cells.clone().scatter(odd, pl.Series(texts, dtype=pl.String))
    urls = height * sum(field in _URL_FIELDS for field in fields)
    if urls:
        cells = split_urls(cells.head(urls)).append(cells.slice(urls))
    values = [cells.slice(index * height, height) for index in range(len(fields))]
    return [split_tags(column) if field == "tags" else column for field, column in zip(fields, values, strict=True)]


def _join_items(text: str, field: str) -> str | None:
    """Return the items of a JSON list as the text of `field`; a text that is no JSON list stays as it is."""
    try:
        items = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    texts = [found for item in items if (found := _item_text(item))]
    if not texts:
        return None
    if field in _URL_FIELDS or field in {"tags", "_categories"}:
        return ITEM_BREAK.join(texts)
    if field == "categoryPath":
        return " > ".join(texts)
    return _JOINERS[field].join(dict.fromkeys(texts)) if field in _JOINERS else texts[0]


def _item_text(item: Any) -> str | None:
    if isinstance(item, dict):
        item = next((item[key] for key in _OBJECT_TEXTS if isinstance(item.get(key), str)), None)
    text = to_text(item)
    return re.sub(r"[\r\n]+", " ", text).strip() or None if text is not None else None


def _map_images(sheet: Sheet) -> None:
    """Split all images of a product into the primary one and the others, without repeats."""
    everything = sheet.extras.pop("_images", None)
    primary, secondary = sheet.get("primaryImageUrl"), sheet.get("secondaryImages")
    if (small := sheet.extras.pop("_thumbnail", None)) is not None:
        # A thumbnail shows the product where nothing better does.
        others = everything if everything is not None else primary
        primary = pl.select(pl.coalesce(primary, pl.when(others.is_null()).then(small))).to_series()
        sheet.load("primaryImageUrl", primary)
    if everything is None:
        if secondary.null_count() == sheet.height and not primary.str.contains(ITEM_BREAK, literal=True).any():
            return
        everything = pl.Series([None], dtype=pl.String).new_from_index(0, sheet.height)
    primary, secondary = split_images(primary, secondary, everything)
    sheet.load("primaryImageUrl", primary)
    sheet.load("secondaryImages", secondary)


def _map_parent(sheet: Sheet, parent_ids: pl.Series | None) -> None:
    """Take the parent's id: WooCommerce writes it as "id:44", ingest may know it when the document does not."""
    if sheet.has("parentId"):
        own = sheet.get("parentId").to_frame().select_seq(_PARENT).to_series()
        sheet.load("parentId", own.zip_with(own.is_not_null(), parent_ids) if parent_ids is not None else own)
    elif parent_ids is not None:
        sheet.load("parentId", parent_ids)
