"""Plain JSON values and query parameters → messages, strictly.

Unknown names, wrong types, unknown enum values and numbers out of range are all named at once, with their paths. Only
`json_name` is a field's name. `null` means absent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from gateway.jsonio.fields import STRUCT, TIMESTAMP, field_options, is_map, message_class
from gateway.jsonio.values import INTEGERS, Refused, scalar_reader, struct, timestamp
from gateway.jsonio.violations import VIOLATIONS_LIMIT, Violation, joined

MemberReader = Callable[[Any, str, list[Violation]], Any]
SPECIAL = {TIMESTAMP: timestamp, STRUCT: struct}


class Decoder:
    """Builds messages of one type."""

    def __init__(self, descriptor: Any) -> None:
        self._class = message_class(descriptor)
        self._fields = {field.json_name: field for field in descriptor.fields}
        self._readers = {field.json_name: _member_reader(field) for field in descriptor.fields}
        self._required = [field.json_name for field in descriptor.fields if field_options(field).required]

    def decode(
        self, value: Any, violations: list[Violation], *, path: str = "", without: Collection[str] = ()
    ) -> dict[str, Any]:
        """Constructor arguments of the message, by field name; what is wrong is added to `violations`.

        `without`: fields (by field name) that this object may not carry, because the path does.
        """
        if not isinstance(value, dict):
            violations.append(Violation(path, "Must be an object." if path else "The body must be a JSON object."))
            return {}
        values: dict[str, Any] = {}
        for name, member in value.items():
            field = self._fields.get(name)
            if len(violations) >= VIOLATIONS_LIMIT:
                break
            if field is None or field.name in without:
                violations.append(Violation(joined(path, name), "Unknown field."))
            elif member is not None:
                read = self._readers[name](member, joined(path, name), violations)
                if read is not None:
                    values[field.name] = read
        violations.extend(
            Violation(joined(path, name), "Is required.")
            for name in self._required
            if self._fields[name].name not in without and value.get(name) is None
        )
        return values

    def decode_query(
        self, parameters: Iterable[tuple[str, str]], violations: list[Violation], *, without: Collection[str] = ()
    ) -> dict[str, Any]:
        """The same for query parameters: scalars and lists of scalars, the latter by repeating the name."""
        values: dict[str, Any] = {}
        for name, text in parameters:
            field = self._fields.get(name)
            if len(violations) >= VIOLATIONS_LIMIT:
                break
            if field is None or field.name in without or not _fits_query(field):
                violations.append(Violation(name, "Unknown parameter."))
                continue
            try:
                read = _query_value(field, text)
            except Refused as refused:
                violations.append(Violation(name, str(refused)))
                continue
            if field.is_repeated:
                values.setdefault(field.name, []).append(read)
            elif field.name in values:
                violations.append(Violation(name, "Given more than once."))
            else:
                values[field.name] = read
        return values

    def build(self, values: dict[str, Any]) -> Any:
        """The message."""
        return self._class(**values)


@cache
def decoder_of(descriptor: Any) -> Decoder:
    """The decoder of a message type, made once."""
    return Decoder(descriptor)


def _member_reader(field: Any) -> MemberReader:
    if is_map(field):
        return _map_reader(_single_reader(field.message_type.fields_by_name["value"]))
    single = _single_reader(field)
    return _list_reader(single) if field.is_repeated else single


def _single_reader(field: Any) -> MemberReader:
    if field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type.full_name not in SPECIAL:
        descriptor = field.message_type

        def read_message(value: Any, path: str, violations: list[Violation]) -> Any:
            decoder = decoder_of(descriptor)
            before = len(violations)
            values = decoder.decode(value, violations, path=path)
            return decoder.build(values) if len(violations) == before else None

        return read_message
    reader = SPECIAL[field.message_type.full_name] if field.message_type else scalar_reader(field)

    def read(value: Any, path: str, violations: list[Violation]) -> Any:
        try:
            return reader(value)
        except Refused as refused:
            violations.append(Violation(path, str(refused)))
            return None

    return read


def _list_reader(single: MemberReader) -> MemberReader:
    def read(value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, list):
            violations.append(Violation(path, "Must be a list."))
            return None
        entries = []
        for number, entry in enumerate(value):
            if len(violations) >= VIOLATIONS_LIMIT:
                break
            entries.append(single(entry, f"{path}[{number}]", violations))
        return entries

    return read


def _map_reader(single: MemberReader) -> MemberReader:
    def read(value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, dict):
            violations.append(Violation(path, "Must be an object."))
            return None
        return {key: single(entry, joined(path, key), violations) for key, entry in value.items()}

    return read


def _fits_query(field: Any) -> bool:
    return field.message_type is None or field.message_type.full_name == TIMESTAMP


def _query_value(field: Any, text: str) -> Any:
    if field.message_type is not None:
        return timestamp(text)
    if field.type in INTEGERS:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
            raise Refused("Must be a whole number.")
        return scalar_reader(field)(int(text))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return scalar_reader(field)({"true": True, "false": False}.get(text))
    return scalar_reader(field)(text)
