"""Prices whose column names their currency: "Price (EUR)", "price_usd", {"value": 9.99, "currency": "EUR"}.

Where a product has prices in several currencies, those in one of them are its prices: in the one that its own currency
column names, else in the catalog's, else in that of the first column. The others stay attributes; nothing is converted.

Sources: shops that sell in several countries export one price column per currency; in Google's Content API (Price) and
at schema.org (PriceSpecification) a price is an object of a value and a currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import polars as pl

from services.silver.rules.aliases import field_of
from services.silver.rules.currencies import currency_code
from services.silver.rules.header_plan import HeaderPlan, NamedPrice

Values: TypeAlias = dict[tuple[str, str], pl.Series]
"""What the source says, by canonical field or helper column and header."""

_OWN: Final = pl.col("own")
_CHOSEN: Final = pl.col("chosen")


@dataclass(frozen=True, slots=True)
class OneCurrency:
    """What the prices of a chunk are when each product has them in one currency."""

    values: Values
    currency: pl.Series
    """What the columns say of each product's currency, in the source's spelling."""
    conflict: pl.Series
    """Where the currency column and the columns of the prices disagree."""
    left: Mapping[str, pl.Series]
    """Header → its cells that are no part of the prices."""


def in_one_currency(values: Values, source: pl.DataFrame, plan: HeaderPlan, catalog: str | None) -> OneCurrency:
    """Take the prices in other currencies out of `values`.

    A currency column chooses among the prices. Where none is in its currency, the column of the price is believed, for
    it is about the price alone.
    """
    frame = _frame(values, source, plan)
    cells = [frame[f"price{place}"] for place in range(len(plan.prices))]
    frame = frame.with_columns_seq(_chosen(plan.prices, catalog).alias("chosen"))
    frame = frame.with_columns_seq(
        pl.when(_in(place).is_null() | (_in(place) == _CHOSEN)).then(f"price{place}").alias(f"price{place}")
        for place in range(len(plan.prices))
    )
    frame = frame.with_columns_seq(used.alias(f"used{place}") for place, used in enumerate(_used(plan)))
    taken = {(price.field, price.header): frame[f"price{place}"] for place, price in enumerate(plan.prices)}
    said = frame.select_seq(_said(plan))
    left = {}
    for place, (price, cell) in enumerate(zip(plan.prices, cells, strict=True)):
        if price.header.lower().startswith("variants."):
            continue
        other = frame.select_seq(_is_left(place, plan)).to_series() & cell.is_not_null()
        left[price.header] = _only(source[price.header], other)
        if price.beside:
            lone = cell.is_null() if field_of(price.beside) is None else pl.Series([False])
            left[price.beside] = _only(source[price.beside], other | lone)
    left = {header: column for header, column in left.items() if column.null_count() < len(column)}
    return OneCurrency(values | taken, said["currency"], said["conflict"], left)


def _frame(values: Values, source: pl.DataFrame, plan: HeaderPlan) -> pl.DataFrame:
    """Return prices and currencies by place in the plan, the other columns of prices, the own currency."""
    named = {(price.field, price.header) for price in plan.prices}
    columns = [values[price.field, price.header].alias(f"price{place}") for place, price in enumerate(plan.prices)]
    height = len(columns[0])
    none = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    for place, price in enumerate(plan.prices):
        currency = pl.Series([price.code]).new_from_index(0, height)
        columns.append((_codes(source[price.beside]) if price.beside else currency).alias(f"in{place}"))
    columns += [column.alias(_name(*origin)) for origin, column in values.items() if origin not in named]
    own = [values["currency", header] for header in plan.fields.get("currency", ())]
    written = pl.select(pl.coalesce([*own, none])).to_series()
    return pl.DataFrame([*columns, written.alias("written"), _codes(written).alias("own")])


def _name(field: str, header: str) -> str:
    return f"{field}\0{header}"


def _codes(texts: pl.Series) -> pl.Series:
    """Return the ISO 4217 code of each text, the text where it is none, null where it is blank."""
    codes = {text: currency_code(text) or text.strip() or None for text in set(texts.to_list()) if text}
    return pl.Series([codes.get(text or "") for text in texts.to_list()], dtype=pl.String)


def _in(place: int) -> pl.Expr:
    return pl.col(f"in{place}")


def _chosen(prices: Sequence[NamedPrice], catalog: str | None) -> pl.Expr:
    """Return the currency of each product's prices. The price before a reduction has no say beside a price."""
    candidates: list[pl.Expr] = []
    for said in _by_weight(prices):
        given = [(place, pl.col(f"price{place}").is_not_null()) for place in said]
        candidates += [pl.when(has & (_in(place) == _OWN)).then(_in(place)) for place, has in given]
        candidates += [pl.when(has & (_in(place) == catalog)).then(_in(place)) for place, has in given if catalog]
        candidates += [pl.when(has).then(_in(place)) for place, has in given]
    return pl.coalesce(candidates)


def _by_weight(prices: Sequence[NamedPrice]) -> tuple[list[int], list[int]]:
    """Return the places of the prices to pay, and of the original prices."""
    places = range(len(prices))
    return (
        [place for place in places if prices[place].field != "originalPrice"],
        [place for place in places if prices[place].field == "originalPrice"],
    )


def _used(plan: HeaderPlan) -> list[pl.Expr]:
    """Return for each of the plan's prices where it is the first of its field."""
    places = {(price.field, price.header): f"price{place}" for place, price in enumerate(plan.prices)}
    found = []
    for price in plan.prices:
        headers = plan.fields[price.field]
        before = headers[: headers.index(price.header)]
        earlier = [pl.col(places.get((price.field, header), _name(price.field, header))) for header in before]
        alone = [column.is_null() for column in earlier]
        found.append(pl.all_horizontal([pl.col(places[price.field, price.header]).is_not_null(), *alone]))
    return found


def _said(plan: HeaderPlan) -> list[pl.Expr]:
    paid, original = (
        pl.coalesce(pl.lit(None, dtype=pl.String), *(pl.when(f"used{place}").then(_in(place)) for place in said))
        for said in _by_weight(plan.prices)
    )
    return [
        pl.coalesce(paid, "written", original).alias("currency"),
        (pl.coalesce(paid, original) != _OWN).fill_null(value=False).alias("conflict"),
    ]


def _is_left(place: int, plan: HeaderPlan) -> pl.Expr:
    """Tell where a price is not used. In the currency of the one that is, it only says again what that says."""
    price = plan.prices[place]
    same = [pl.when(f"used{other}").then(_in(other)) for other, it in enumerate(plan.prices) if it.field == price.field]
    return ~pl.col(f"used{place}") & _in(place).ne_missing(pl.coalesce(same))


def _only(column: pl.Series, mask: pl.Series) -> pl.Series:
    return column.to_frame().select_seq(pl.when(mask).then(pl.first()).alias(column.name)).to_series()
