"""No text of a request holds U+0000.

PostgreSQL's texts cannot, and nothing that is named or searched for needs it. Refused here, for every call and whatever
the database, so that nothing behind has to think of it; what files hold is looked at where they are parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import grpc
from google.protobuf.struct_pb2 import Struct, Value

from services.runtime.context import Call
from services.runtime.errors import FieldViolation, ValidationError

NUL = "\0"
# More would not fit into an error's details anyway.
TOLD_FIELDS = 50


class TextsAround:
    """Looks at requests; of a client stream at the first message, the only one with texts."""

    def around(self, _call: Call, _context: grpc.ServicerContext) -> AbstractContextManager[None]:
        """Nothing to do around the call."""
        return nullcontext()

    def inspect(self, _call: Call, message: Any) -> None:
        """Raises ValidationError that names the fields at fault."""
        faults = [
            FieldViolation(field, f"{field} must not contain the character U+0000.")
            for field, _ in zip(_with_nul(message, ""), range(TOLD_FIELDS), strict=False)
        ]
        if faults:
            raise ValidationError(faults[0].message, violations=faults)


def _with_nul(message: Any, before: str) -> Iterator[str]:
    """Paths of the texts that hold U+0000; what is JSON is one of them."""
    for field, value in message.ListFields():
        path = before + field.json_name
        if field.type == field.TYPE_STRING:
            if isinstance(value, str):
                if NUL in value:
                    yield path
            else:
                yield from (f"{path}[{place}]" for place, text in enumerate(value) if NUL in text)
        elif field.message_type is None:
            continue
        elif field.message_type.full_name == Struct.DESCRIPTOR.full_name:
            if _in_struct(value):
                yield path
        elif hasattr(value, "ListFields"):
            yield from _with_nul(value, f"{path}.")
        else:
            for place, inner in enumerate(value):
                yield from _with_nul(inner, f"{path}[{place}].")


def _in_struct(value: Struct) -> bool:
    return any(NUL in name or _in_value(inner) for name, inner in value.fields.items())


def _in_value(value: Value) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _in_struct(value.struct_value)
    if kind == "list_value":
        return any(map(_in_value, value.list_value.values))
    return kind == "string_value" and NUL in value.string_value
