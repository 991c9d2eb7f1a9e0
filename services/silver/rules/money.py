"""Prices and currencies.

Canonical: a plain decimal as text ("1299.00"), digits as the source wrote them, and an ISO 4217 code. "Differs from
the source" is about the notation: "19.90" and the JSON number 19.9 are plain decimals and stay, "19,90" and "$19.90"
change.

A separator that could be either kind ("1.234") is settled by what the rest of the price columns show; when they
show nothing it stays unread: the canonical price is null and an issue says so, the source value stays in the item.

Sources: Google (price, sale_price), Meta and OpenAI feed specifications; traps 7 and 8 of the channel facts.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import polars as pl

from services.silver.rules.currencies import ASSUMED, ISO_4217, SIGNS, SILENT, currency_code
from services.silver.rules.sheet import Sheet, rows_where, zeros

DecimalMark: TypeAlias = Literal[".", ","]

_PLAIN: Final = r"^(?:0|[1-9][0-9]*)(?:\.[0-9]{1,2}|\.[0-9]{4,})?$"
_NUMBER: Final = r"(?:[0-9][[0-9].,'’ _]*[0-9]|[0-9])"
_AMOUNT: Final = rf"([-−–]?\s?{_NUMBER}|[-−–]?[.,][0-9]+)"
_SPACES: Final = r"[\s\u{a0}\u{2000}-\u{200a}\u{202f}]+"
PRICES: Final = ("price", "_salePrice", "_regularPrice", "originalPrice")
_CELL: Final = pl.col("c")
_ONE_AMOUNT: Final = _CELL.str.contains(r"^[^0-9]{0,6}[0-9](?:[0-9.,'’ ]*[0-9])?[^0-9]{0,6}$")
_SHOWS_POINT: Final = _CELL.str.contains(
    r"[0-9]\.[0-9]{1,2}(?:[^0-9]*$)|[0-9],[0-9]{3}\.[0-9]|^[^0-9]*0\.[0-9]|\.[0-9]{4,}[^0-9]*$|[0-9],[0-9]{3},[0-9]{3}"
)
_SHOWS_COMMA: Final = _CELL.str.contains(
    r"[0-9],[0-9]{1,2}(?:[^0-9]*$)|[0-9]\.[0-9]{3},[0-9]|^[^0-9]*0,[0-9]|[0-9],[0-9]{4,}[^0-9]*$|[0-9]\.[0-9]{3}\.[0-9]{3}"
)
_NO_CENTS: Final = r"[.,](?:-{1,2}|–|—)"
_DOLLARS: Final = "USD|CAD|AUD|NZD|HKD|SGD|MXN|TWD|ARS|CLP|COP|BRL"
_NAMED_TWICE: Final = (
    rf"^(?:\$ ?({_DOLLARS})|({_DOLLARS}) ?\$|"
    r"€ ?(EUR)|(EUR) ?€|£ ?(GBP)|(GBP) ?£|¥ ?(JPY|CNY)|(JPY|CNY) ?¥)$"
)
_CURRENCY_OF: Final = {name: code for name in [*SIGNS, *sorted(ISO_4217)] if (code := currency_code(name))}


@dataclass(frozen=True, slots=True)
class _Reading:
    raw: pl.Series
    amount: pl.Series
    currency: pl.Series
    rule: pl.Series


def normalize_money(sheet: Sheet, decimal_mark: DecimalMark | None = None) -> None:
    """Read prices, settle sale against list price, and fill and check the currency.

    Args:
        sheet: the chunk; uses the helper columns `_salePrice` and `_regularPrice`.
        decimal_mark: what the source's price columns use, when the caller knows more rows than this chunk.
    """
    raws = {
        field: sheet.extras.pop(field, None) if field.startswith("_") else sheet.before.get(field) for field in PRICES
    }
    columns = {field: raw.alias(field) for field, raw in raws.items() if raw is not None}
    _normalize_currency(sheet)
    if not columns:
        return
    mark = decimal_mark or decimal_mark_of(list(columns.values()))
    readings = {field: _read(sheet, field, raw, mark) for field, raw in columns.items()}
    if readings.keys() == {"price"}:
        _keep(sheet, {"price": readings["price"]})
        return
    empty = pl.Series("", [None], dtype=pl.String).new_from_index(0, sheet.height)
    nothing = _Reading(empty, empty, empty, empty)
    _settle(sheet, *(readings.get(field, nothing) for field in PRICES))


def decimal_mark_of(columns: list[pl.Series]) -> DecimalMark | None:
    """Return the decimal mark that unambiguous prices in `columns` show, or None when there are none or both."""
    cells = pl.concat([column.alias("c") for column in columns]).to_frame()
    shown = cells.filter(_ONE_AMOUNT).select_seq(point=_SHOWS_POINT.any(), comma=_SHOWS_COMMA.any())
    point, comma = shown.row(0)
    if point == comma:
        return None
    return "." if point else ","


def _read(sheet: Sheet, field: str, raw: pl.Series, mark: DecimalMark | None) -> _Reading:
    """Return amount, currency and rule for each cell; an unread cell has no amount and an issue."""
    odd = ~raw.str.contains(_PLAIN)
    height = len(raw)
    nulls = pl.Series("", [None], dtype=pl.String).new_from_index(0, height)
    if not odd.any():
        return _Reading(raw, raw, nulls, nulls)
    rows = rows_where(odd)
    cells = pl.DataFrame({"raw": raw[rows]})
    # Prices repeat a lot; every distinct notation is read once.
    read = _parse(cells.unique(), mark)
    found = cells.join(read, on="raw", how="left", maintain_order="left")
    target = "price" if field.startswith("_") else field
    for rule in _PROBLEMS if found["problem"].null_count() < len(rows) else ():
        mask = zeros(height, pl.UInt8).scatter(rows.filter(found["problem"] == rule), 1) == 1
        sheet.flag(rule, target, "error", mask, _PROBLEMS[rule])
    return _Reading(
        raw,
        raw.clone().scatter(rows, found["amount"]),
        nulls.scatter(rows, found["currency"]),
        nulls.clone().scatter(rows, found["rule"]),
    )


_PROBLEMS: Final = {
    "money.unreadable": "The price is no single amount; give one number such as 19.99.",
    "money.ambiguous": "The price can be read in two ways (thousands or decimals); give it with two decimals.",
    "money.negative": "A price cannot be negative.",
}


def _parse(cells: pl.DataFrame, mark: DecimalMark | None) -> pl.DataFrame:
    """Read distinct price texts: raw → amount, currency, rule, problem."""
    cells = cells.with_columns_seq(
        text=pl.col("raw")
        .str.normalize("NFKC")
        .str.replace_all(_SPACES, " ")
        .str.replace_all(r"[\p{Cc}\p{Cf}]", "")
        .str.strip_chars(" '’\"")
    ).with_columns_seq(number=pl.col("text").str.extract(_AMOUNT, 1).str.strip_chars())
    cells = cells.with_columns_seq(
        # What stands beside the amount must be a currency or nothing: "from 9.99" and "10 - 20" are not one price.
        beside=(
            pl.col("text")
            .str.replace(_AMOUNT, " ")
            .str.replace_all(r"\s+", " ")
            .str.strip_chars(" ")
            .str.to_uppercase()
        ),
        negative=pl.col("number").str.contains(r"^[-−–]"),
        digits=pl.col("number").str.replace(r"^[-−–]\s?", "").str.replace_all(r"[ '’_]", "'"),
    )
    cells = cells.with_columns_seq(
        beside=pl.col("beside")
        .str.replace(_NO_CENTS, "")
        .str.replace(r"^[.,]$", "")
        .str.strip_chars_start(" .,/:")
        .str.strip_chars_end(" ,/:")
        .str.replace(_NAMED_TWICE, "$1$2$3$4$5$6$7$8"),
        # "1.299,-" has no cents, so its dot is no decimal point.
        shown=pl.col("text").str.extract(r"[0-9] ?([.,])(?:-{1,2}|–|—)", 1),
    )
    digits = pl.col("digits")
    dots, commas = digits.str.count_matches(".", literal=True), digits.str.count_matches(",", literal=True)
    last_is_comma = digits.str.contains(r",[^.]*$")
    ambiguous = digits.str.contains(r"^[1-9][0-9]{0,2}[.,][0-9]{3}$")
    one_kind = (dots == 0) | (commas == 0)
    decimal = (
        pl.when((dots + commas) == 0)
        .then(pl.lit(""))
        .when(ambiguous)
        .then(pl.coalesce("shown", pl.lit(mark, dtype=pl.String)))
        .when(~one_kind & last_is_comma & (commas == 1))
        .then(pl.lit(","))
        .when(~one_kind & ~last_is_comma & (dots == 1))
        .then(pl.lit("."))
        .when(one_kind & (dots == 1))
        .then(pl.lit("."))
        .when(one_kind & (commas == 1))
        .then(pl.lit(","))
        .when(one_kind)
        .then(pl.lit(""))
    )
    cells = cells.with_columns_seq(decimal=decimal, ambiguous=ambiguous)
    whole = (
        pl.when(pl.col("decimal") == ",")
        .then(digits.str.replace_all(".", "'", literal=True).str.replace(",", ".", literal=True))
        .when(pl.col("decimal") == ".")
        .then(digits.str.replace_all(",", "'", literal=True))
        .otherwise(digits.str.replace_all("[.,]", "'"))
    )
    cells = cells.with_columns_seq(amount=whole)
    sound = pl.col("amount").str.contains(
        r"^(?:[0-9]+|[0-9]{1,3}(?:'[0-9]{3})+|[0-9]{1,2}(?:'[0-9]{2})+'[0-9]{3})(?:\.[0-9]+)?$|^\.[0-9]+$"
    )
    cells = cells.with_columns_seq(
        currency=pl.col("beside").replace_strict(_CURRENCY_OF, default=None, return_dtype=pl.String),
        silent=pl.col("beside").is_in(sorted(SILENT)),
        sound=sound.fill_null(value=False),
    )
    named = pl.col("silent") | pl.col("currency").is_not_null()
    problem = (
        pl.when(pl.col("number").is_null() | ~named | (~pl.col("ambiguous") & ~pl.col("sound")))
        .then(pl.lit("money.unreadable"))
        .when(pl.col("ambiguous") & pl.col("decimal").is_null())
        .then(pl.lit("money.ambiguous"))
        .when(pl.col("negative"))
        .then(pl.lit("money.negative"))
    )
    plain = (
        pl.col("amount")
        .str.replace_all("'", "", literal=True)
        .str.replace(r"^0+([0-9])", "$1")
        .str.replace(r"^\.", "0.")
    )
    rule = (
        pl.when(pl.col("currency").is_not_null())
        .then(pl.lit("money.currency_in_price"))
        .when(pl.col("decimal") == ",")
        .then(pl.lit("money.decimal_comma"))
        .otherwise(pl.lit("money.notation"))
    )
    cells = cells.with_columns_seq(problem=problem)
    return cells.select_seq(
        "raw",
        "problem",
        amount=pl.when(pl.col("problem").is_null()).then(plain),
        currency=pl.when(pl.col("problem").is_null()).then(
            pl.when(pl.col("beside").is_in(sorted(ASSUMED))).then(pl.lit("?USD")).otherwise("currency")
        ),
        rule=pl.coalesce("problem", rule),
    )


def _settle(sheet: Sheet, price: _Reading, sale: _Reading, regular: _Reading, original: _Reading) -> None:
    """Decide which amount is the price to pay and which the price before; keep what the source said beside each.

    A regular price is the price when nothing else is (WooCommerce, Best Buy); an original price (MSRP, compare-at)
    never is.
    """
    readings = {"price": price, "sale": sale, "regular": regular, "original": original}
    parts = ("raw", "amount", "currency", "rule")
    frame = pl.DataFrame({f"{name}_{part}": getattr(read, part) for name, read in readings.items() for part in parts})
    use_regular = pl.col("original_raw").is_null()
    frame = frame.with_columns_seq(
        only_listed=pl.col("price_raw").is_null() & use_regular & pl.col("regular_raw").is_not_null()
    )
    frame = frame.with_columns_seq(
        **{
            f"listed_{part}": pl.when(use_regular).then(f"regular_{part}").otherwise(f"original_{part}")
            for part in parts
        }
    )
    value = {name: pl.col(f"{name}_amount").cast(pl.Float64, strict=False) for name in ("price", "sale", "listed")}
    full = pl.when(pl.col("price_raw").is_not_null()).then(value["price"]).otherwise(value["listed"])
    frame = frame.with_columns_seq(
        on_sale=((value["sale"] > 0) & (full.is_null() | (value["sale"] < full))).fill_null(value=False),
        too_high=((value["sale"] > full) & (full > 0)).fill_null(value=False),
    )
    pick = {}
    for part in parts:
        pick[f"now_{part}"] = (
            pl.when("on_sale")
            .then(f"sale_{part}")
            .when("only_listed")
            .then(f"listed_{part}")
            .otherwise(f"price_{part}")
        )
        pick[f"was_{part}"] = (
            pl.when(pl.col("on_sale") & pl.col("listed_raw").is_null())
            .then(f"price_{part}")
            .when(pl.col("only_listed") & ~pl.col("on_sale"))
            .then(pl.lit(None, dtype=pl.String))
            .otherwise(f"listed_{part}")
        )
    chosen = frame.select_seq(**pick)
    fields = {"price": "now", "originalPrice": "was"}
    _keep(sheet, {field: _Reading(*(chosen[f"{name}_{part}"] for part in parts)) for field, name in fields.items()})
    sheet.flag(
        "money.sale_above_price",
        "price",
        "warning",
        frame["too_high"],
        "The sale price is above the price; it was left out.",
    )


def _keep(sheet: Sheet, readings: dict[str, _Reading]) -> None:
    """Write what was read, each amount beside its own source, and take the currency from the price."""
    for field, reading in readings.items():
        sheet.load(field, reading.raw)
        if reading.rule.null_count() == sheet.height:
            continue
        for rule in reading.rule.drop_nulls().unique().sort():
            rows = rows_where(reading.rule == rule)
            sheet.replace(field, rows, reading.amount[rows], rule)
    _flag_amounts(sheet)
    named = pl.DataFrame([reading.currency.alias(field) for field, reading in readings.items()])
    _fill_currency(sheet, named.select_seq(pl.coalesce(pl.all()).alias("currency")).to_series())


def _flag_amounts(sheet: Sheet) -> None:
    amounts = sheet.frame(["price", "originalPrice"]).select_seq(pl.all().cast(pl.Float64, strict=False))
    sheet.flag("money.zero", "price", "warning", amounts["price"] == 0, "A price of 0 is refused by every channel.")
    if not sheet.has("originalPrice"):
        return
    below = (amounts["originalPrice"] < amounts["price"]) & (amounts["originalPrice"] > 0)
    message = "The original price is below the price."
    sheet.flag("money.original_below_price", "originalPrice", "warning", below, message)


def _normalize_currency(sheet: Sheet) -> None:
    """Turn signs and lower-case codes into ISO 4217; an unknown one stays and is flagged."""
    if not sheet.has("currency"):
        return
    values = sheet.get("currency")
    known = {text: currency_code(text) or text for text in values.drop_nulls().unique()}
    if any(text != code for text, code in known.items()):
        sheet.set("currency", values.replace(known), "money.currency_code")
    strange = [text for text in known.values() if text not in ISO_4217]
    if not strange:
        return
    unknown = sheet.get("currency").is_in(strange)
    sheet.flag("money.currency_unknown", "currency", "error", unknown, "The currency is no ISO 4217 code such as EUR.")


def _fill_currency(sheet: Sheet, from_price: pl.Series) -> None:
    """Take the currency that the price names where no column does, and report where both disagree."""
    if from_price.null_count() == len(from_price):
        return
    assumed = (from_price == "?USD").fill_null(value=False)
    from_price = from_price.str.strip_chars_start("?").alias("currency")
    own = sheet.get("currency")
    rows = rows_where(own.is_null() & from_price.is_not_null())
    if len(rows):
        sheet.replace("currency", rows, from_price[rows], "money.currency_in_price")
    sheet.flag(
        "money.dollar_assumed",
        "currency",
        "info",
        assumed & own.is_null(),
        "The dollar sign was read as US dollars; give a currency code if it is another dollar.",
    )
    differs = ((own != from_price) & ~assumed).fill_null(value=False)
    sheet.flag(
        "money.currency_conflict",
        "currency",
        "warning",
        differs,
        "The price names another currency than the currency column; the column was kept.",
    )
