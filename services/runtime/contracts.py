"""What the contracts say about their methods: scopes and kinds of stream, read from descriptors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from assay.options.v1 import options_pb2
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor


def methods_of(files: Iterable[FileDescriptor]) -> Iterator[MethodDescriptor]:
    """Every method of every service in the files."""
    for file in files:
        for service in file.services_by_name.values():
            yield from service.methods


def path_of(method: MethodDescriptor) -> str:
    """The method as it appears on the wire: /package.Service/Method."""
    return f"/{method.containing_service.full_name}/{method.name}"


def scopes_of(files: Iterable[FileDescriptor]) -> dict[str, str]:
    """Required scope by method path."""
    return {path_of(method): str(_extensions(method)[options_pb2.required_scope]) for method in methods_of(files)}


def _extensions(method: MethodDescriptor) -> Any:
    return method.GetOptions().Extensions


def streaming_methods_of(files: Iterable[FileDescriptor]) -> frozenset[str]:
    """Paths of the methods that stream in either direction."""
    return frozenset(
        path_of(method) for method in methods_of(files) if method.server_streaming or method.client_streaming
    )
