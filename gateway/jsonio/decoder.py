"""Plain JSON values and query parameters → messages, strictly.

Unknown names, wrong types, unknown enum values and numbers out of range are all named at once, with their paths. Only
`json_name` is a field's name. `null` means absent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor

from gateway.jsonio.fields import STRUCT, TIMESTAMP, field_options, is_map, message_class
from gateway.jsonio.values import INTEGERS, Reader, Refused, scalar_reader, struct, timestamp
from gateway.jsonio.violations import VIOLATIONS_LIMIT, Violation, joined

MemberReader = Callable[[Any, str, list[Violation]], Any]
SPECIAL = {TIMESTAMP: timestamp, STRUCT: struct}


class _Member(NamedTuple):
    """How a field is read: by `scalar` where one value without parts of its own is all there is."""

    name: str
    scalar: Reader | None
    read: MemberReader


class Decoder:
    """Builds messages of one type."""

    def __init__(self, descriptor: Any) -> None:
        self._class = message_class(descriptor)
        self._fields = {field.json_name: field for field in descriptor.fields}
        self._members = {field.json_name: _member(field) for field in descriptor.fields}
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
            found = self._members.get(name)
            if len(violations) >= VIOLATIONS_LIMIT:
                break
            if found is None or found.name in without:
                violations.append(Violation(joined(path, name), "Unknown field."))
            elif member is None:
                continue
            elif found.scalar is not None:
                # Most members of most requests: their paths are made only for those that are refused.
                try:
                    values[found.name] = found.scalar(member)
                except Refused as refused:
                    violations.append(Violation(joined(path, name), str(refused)))
            elif (read := found.read(member, joined(path, name), violations)) is not None:
                values[found.name] = read
        if self._required:
            violations.extend(
                Violation(joined(path, name), "Is required.")
                for name in self._required
                if self._fields[name].name not in without and value.get(name) is None
            )
        return values

    def decode_list(self, name: str, value: Any, violations: list[Violation]) -> Any:
        """The value of a repeated field that is a body of its own; entries at fault are named `[3].id`."""
        if not isinstance(value, list):
            violations.append(Violation("", "The body must be a JSON array."))
            return []
        return self._members[name].read(value, "", violations)

    def decode_path(self, parameters: Mapping[str, str], violations: list[Violation]) -> dict[str, Any]:
        """The same for the parameters of a path, which have the fields' own names."""
        values: dict[str, Any] = {}
        for name, text in parameters.items():
            field = self._class.DESCRIPTOR.fields_by_name[name]
            try:
                values[name] = _query_value(field, text)
            except Refused as refused:
                violations.append(Violation(field.json_name, str(refused)))
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


def _member(field: Any) -> _Member:
    if is_map(field):
        entry = field.message_type.fields_by_name["value"]
        # Map entries are the one place where a constructor takes messages only.
        return _Member(field.name, None, _map_reader(_built(entry) if _is_ours(entry) else _value_reader(entry)))
    single = _message_reader(field.message_type) if _is_ours(field) else _value_reader(field)
    if field.is_repeated:
        return _Member(field.name, None, _list_reader(single))
    return _Member(field.name, None if _is_ours(field) else _reader(field), single)


def _is_ours(field: Any) -> bool:
    return field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type.full_name not in SPECIAL


def _reader(field: Any) -> Reader:
    return SPECIAL[field.message_type.full_name] if field.message_type else scalar_reader(field)


def _message_reader(descriptor: Any) -> MemberReader:
    """Gives constructor arguments: a message of its own for each entry of a list would only be copied."""

    def read(value: Any, path: str, violations: list[Violation]) -> Any:
        return decoder_of(descriptor).decode(value, violations, path=path)

    return read


def _built(field: Any) -> MemberReader:
    decode = _message_reader(field.message_type)

    def read(value: Any, path: str, violations: list[Violation]) -> Any:
        before = len(violations)
        values = decode(value, path, violations)
        return decoder_of(field.message_type).build(values) if len(violations) == before else None

    return read


def _value_reader(field: Any) -> MemberReader:
    reader = _reader(field)

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
