"""What descriptors and our options say about fields and enum values in JSON."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from assay.options.v1 import options_pb2
from google.protobuf import message_factory

TIMESTAMP = "google.protobuf.Timestamp"
STRUCT = "google.protobuf.Struct"


def message_class(descriptor: Any) -> Any:
    """The generated class of a message type."""
    return message_factory.GetMessageClass(descriptor)


def field_options(field: Any) -> Any:
    """The FieldJson option of a field; all defaults when it has none."""
    return field.GetOptions().Extensions[options_pb2.json]


def is_map(field: Any) -> bool:
    """Whether a field is a map<…>."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


@cache
def enum_names(enum: Any) -> dict[int, str]:
    """JSON spelling by number: the option json_value, else the name without its prefix in lower case.

    UNSPECIFIED (0) is no value of the REST API: it is neither written nor read.
    """
    prefix = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", enum.name).upper() + "_"
    names = {}
    for value in enum.values:
        spelling = value.GetOptions().Extensions[options_pb2.json_value]
        plain = value.name.removeprefix(prefix)
        if value.number == 0 and plain == "UNSPECIFIED":
            continue
        names[value.number] = spelling or plain.lower()
    return names
