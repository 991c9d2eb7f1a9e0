"""JSON Schemas of messages, the same reading of descriptors and options as gateway.jsonio's."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from gateway.jsonio.fields import STRUCT, TIMESTAMP, enum_names, field_options, is_map
from gateway.jsonio.values import INTEGERS
from gateway.openapi.comments import comments

Schema = dict[str, Any]


class Schemas:
    """Collects the schemas that answers refer to."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._full_names: dict[str, str] = {}

    def answer(self, descriptor: Any) -> Schema:
        """A reference to the schema of a message we write."""
        return self._component(self._name(descriptor), lambda: self.written(descriptor))

    def member(self, descriptor: Any, name: str) -> Schema:
        """The schema of one field of a message we write."""
        return self._field(descriptor.fields_by_name[name], written=True, described=False)

    def written(self, descriptor: Any) -> Schema:
        """The schema itself of a message we write."""
        properties, required = {}, []
        for field in descriptor.fields:
            options = field_options(field)
            schema = self._field(field, written=True)
            if field.has_presence and (options.nullable or options.nullable_unless):
                schema = nullable(schema)
            always = options.nullable if field.has_presence else not _may_be_left_out(options)
            if always:
                required.append(field.json_name)
            properties[field.json_name] = schema
        return _object(properties, required, comments().get(descriptor.full_name))

    def request(self, descriptor: Any, without: Collection[str], *, partial: bool = False) -> Schema:
        """The schema of a message we read, less the fields that come by the path.

        Every member of one that is `partial` may be absent, or null.
        """
        properties, required = {}, []
        for field in descriptor.fields:
            if field.name in without:
                continue
            schema = self._field(field, written=False)
            if field_options(field).required and not partial:
                required.append(field.json_name)
            elif field.has_presence or partial:
                schema = nullable(schema)
            properties[field.json_name] = schema
        return {**_object(properties, required, None), "additionalProperties": False}

    def parameter(self, field: Any) -> Schema:
        """The schema of a query parameter."""
        return self._field(field, written=False, described=False)

    def _name(self, descriptor: Any) -> str:
        """The message's name, with its package's before it where another one has the same."""
        name = str(descriptor.name)
        if self._full_names.setdefault(name, descriptor.full_name) != descriptor.full_name:
            name = descriptor.file.package.split(".")[1].capitalize() + name
        return name

    def _component(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self.components:
            # Known before it is made: a category has categories.
            self.components[name] = {}
            self.components[name].update(make())
        return {"$ref": f"#/components/schemas/{name}"}

    def _read(self, descriptor: Any) -> Schema:
        """The schema of a message in a message we read: in place, unless it goes on without end."""
        if descriptor not in _below(descriptor):
            return self.request(descriptor, ())
        return self._component(f"{self._name(descriptor)}Input", lambda: self.request(descriptor, ()))

    def _field(self, field: Any, *, written: bool, described: bool = True) -> Schema:
        if is_map(field):
            value = self._single(field.message_type.fields_by_name["value"], written)
            schema: Schema = {"type": "object", "additionalProperties": value}
        elif field.is_repeated:
            schema = {"type": "array", "items": self._single(field, written)}
        else:
            schema = self._single(field, written)
        comment = comments().get(field.full_name)
        return {**schema, "description": comment} if comment and described else schema

    def _single(self, field: Any, written: bool) -> Schema:
        kind = field.type
        if kind == FieldDescriptor.TYPE_MESSAGE:
            if field.message_type.full_name == TIMESTAMP:
                return {"type": "string", "format": "date-time"}
            if field.message_type.full_name == STRUCT:
                return {"type": "object"}
            return self.answer(field.message_type) if written else self._read(field.message_type)
        if kind == FieldDescriptor.TYPE_ENUM:
            return {"type": "string", "enum": list(enum_names(field.enum_type).values())}
        if kind in INTEGERS:
            return {"type": "integer", "format": "int64" if "64" in _type_name(field) else "int32"}
        if kind == FieldDescriptor.TYPE_BOOL:
            return {"type": "boolean"}
        if kind in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
            return {"type": "number"}
        if kind == FieldDescriptor.TYPE_BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        if field_options(field).number:
            # A string only in products whose source says something that is no number yet.
            return {"type": ["number", "string"]} if written else {"type": "number"}
        if field_options(field).raw:
            return {"type": "object"}
        if field_options(field).number_too and not written:
            return {"type": ["string", "integer"]}
        return {"type": "string"}


def nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    if "$ref" in schema:
        reference = {"$ref": schema["$ref"]}
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {"anyOf": [reference, {"type": "null"}], **rest}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [*kinds, "null"], **choices}


def _below(descriptor: Any) -> set[Any]:
    """Every message type that a message may hold, at any depth."""
    found: set[Any] = set()
    waiting = [descriptor]
    while waiting:
        new = {field.message_type for field in waiting.pop().fields if field.message_type} - found
        found |= new
        waiting += new
    return found


def _object(properties: dict[str, Schema], required: list[str], description: str | None) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if description:
        schema["description"] = description
    return schema


def _may_be_left_out(options: Any) -> bool:
    return bool(options.omit_empty or options.omit_with or options.omit_without)


def _type_name(field: Any) -> str:
    return next(
        name for name, number in vars(FieldDescriptor).items() if name.startswith("TYPE_") and number == field.type
    )
