"""The comments of the contracts, by full name of what they stand above.

Generated code has no comments, so `tools/build_protos.py` also writes gen/assay.binpb, a descriptor set with source
positions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from assay.options.v1 import options_pb2
from google.protobuf import descriptor_pb2

# gen/assay/options/v1/options_pb2.py → gen/
DESCRIPTOR_SET = Path(options_pb2.__file__).parents[3] / "assay.binpb"


@cache
def comments() -> Mapping[str, str]:
    """Comment by full name (assay.gold.v1.Gap.points), one paragraph of text each."""
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTOR_SET.read_bytes())
    found: dict[str, str] = {}
    for file in files.file:
        names = {tuple(path): name for path, name in _named(file)}
        for location in file.source_code_info.location:
            name = names.get(tuple(location.path))
            if name and location.leading_comments:
                found[name] = re.sub(r"\s+", " ", location.leading_comments).strip()
    return found


def summary_of(comment: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.;:])\s", comment, maxsplit=1)[0].rstrip(".;:")


# Numbers of the members in descriptor.proto, of which source paths are made.
FILE_MESSAGES, FILE_ENUMS, FILE_SERVICES = 4, 5, 6
MESSAGE_FIELDS, MESSAGE_NESTED, MESSAGE_ENUMS = 2, 3, 4
MEMBERS = 2


def _named(file: Any) -> Iterator[tuple[list[int], str]]:
    for number, message in enumerate(file.message_type):
        yield from _named_message([FILE_MESSAGES, number], f"{file.package}.{message.name}", message)
    for number, enum in enumerate(file.enum_type):
        yield from _with_members([FILE_ENUMS, number], f"{file.package}.{enum.name}", enum.value)
    for number, service in enumerate(file.service):
        yield from _with_members([FILE_SERVICES, number], f"{file.package}.{service.name}", service.method)


def _named_message(path: list[int], name: str, message: Any) -> Iterator[tuple[list[int], str]]:
    yield from _with_members(path, name, message.field, MESSAGE_FIELDS)
    for number, nested in enumerate(message.nested_type):
        yield from _named_message([*path, MESSAGE_NESTED, number], f"{name}.{nested.name}", nested)
    for number, enum in enumerate(message.enum_type):
        yield from _with_members([*path, MESSAGE_ENUMS, number], f"{name}.{enum.name}", enum.value)


def _with_members(path: list[int], name: str, members: Any, kind: int = MEMBERS) -> Iterator[tuple[list[int], str]]:
    yield path, name
    for number, member in enumerate(members):
        yield [*path, kind, number], f"{name}.{member.name}"
