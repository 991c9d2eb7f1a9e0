"""What the contracts say: services, methods, routes, scopes and comments, read from descriptors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from assay.gold.v1 import feed_service_pb2, gold_service_pb2
from assay.ingest.v1 import (
    batch_import_service_pb2,
    catalog_service_pb2,
    catalog_version_service_pb2,
    category_tree_service_pb2,
    import_service_pb2,
    item_schema_service_pb2,
    item_service_pb2,
    streaming_item_service_pb2,
)
from assay.options.v1 import options_pb2
from assay.silver.v1 import product_service_pb2, silver_service_pb2
from assay.workspace.v1 import (
    api_key_service_pb2,
    auth_service_pb2,
    brand_service_pb2,
    category_service_pb2,
    job_service_pb2,
    settings_service_pb2,
    workspace_service_pb2,
)
from google.api import annotations_pb2
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

# The files of each service, by the name its address goes under in the settings.
FILES: dict[str, tuple[FileDescriptor, ...]] = {
    service: tuple(module.DESCRIPTOR for module in modules)
    for service, modules in {
        "workspace": (
            api_key_service_pb2,
            auth_service_pb2,
            brand_service_pb2,
            category_service_pb2,
            job_service_pb2,
            settings_service_pb2,
            workspace_service_pb2,
        ),
        "ingest": (
            batch_import_service_pb2,
            catalog_service_pb2,
            catalog_version_service_pb2,
            category_tree_service_pb2,
            import_service_pb2,
            item_schema_service_pb2,
            item_service_pb2,
            streaming_item_service_pb2,
        ),
        "silver": (product_service_pb2, silver_service_pb2),
        "gold": (feed_service_pb2, gold_service_pb2),
    }.items()
}


@dataclass(frozen=True)
class Binding:
    """One google.api.http rule of a method, `additional_bindings` being rules of their own."""

    verb: str
    template: str
    body: str
    response_body: str

    @property
    def is_items(self) -> bool:
        """Whether it belongs to the batch Items API, whose addresses are all those outside /api/."""
        return not self.template.startswith("/api/")


@dataclass(frozen=True)
class Rpc:
    """A method and what its options say."""

    service: str
    descriptor: Any
    bindings: tuple[Binding, ...]
    scope: str
    exemption: str

    @property
    def name(self) -> str:
        """Full name: assay.silver.v1.SilverService.Normalize."""
        return str(self.descriptor.full_name)

    @property
    def path(self) -> str:
        """The method on the wire: /assay.silver.v1.SilverService/Normalize."""
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"


@cache
def rpcs() -> dict[str, Rpc]:
    """Every RPC of every service, by full name."""
    found = {}
    for service, files in FILES.items():
        for file in files:
            for descriptor in file.services_by_name.values():
                for method in descriptor.methods:
                    found[method.full_name] = _rpc(service, method)
    return found


def rpc(name: str) -> Rpc:
    """One RPC by its name below `assay.`: rpc("silver.v1.SilverService.Normalize")."""
    return rpcs()[f"assay.{name}"]


def health_names(service: str) -> list[str]:
    """Names under which a service's process reports its health."""
    return [descriptor.full_name for file in FILES[service] for descriptor in file.services_by_name.values()]


def _rpc(service: str, method: MethodDescriptor) -> Rpc:
    options: Any = method.GetOptions()
    return Rpc(
        service=service,
        descriptor=method,
        bindings=tuple(_bindings(options.Extensions[annotations_pb2.http])),
        scope=options.Extensions[options_pb2.required_scope],
        exemption=options.Extensions[options_pb2.http_exempt],
    )


def _bindings(rule: Any) -> Iterator[Binding]:
    verb = rule.WhichOneof("pattern")
    if verb is None:
        return
    if verb == "custom":
        yield Binding(rule.custom.kind, rule.custom.path, rule.body, rule.response_body)
    else:
        yield Binding(verb.upper(), getattr(rule, verb), rule.body, rule.response_body)
    for more in rule.additional_bindings:
        yield from _bindings(more)
