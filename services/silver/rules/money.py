"""Prices and currencies.

Canonical: a plain decimal as text ("1299.00"), digits as the source wrote them, and an ISO 4217 code. "Differs from
the source" is about the notation: "19.90" and the JSON number 19.9 are plain decimals and stay, "19,90" and "$19.90"
change.

A separator that could be either kind ("1.234") is settled by what the rest of the price columns show; when they
show nothing it stays unread: the canonical price is null and an issue says so, the source value stays in the item. A
JSON number is never ambiguous: 1.234 becomes "1.2340".

Sources: Google (price, sale_price), Meta and OpenAI feed specifications; traps 7 and 8 of the channel facts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import polars as pl

from services.runtime.currencies import ISO_4217
from services.silver.rules.amounts import ASSUMED_USD, Notation, amount_of, clean_price, notation_of, shape_of
from services.silver.rules.currencies import DOLLARS, currency_code
from services.silver.rules.marks import DecimalMark, decimal_mark_of
from services.silver.rules.sheet import Sheet, rows_where, zeros

_MarkOf: TypeAlias = Callable[[], DecimalMark | None]

PRICES: Final = ("price", "_salePrice", "_regularPrice", "originalPrice")
_PLAIN: Final = pl.all().str.contains(r"^(?:0|[1-9][0-9]*)(?:\.[0-9]{1,2}|\.[0-9]{4,})?$")

_IN_DOUBT: Final = pl.first().str.contains(r"^[1-9][0-9]{0,2}\.[0-9]{3}$")


@dataclass(frozen=True, slots=True)
class _Reading:
    raw: pl.Series
    amount: pl.Series
    currency: pl.Series
    rule: pl.Series


def normalize_money(sheet: Sheet, decimal_mark: DecimalMark | None = None, catalog_currency: str | None = None) -> None:
    """Read prices, settle sale against list price, and fill and check the currency.

    Args:
        sheet: the chunk; uses the helper columns `_salePrice` and `_regularPrice`.
        decimal_mark: what the source's price columns use, when the caller knows more rows than this chunk.
        catalog_currency: ISO 4217 code that prices without any currency are in, and "$" where it is a dollar.
    """
    _normalize_money(sheet, decimal_mark, catalog_currency)
    if catalog_currency is not None:
        _default_currency(sheet, catalog_currency)


def _normalize_money(sheet: Sheet, decimal_mark: DecimalMark | None, catalog_currency: str | None) -> None:
    raws = {field: sheet.extras.pop(field, None) if field.startswith("_") else sheet.now.get(field) for field in PRICES}
    columns = {field: raw.alias(field) for field, raw in raws.items() if raw is not None}
    _normalize_currency(sheet)
    if (conflict := sheet.extras.pop("_currencyConflict", None)) is not None:
        message = "The currency column and the column of the price name different currencies."
        sheet.flag("money.currency_conflict", "currency", "warning", conflict, message)
    if not columns:
        return
    plain = pl.DataFrame(list(columns.values())).select_seq(_PLAIN)
    columns = {field: _settled_numbers(sheet, field, raw, ~plain[field]) for field, raw in columns.items()}
    # Few chunks have a price that needs the mark, so it is looked for when one asks.
    mark_of = cache(lambda: decimal_mark or decimal_mark_of(list(columns.values())))
    readings = {field: _read(sheet, field, raw, ~plain[field], mark_of) for field, raw in columns.items()}
    if readings.keys() == {"price"}:
        _keep(sheet, {"price": readings["price"]}, catalog_currency)
        return
    empty = pl.Series("", [None], dtype=pl.String).new_from_index(0, sheet.height)
    nothing = _Reading(empty, empty, empty, empty)
    _keep(sheet, _settled(sheet, *(readings.get(field, nothing) for field in PRICES)), catalog_currency)


def _settled_numbers(sheet: Sheet, field: str, raw: pl.Series, odd: pl.Series) -> pl.Series:
    """Return `raw` with JSON numbers such as 1.234 in a form that has one reading."""
    if not odd.any():
        return raw
    rows = rows_where(odd)
    cells = raw[rows]
    doubtful = cells.to_frame().select_seq(_IN_DOUBT).to_series()
    if not doubtful.any():
        return raw
    rows, cells = rows.filter(doubtful), cells.filter(doubtful)
    return raw.clone().scatter(rows, sheet.settled(field, rows, cells))


def _read(sheet: Sheet, field: str, raw: pl.Series, odd: pl.Series, mark_of: _MarkOf) -> _Reading:
    """Return amount, currency and rule for each cell; an unread cell has no amount and an issue."""
    nulls = pl.Series("", [None], dtype=pl.String).new_from_index(0, len(raw))
    if not odd.any():
        return _Reading(raw, raw, nulls, nulls)
    rows = rows_where(odd)
    texts = [clean_price(text) for text in raw.filter(odd).to_list()]
    notations = _notations([shape_of(text) for text in texts], mark_of)
    problems = {notation.problem for notation in notations}
    target = "price" if field.startswith("_") else field
    for problem, message in _PROBLEMS.items():
        if problem in problems:
            found = rows.filter(pl.Series([notation.problem == problem for notation in notations]))
            sheet.flag(problem, target, "error", zeros(len(raw), pl.UInt8).scatter(found, 1) == 1, message)
    amounts = list(map(amount_of, texts, notations))
    return _Reading(
        raw,
        raw.clone().scatter(rows, pl.Series(amounts, dtype=pl.String)),
        nulls.clone().scatter(rows, pl.Series([notation.currency for notation in notations], dtype=pl.String)),
        nulls.clone().scatter(rows, pl.Series([notation.rule for notation in notations])),
    )


_PROBLEMS: Final = {
    "money.unreadable": "The price is no single amount; give one number such as 19.99.",
    "money.ambiguous": "The price can be read in two ways (thousands or decimals); give it with two decimals.",
    "money.negative": "A price cannot be negative.",
}


def _notations(shapes: Sequence[str], mark_of: _MarkOf) -> list[Notation]:
    notations = [notation_of(shape, None) for shape in shapes]
    if any(notation.problem == "money.ambiguous" for notation in notations) and (mark := mark_of()):
        return [notation_of(shape, mark) for shape in shapes]
    return notations


_PARTS: Final = ("raw", "amount", "currency", "rule")
_LISTED: Final = [
    pl.when(pl.col("original_raw").is_null())
    .then(f"regular_{part}")
    .otherwise(f"original_{part}")
    .alias(f"listed_{part}")
    for part in _PARTS
]
_PAY, _SALE, _LIST = (pl.col(f"{name}_amount").cast(pl.Float64, strict=False) for name in ("price", "sale", "listed"))
_FULL: Final = pl.when(pl.col("price_raw").is_not_null()).then(_PAY).otherwise(_LIST)
_CASES: Final = {
    "only_listed": pl.col("price_raw").is_null()
    & pl.col("original_raw").is_null()
    & pl.col("regular_raw").is_not_null(),
    "on_sale": ((_SALE > 0) & (_FULL.is_null() | (_SALE < _FULL))).fill_null(value=False),
    "too_high": ((_SALE > _FULL) & (_FULL > 0)).fill_null(value=False),
}
_NOW: Final = [
    pl.when("on_sale")
    .then(f"sale_{part}")
    .when("only_listed")
    .then(f"listed_{part}")
    .otherwise(f"price_{part}")
    .alias(f"now_{part}")
    for part in _PARTS
]
_WAS: Final = [
    pl.when(pl.col("on_sale") & pl.col("listed_raw").is_null())
    .then(f"price_{part}")
    .when(pl.col("only_listed") & ~pl.col("on_sale"))
    .then(pl.lit(None, dtype=pl.String))
    .otherwise(f"listed_{part}")
    .alias(f"was_{part}")
    for part in _PARTS
]


def _settled(
    sheet: Sheet, price: _Reading, sale: _Reading, regular: _Reading, original: _Reading
) -> dict[str, _Reading]:
    """Decide which amount is the price to pay and which the price before; keep what the source said beside each.

    A regular price is the price when nothing else is (WooCommerce, Best Buy); an original price (MSRP, compare-at)
    never is.
    """
    readings = {"price": price, "sale": sale, "regular": regular, "original": original}
    frame = pl.DataFrame(
        [getattr(read, part).alias(f"{name}_{part}") for name, read in readings.items() for part in _PARTS]
    )
    frame = frame.with_columns_seq(_LISTED).with_columns_seq(**_CASES)
    chosen = frame.select_seq(*_NOW, *_WAS)
    message = "The sale price is above the price; it was left out."
    sheet.flag("money.sale_above_price", "price", "warning", frame["too_high"], message)
    fields = {"price": "now", "originalPrice": "was"}
    return {field: _Reading(*(chosen[f"{name}_{part}"] for part in _PARTS)) for field, name in fields.items()}


def _keep(sheet: Sheet, readings: dict[str, _Reading], catalog_currency: str | None) -> None:
    """Write what was read, each amount beside its own source, and take the currency from the price."""
    transformed = [(sheet.before[field], sheet.now[field]) for field in ("price", "originalPrice") if sheet.has(field)]
    transformed = [(source, now) for source, now in transformed if source is not now]
    for field, reading in readings.items():
        sheet.load(field, reading.raw)
        for source, now in transformed:
            rows = rows_where((reading.raw == now) & (source != now))
            sheet.retell(field, rows, source[rows], "mapping.transform")
        if reading.rule.null_count() == sheet.height:
            continue
        for rule in sorted(set(reading.rule.to_list()) - {None}):
            mask = reading.rule == rule
            sheet.replace(field, rows_where(mask), reading.amount.filter(mask), rule)
    _flag_amounts(sheet)
    _fill_currency(sheet, [reading.currency for reading in readings.values()], catalog_currency)


def _flag_amounts(sheet: Sheet) -> None:
    price = sheet.get("price").cast(pl.Float64, strict=False)
    sheet.flag("money.zero", "price", "warning", price == 0, "A price of 0 is refused by every channel.")
    if not sheet.has("originalPrice"):
        return
    original = sheet.get("originalPrice").cast(pl.Float64, strict=False)
    message = "The original price is below the price."
    below = (original < price) & (original > 0)
    sheet.flag("money.original_below_price", "originalPrice", "warning", below, message)


def _normalize_currency(sheet: Sheet) -> None:
    """Turn signs and lower-case codes into ISO 4217; an unknown one stays and is flagged."""
    if not sheet.has("currency"):
        return
    values = sheet.get("currency").to_list()
    known = {text: currency_code(text) or text for text in set(values)}
    if any(text != code for text, code in known.items()):
        codes = pl.Series("currency", [known[text] for text in values], dtype=pl.String)
        sheet.set("currency", codes, "money.currency_code")
    strange = {text for text, code in known.items() if code is not None and code not in ISO_4217}
    if not strange:
        return
    unknown = pl.Series([text in strange for text in values])
    sheet.flag("money.currency_unknown", "currency", "error", unknown, "The currency is no ISO 4217 code such as EUR.")


_ASSUMED: Final = (pl.col("named") == ASSUMED_USD).fill_null(value=False)
_SAID: Final = pl.col("named").str.strip_chars_start("?")
_FROM_PRICE: Final = {
    "said": _SAID,
    "missing": pl.col("own").is_null() & pl.col("named").is_not_null(),
    "assumed": _ASSUMED & pl.col("own").is_null(),
    "differs": ((pl.col("own") != _SAID) & ~_ASSUMED).fill_null(value=False),
}


def _fill_currency(sheet: Sheet, named: list[pl.Series], catalog_currency: str | None) -> None:
    """Take the currency that a price names where no column does, and report where both disagree.

    A bare dollar sign in a catalog of dollars names the catalog's.
    """
    named = [column.alias(str(index)) for index, column in enumerate(named) if column.null_count() < sheet.height]
    if not named:
        return
    first = pl.DataFrame(named).select_seq(pl.coalesce(pl.all())).to_series() if len(named) > 1 else named[0]
    if len(named) > 1:
        said = pl.DataFrame([first.alias("first"), *named]).select_seq(pl.all().str.strip_chars_start("?"))
        clash = said.select_seq(pl.any_horizontal(pl.exclude("first") != pl.col("first"))).to_series()
        message = "The prices of this product name different currencies."
        sheet.flag("money.currency_conflict", "price", "warning", clash.fill_null(value=False), message)
    found = pl.DataFrame([sheet.get("currency").alias("own"), first.alias("named")]).select_seq(**_FROM_PRICE)
    missing, assumed = found["missing"], found["assumed"]
    if catalog_currency in DOLLARS:
        missing, assumed = missing & ~assumed, assumed & False
    if missing.any():
        rows = rows_where(missing)
        sheet.replace("currency", rows, found["said"].filter(missing), "money.currency_in_price")
    sheet.flag(
        "money.dollar_assumed",
        "currency",
        "info",
        assumed,
        "The dollar sign was read as US dollars; give a currency code if it is another dollar.",
    )
    sheet.flag(
        "money.currency_conflict",
        "currency",
        "warning",
        found["differs"],
        "The price names another currency than the currency column; the column was kept.",
    )


def _default_currency(sheet: Sheet, code: str) -> None:
    """Give the catalog's currency to products with a price that say nothing of one."""
    priced = [sheet.get(field).is_not_null() for field in ("price", "originalPrice") if sheet.has(field)]
    if not priced:
        return
    bare = sheet.get("currency").is_null() & (priced[0] | priced[-1])
    rows = rows_where(bare)
    sheet.replace("currency", rows, pl.Series([code]).new_from_index(0, len(rows)), "money.catalog_currency")
