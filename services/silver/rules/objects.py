"""Objects that say one thing: {"value": 1.5, "unit": "kg"} is a measure, {"value": 9.99, "currency": "EUR"} a price.

Sources: schema.org (QuantitativeValue, MonetaryAmount), Google's Content API (Price, ProductShippingWeight), Shopify's
GraphQL API (Weight, MoneyV2). An object with anything else in it says something else, and is left alone.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from services.silver.rules.keys import text_key

AMOUNTS: Final = ("value", "amount")
CURRENCIES: Final = ("currency", "currencycode", "isocurrency")
_UNITS: Final = ("unit", "units", "unittext", "uom", "unitofmeasure", "unitcode")
_THREE_DECIMALS: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")


def number_text(number: str) -> str:
    """Return the text of a JSON number so that its point can be nothing but a decimal mark: "1.234" as "1.2340".

    As a text alone, "1.234" may be a thousand and more.
    """
    return f"{number}0" if _THREE_DECIMALS.fullmatch(number) else number


def measure_of(item: Mapping[str, Any]) -> str | None:
    """Return "1.5 kg" for an object of a value and its unit, None for any other."""
    parts = _parts(item, _UNITS)
    return parts and f"{parts[0]} {parts[1] or ''}".strip()


def measure_in_cell(cell: str) -> str | None:
    """Return the same for an object as JSON text."""
    item = _object(cell)
    return measure_of(item) if item else None


def price_in_cell(cell: str) -> dict[str, str]:
    """Return value and currency of an object as JSON text, nothing for any other text."""
    item = _object(cell)
    parts = _parts(item, CURRENCIES) if item else None
    if not parts:
        return {}
    return {"value": parts[0]} | ({"currency": parts[1]} if parts[1] else {})


def _object(cell: str) -> dict[str, Any] | None:
    try:
        item = orjson.loads(cell)
    except orjson.JSONDecodeError:
        return None
    return item if isinstance(item, dict) else None


def _parts(item: Mapping[str, Any], kinds: tuple[str, ...]) -> tuple[str, str | None] | None:
    """Return the amount and what it is in."""
    by_key = {text_key(name): value for name, value in item.items() if value is not None}
    by_key.pop("type", None)  # "@type" of schema.org
    amounts = [by_key.pop(name) for name in AMOUNTS if name in by_key]
    others = [by_key.pop(name) for name in kinds if name in by_key]
    if by_key or len(amounts) != 1 or not all(isinstance(other, str) for other in others):
        return None
    amount = amounts[0]
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        amount = number_text(orjson.dumps(amount).decode().removesuffix(".0"))
    return (amount, next(iter(others), None)) if isinstance(amount, str) and amount.strip() else None
