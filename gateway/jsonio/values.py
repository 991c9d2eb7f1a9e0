"""One JSON value → one field value. Each reader returns what the message takes, or raises Refused with the reason."""

from __future__ import annotations

import base64
import binascii
import datetime
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from google.protobuf import struct_pb2, timestamp_pb2
from google.protobuf.descriptor import FieldDescriptor

from gateway.jsonio.fields import enum_names, field_options
from gateway.jsonio.raw import json_text

Reader = Callable[[Any], Any]

INTEGERS: Mapping[int, tuple[int, int]] = {
    **dict.fromkeys((FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_SINT32), (-(2**31), 2**31 - 1)),
    **dict.fromkeys((FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_SINT64), (-(2**63), 2**63 - 1)),
    **dict.fromkeys((FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_FIXED32), (0, 2**32 - 1)),
    **dict.fromkeys((FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED64), (0, 2**64 - 1)),
}
FLOATS = (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT)
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z")


class Refused(ValueError):
    """The value does not fit; the text completes "field: …"."""


def scalar_reader(field: Any) -> Reader:
    """The reader of a field's values (entries, for a list) that are no messages of ours."""
    kind = field.type
    if kind == FieldDescriptor.TYPE_STRING:
        return _text_reader(field_options(field))
    if kind == FieldDescriptor.TYPE_BOOL:
        return _bool
    if kind == FieldDescriptor.TYPE_ENUM:
        return _enum_reader(field.enum_type)
    if kind == FieldDescriptor.TYPE_BYTES:
        return _bytes
    if kind in FLOATS:
        return _float
    return _integer_reader(*INTEGERS[kind])


def _text_reader(options: Any) -> Reader:
    if options.raw:
        return object_text
    if options.number_too:
        return _string_or_digits
    return _decimal if options.number else _string


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused("Must be a string.")
    return value


def _string_or_digits(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused("Must be a string or a whole number.")
    return str(value)


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused("Must be true or false.")
    return value


def _decimal(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Refused("Must be a number.")
    if isinstance(value, Decimal) and abs(value.adjusted()) > 100:  # 1e999999 would be written out digit by digit
        raise Refused("Is out of range.")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Refused("Must be a number.")
    number = float(value)
    if not math.isfinite(number):
        raise Refused("Is out of range.")
    return number


def _integer_reader(low: int, high: int) -> Reader:
    def read(value: Any) -> int:
        whole = isinstance(value, Decimal) and value.adjusted() < 20 and value == value.to_integral_value()
        if isinstance(value, bool) or not (isinstance(value, int) or whole):
            raise Refused("Must be a whole number.")
        if not low <= value <= high:
            raise Refused(f"Must be between {low} and {high}.")
        return int(value)

    return read


def _enum_reader(enum: Any) -> Reader:
    numbers = {name: number for number, name in enum_names(enum).items()}
    choice = ", ".join(f'"{name}"' for name in numbers)

    def read(value: Any) -> int:
        number = numbers.get(value) if isinstance(value, str) else None
        if number is None:
            raise Refused(f"Must be one of {choice}.")
        return number

    return read


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_string(value), validate=True)
    except binascii.Error:
        raise Refused("Must be base64.") from None


def timestamp(value: Any) -> timestamp_pb2.Timestamp:
    """RFC 3339 with any offset."""
    match = RFC3339.match(value) if isinstance(value, str) else None
    if match is None:
        raise Refused("Must be a time like 2026-01-31T12:00:00Z.")
    try:
        moment = datetime.datetime.fromisoformat(match[1].upper() + match[3].upper().replace("Z", "+00:00"))
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError):
        raise Refused("Is no time that exists.") from None
    return timestamp_pb2.Timestamp(seconds=seconds, nanos=int((match[2] or ".0")[1:].ljust(9, "0")))


def object_text(value: Any) -> str:
    """Any JSON object, as its text."""
    if not isinstance(value, dict):
        raise Refused("Must be an object.")
    return json_text(value)


def struct(value: Any) -> struct_pb2.Struct:
    """Any JSON object."""
    if not isinstance(value, dict):
        raise Refused("Must be an object.")
    message = struct_pb2.Struct()
    message.update(_plain(value))
    return message


def _plain(value: Any) -> Any:
    """Struct knows floats only; a number no float can hold is refused rather than made infinite."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _float(value)
    return value
