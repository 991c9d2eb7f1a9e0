"""Messages → JSON. One writer per field, chosen when a message type is first seen.

Rules: names are `json_name`; enum values as `fields.enum_names`; fields with implicit presence are always written and
absent optional ones left out, except as our FieldJson option says (protos/assay/options/v1/options.proto); times are
RFC 3339 in UTC; decimal strings with `number` become JSON numbers, digit by digit; texts with `raw` are JSON already;
64-bit integers are numbers.
"""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Callable
from typing import Any

import orjson
from google.protobuf.descriptor import FieldDescriptor

from gateway.jsonio.fields import STRUCT, TIMESTAMP, enum_names, field_options, is_map

JsonObject = dict[str, Any]
FieldWriter = Callable[[Any, JsonObject], None]
ValueWriter = Callable[[Any], Any]

DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
EPOCH = datetime.datetime(1970, 1, 1)
EXACT_INTEGERS = 2**53

_WRITERS: dict[str, ValueWriter] = {}
"""By the message type's full name."""


def dumps(value: Any) -> bytes:
    """JSON bytes of what `as_json` gives."""
    return orjson.dumps(value)


def as_json(message: Any) -> Any:
    """What `dumps` takes for a message."""
    return _value_writer_of(message.DESCRIPTOR)(message)


def member_as_json(message: Any, name: str) -> Any:
    """What `dumps` takes for one field of a message: an object, a list, or a plain value."""
    field = message.DESCRIPTOR.fields_by_name[name]
    write, value = _scalar_writer(field), getattr(message, name)
    if field.is_repeated:
        return list(value) if write is None else [write(entry) for entry in value]
    return value if write is None else write(value)


def _value_writer_of(descriptor: Any) -> ValueWriter:
    if descriptor.full_name == TIMESTAMP:
        return _timestamp
    if descriptor.full_name == STRUCT:
        return _struct
    known = _WRITERS.get(descriptor.full_name)
    if known is not None:
        return known
    writers: list[FieldWriter] = []

    def write(message: Any) -> JsonObject:
        out: JsonObject = {}
        for writer in writers:
            writer(message, out)
        return out

    # Known before its fields are looked at: a category has categories.
    _WRITERS[descriptor.full_name] = write
    writers += [_field_writer(field) for field in descriptor.fields]
    return write


def _field_writer(field: Any) -> FieldWriter:
    name, key, options = field.name, field.json_name, field_options(field)
    if is_map(field):
        entry = _scalar_writer(field.message_type.fields_by_name["value"])
        return _map_writer(name, key, entry, options)
    value = _scalar_writer(field)
    if field.is_repeated:
        return _list_writer(name, key, value, options)
    if field.has_presence:
        return _optional_writer(name, key, value, options.nullable, options.nullable_unless)
    if value is None:

        def write_plain(message: Any, out: JsonObject) -> None:
            out[key] = getattr(message, name)

        return write_plain
    if field.type == FieldDescriptor.TYPE_ENUM:

        def write_enum(message: Any, out: JsonObject) -> None:
            text = value(getattr(message, name))
            if text is not None:
                out[key] = text

        return write_enum

    def write(message: Any, out: JsonObject) -> None:
        out[key] = value(getattr(message, name))

    return write


def _optional_writer(name: str, key: str, value: ValueWriter | None, nullable: bool, unless: str) -> FieldWriter:
    def write(message: Any, out: JsonObject) -> None:
        if message.HasField(name):
            content = getattr(message, name)
            out[key] = content if value is None else value(content)
        elif nullable or (unless and not _is_set(message, unless)):
            out[key] = None

    return write


def _list_writer(name: str, key: str, value: ValueWriter | None, options: Any) -> FieldWriter:
    is_left_out = _leaving_out(options)

    def write(message: Any, out: JsonObject) -> None:
        content = getattr(message, name)
        if is_left_out(message, content):
            return
        out[key] = list(content) if value is None else [value(entry) for entry in content]

    return write


def _map_writer(name: str, key: str, value: ValueWriter | None, options: Any) -> FieldWriter:
    is_left_out = _leaving_out(options)

    def write(message: Any, out: JsonObject) -> None:
        content = getattr(message, name)
        if is_left_out(message, content):
            return
        # In order, like a Struct's members.
        out[key] = {str(entry): content[entry] if value is None else value(content[entry]) for entry in sorted(content)}

    return write


def _leaving_out(options: Any) -> Callable[[Any, Any], bool]:
    """Whether a list or map of a message is left out, as its option says."""
    omit_empty, omit_with, omit_without = options.omit_empty, options.omit_with, options.omit_without

    def is_left_out(message: Any, content: Any) -> bool:
        if omit_empty and not content:
            return True
        if omit_with and _is_set(message, omit_with):
            return True
        return bool(omit_without) and not _is_set(message, omit_without)

    return is_left_out


def _is_set(message: Any, name: str) -> bool:
    field = message.DESCRIPTOR.fields_by_name[name]
    return message.HasField(name) if field.has_presence else bool(getattr(message, name))


def _scalar_writer(field: Any) -> ValueWriter | None:
    """How one value of a field becomes JSON; None: as it is."""
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return _value_writer_of(field.message_type)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return enum_names(field.enum_type).get
    if field.type == FieldDescriptor.TYPE_BYTES:
        return lambda data: base64.b64encode(data).decode()
    if field_options(field).number:
        return _number
    return orjson.Fragment if field_options(field).raw else None


def _number(text: str) -> Any:
    # Bronze products carry what the source said: what is no decimal stays a string rather than being lost.
    return orjson.Fragment(text) if DECIMAL.match(text) else text


def _timestamp(message: Any) -> str:
    moment = EPOCH + datetime.timedelta(seconds=message.seconds)
    nanos = message.nanos
    if not nanos:
        return f"{moment.isoformat()}Z"
    digits = f"{nanos:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{moment.isoformat()}.{digits}Z"


def _struct(message: Any) -> JsonObject:
    # A protobuf map forgets the order and gives another one each time: sorted, equal answers are equal bytes.
    return {key: _struct_value(value) for key, value in sorted(message.fields.items())}


def _struct_value(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < EXACT_INTEGERS else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return _struct(value.struct_value)
    if kind == "list_value":
        return [_struct_value(entry) for entry in value.list_value.values]
    return None
