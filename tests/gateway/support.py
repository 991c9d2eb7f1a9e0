"""Fake services that are real gRPC servers, and the gateway as it runs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
from assay.gold.v1 import feed_service_pb2_grpc, gold_service_pb2_grpc
from assay.ingest.v1 import (
    batch_import_service_pb2_grpc,
    catalog_service_pb2_grpc,
    catalog_version_service_pb2_grpc,
    category_tree_service_pb2_grpc,
    import_service_pb2_grpc,
    item_schema_service_pb2_grpc,
    item_service_pb2_grpc,
    streaming_item_service_pb2_grpc,
)
from assay.silver.v1 import product_service_pb2_grpc, silver_service_pb2_grpc
from assay.workspace.v1 import (
    api_key_service_pb2_grpc,
    auth_service_pb2,
    auth_service_pb2_grpc,
    brand_service_pb2_grpc,
    category_service_pb2_grpc,
    job_service_pb2_grpc,
    settings_service_pb2_grpc,
    workspace_pb2,
    workspace_service_pb2_grpc,
)
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from gateway.contracts import rpcs
from gateway.server import make_server
from gateway.settings import SERVICES, GatewaySettings

INTERNAL_TOKEN = "assay_internal_test"
TOKEN = "sk_live_enterprise"
TIERS = {
    TOKEN: workspace_pb2.TIER_ENTERPRISE,
    "sk_live_free": workspace_pb2.TIER_FREE,
    "sk_live_free_2": workspace_pb2.TIER_FREE,
    "sk_live_pro": workspace_pb2.TIER_PRO,
    "sk_live_reader": workspace_pb2.TIER_ENTERPRISE,
    "sk_live_two": workspace_pb2.TIER_ENTERPRISE,
}
WORKSPACES_OF = {"sk_live_two": ["ws_demo", "ws_other"]}
SCOPES = sorted({rpc.scope for rpc in rpcs().values()})
SCOPES_OF = {"sk_live_reader": ["products:read", "catalogs:read"]}

ADDERS = {
    "workspace": [
        api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server,
        auth_service_pb2_grpc.add_AuthServiceServicer_to_server,
        brand_service_pb2_grpc.add_BrandServiceServicer_to_server,
        category_service_pb2_grpc.add_CategoryServiceServicer_to_server,
        job_service_pb2_grpc.add_JobServiceServicer_to_server,
        settings_service_pb2_grpc.add_SettingsServiceServicer_to_server,
        workspace_service_pb2_grpc.add_WorkspaceServiceServicer_to_server,
    ],
    "ingest": [
        batch_import_service_pb2_grpc.add_BatchImportServiceServicer_to_server,
        catalog_version_service_pb2_grpc.add_CatalogVersionServiceServicer_to_server,
        category_tree_service_pb2_grpc.add_CategoryTreeServiceServicer_to_server,
        item_schema_service_pb2_grpc.add_ItemSchemaServiceServicer_to_server,
        streaming_item_service_pb2_grpc.add_StreamingItemServiceServicer_to_server,
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server,
        import_service_pb2_grpc.add_ImportServiceServicer_to_server,
        item_service_pb2_grpc.add_ItemServiceServicer_to_server,
    ],
    "silver": [
        product_service_pb2_grpc.add_ProductServiceServicer_to_server,
        silver_service_pb2_grpc.add_SilverServiceServicer_to_server,
    ],
    "gold": [
        feed_service_pb2_grpc.add_FeedServiceServicer_to_server,
        gold_service_pb2_grpc.add_GoldServiceServicer_to_server,
    ],
}


class Refusal(Exception):
    """What a fake method raises to refuse a call the way the services do."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str = "",
        message: str = "refused",
        *,
        fields: dict[str, str] | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status_pb2.Status(code=code.value[0], message=message)
        if reason:
            self._pack(error_details_pb2.ErrorInfo(reason=reason, domain="assay", metadata=metadata or {}))
        if fields:
            bad = error_details_pb2.BadRequest()
            for name, text in fields.items():
                bad.field_violations.add(field=name, description=text)
            self._pack(bad)

    def _pack(self, detail: Any) -> None:
        packed = any_pb2.Any()
        packed.Pack(detail)
        self.status.details.append(packed)


@dataclass
class Fakes:
    """Methods by name; a test puts functions (request or request iterator, context) here and reads what was called."""

    methods: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, Any, dict[str, str]]] = field(default_factory=list)
    remaining: list[float] = field(default_factory=list)

    def last(self, name: str) -> Any:
        """The last request of a unary method."""
        return next(request for called, request, _ in reversed(self.calls) if called == name)

    def count(self, name: str) -> int:
        return sum(called == name for called, _, _ in self.calls)

    def metadata(self, name: str) -> dict[str, str]:
        return next(metadata for called, _, metadata in reversed(self.calls) if called == name)

    def __getattr__(self, name: str) -> Any:
        """As a servicer: any method. Streams are iterated under the same guard."""
        if name.startswith("_"):
            raise AttributeError(name)

        def serve(request: Any, context: Any) -> Any:
            self.calls.append((name, request, dict(context.invocation_metadata())))
            self.remaining.append(context.time_remaining())
            method = self.methods.get(name)
            if method is None:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the test gave no {name}")
            try:
                answer = method(request, context)
            except Refusal as refusal:
                context.abort_with_status(rpc_status.to_status(refusal.status))
            return _guarded(answer, context) if name in ("Normalize", "Score", "ReadFeed") else answer

        return serve


def _guarded(answer: Any, context: Any) -> Iterator[Any]:
    try:
        yield from answer
    except Refusal as refusal:
        context.abort_with_status(rpc_status.to_status(refusal.status))


def authenticate(request: Any, _context: Any) -> Any:
    if request.token not in TIERS:
        raise Refusal(grpc.StatusCode.UNAUTHENTICATED, "UNAUTHORIZED", "Invalid or expired token.")
    return auth_service_pb2.AuthenticateResponse(
        subject=f"key_{request.token}",
        tier=TIERS[request.token],
        workspace_ids=WORKSPACES_OF.get(request.token, ["ws_demo"]),
        scopes=SCOPES_OF.get(request.token, SCOPES),
    )


def settings_for(services: dict[str, Any], **more: Any) -> GatewaySettings:
    addresses = {f"{service}_address": services[service]["address"] for service in SERVICES}
    return GatewaySettings(**{"http_port": 0, "internal_token": INTERNAL_TOKEN, **addresses, **more})


class RunningGateway:
    """The gateway under uvicorn in a thread of its own."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._server, listening = make_server(settings)
        self.address = listening.getsockname()
        self.url = "http://{}:{}".format(*self.address)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        self.client = httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {TOKEN}"}, timeout=30)

    def close(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join()


def new_id() -> str:
    return str(uuid.uuid4())
