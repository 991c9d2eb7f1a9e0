"""Products written by API: checks of the documented fields, and the documents they become."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from google.protobuf import json_format
from google.protobuf.message import Message

from services.ingest.parsing.documents import encode_document
from services.ingest.parsing.headers import fold_header
from services.ingest.parsing.identity import MAX_ID_CHARS, usable_id
from services.ingest.parsing.json_window import DECODER
from services.runtime.errors import FieldViolation, ValidationError

MAX_TITLE_CHARS = 500
MAX_DESCRIPTION_CHARS = 5_000
MAX_TEXT_CHARS = 2_048
MAX_CATEGORY_LEVELS = 20
MAX_DIGITS, MAX_DECIMALS = 15, 4
DEFAULT_CURRENCY, DEFAULT_AVAILABILITY = "USD", "in_stock"

CURRENCY = re.compile(r"[A-Z]{3}")
_TEXTS = {
    "title": MAX_TITLE_CHARS,
    "description": MAX_DESCRIPTION_CHARS,
    "brand": MAX_TEXT_CHARS,
    "currency": 3,
    "primary_image_url": MAX_TEXT_CHARS,
    "sku": MAX_ID_CHARS,
    "gtin": MAX_TEXT_CHARS,
    "availability": MAX_TEXT_CHARS,
}
_MONEY = ("price", "original_price")
_ORDER = "title price original_price currency description brand category_path primary_image_url sku gtin availability"


def read_product(message: Message, *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields a CreateProductRequest or ProductInput sets, checked, by their documented names.

    Money becomes `Decimal`; an empty text stays empty (an update then removes the field). Raises ValidationError naming
    every field at fault.
    """
    values: dict[str, Any] = {}
    faults: list[FieldViolation] = []
    for name in (*_ORDER.split(), "attributes"):
        if not _is_set(message, name):
            continue
        try:
            values[name] = _read(name, getattr(message, name))
        except ValueError as fault:
            faults.append(FieldViolation(name, str(fault)))
    known_bad = {fault.field for fault in faults}
    faults += [
        FieldViolation(name, f"{name} is required.")
        for name in required
        if name not in known_bad and values.get(name, "") == ""
    ]
    if "title" in values and not values["title"] and "title" not in required:
        faults.append(FieldViolation("title", "title must not be empty."))
    if faults:
        raise ValidationError(" ".join(fault.message for fault in faults), violations=faults)
    return values


def whole_document(values: Mapping[str, Any]) -> bytes:
    """The document of a product that consists of these values only."""
    return encode_document({name: value for name, value in values.items() if value not in ("", {}, [])})


def merged_document(stored: str, changes: Mapping[str, Any]) -> bytes:
    """The stored document with changed fields: attributes merge by name, an empty text removes the field.

    A field the source spelt otherwise (`Title`, `Sale Price`) is replaced where it stands, so that the new value is
    the only one.
    """
    document: dict[str, Any] = DECODER.decode(stored)
    for name, value in changes.items():
        if name == "attributes" and isinstance(document.get(name), dict):
            document[name] = document[name] | value
            continue
        folded = fold_header(name)
        same = [key for key in document if key != name and fold_header(key) == folded]
        if same and name not in document:
            document = {name if key == same[0] else key: old for key, old in document.items()}
        for key in same:
            document.pop(key, None)
        document[name] = value
    return whole_document(document)


def check_product_id(product_id: str) -> str:
    """The id, if it can be one: 1-255 characters without control characters. Raises ValidationError."""
    if usable_id(product_id) != product_id:
        raise ValidationError.of(
            "productId", f"productId must have 1-{MAX_ID_CHARS} characters and no control characters."
        )
    return product_id


def _is_set(message: Message, name: str) -> bool:
    field = message.DESCRIPTOR.fields_by_name[name]
    return message.HasField(name) if field.has_presence else bool(getattr(message, name))


def _read(name: str, value: Any) -> Any:
    if name in _MONEY:
        return _money(name, value)
    if name == "category_path":
        return _category(list(value))
    if name == "attributes":
        return _plain_values(json_format.MessageToDict(value))
    return _text(name, value)


def _text(name: str, value: str) -> str:
    if len(value) > _TEXTS[name]:
        raise ValueError(f"{name} must have at most {_TEXTS[name]:,} characters.")
    value = value.strip()
    if not value:
        return value
    if name == "currency" and not CURRENCY.fullmatch(value):
        raise ValueError("currency must be an ISO 4217 code of three capital letters.")
    if name == "sku" and usable_id(value) is None:
        raise ValueError("sku must not contain control characters nor be a number a spreadsheet has rounded.")
    if name == "primary_image_url" and not _is_url(value):
        raise ValueError("primary_image_url must be an http or https URL.")
    return value


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", value)


def _money(name: str, value: str) -> Decimal:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{name} must be a number.") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{name} must be 0 or more.")
    sign, digits, exponent = amount.as_tuple()
    decimals = max(0, -int(exponent))
    if decimals > MAX_DECIMALS or len(digits) + max(0, int(exponent)) > MAX_DIGITS:
        raise ValueError(f"{name} must have at most {MAX_DIGITS} digits, {MAX_DECIMALS} of them decimals.")
    return Decimal(f"{abs(amount):f}") if sign or int(exponent) > 0 else amount


def _category(levels: list[str]) -> list[str]:
    if len(levels) > MAX_CATEGORY_LEVELS:
        raise ValueError(f"category_path must have at most {MAX_CATEGORY_LEVELS} levels.")
    if any(not level.strip() or len(level) > MAX_TEXT_CHARS for level in levels):
        raise ValueError("category_path must not contain empty levels.")
    return [level.strip() for level in levels]


def _plain_values(value: Any) -> Any:
    """A Struct knows doubles only, and no order: 2 should not come back as 2.0, nor the same content differ."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {name: _plain_values(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_plain_values(inner) for inner in value]
    return value
