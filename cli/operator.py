"""Operators' work over gRPC with the internal token: making workspaces and keys before anybody has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
from assay.workspace.v1 import (
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    workspace_pb2,
    workspace_service_pb2,
    workspace_service_pb2_grpc,
)
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from cli.errors import CannotConnect, CliError, ServerRefused
from cli.settings import Settings

CALL_SECONDS = 10.0
TIERS = {
    "free": workspace_pb2.TIER_FREE,
    "pro": workspace_pb2.TIER_PRO,
    "business": workspace_pb2.TIER_BUSINESS,
    "enterprise": workspace_pb2.TIER_ENTERPRISE,
}
UNREACHABLE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class Operator:
    """Calls the workspace service as the stack itself does. Errors: ServerRefused, CannotConnect."""

    def __init__(self, channel: grpc.Channel, token: str, address: str) -> None:
        self._workspaces = workspace_service_pb2_grpc.WorkspaceServiceStub(channel)
        self._keys = api_key_service_pb2_grpc.ApiKeyServiceStub(channel)
        self._metadata = [("authorization", f"Bearer {token}")]
        self._address = address

    def ensure_workspace(self, workspace_id: str) -> bool:
        """Makes the workspace when it is missing; whether it did."""
        request = workspace_service_pb2.CreateWorkspaceRequest(workspace_id=workspace_id)
        try:
            self._workspaces.CreateWorkspace(request, metadata=self._metadata, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.ALREADY_EXISTS:
                return False
            raise self._translated(error) from None
        return True

    def create_key(self, workspace_id: str, name: str, scopes: Sequence[str], tier: str | None) -> workspace_pb2.ApiKey:
        """Makes a key; the answer carries the secret, this once."""
        request = api_key_service_pb2.CreateApiKeyRequest(
            workspace_id=workspace_id,
            name=name,
            permissions=scopes,
            tier=TIERS[tier] if tier else workspace_pb2.TIER_UNSPECIFIED,
        )
        try:
            answer = self._keys.CreateApiKey(request, metadata=self._metadata, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            raise self._translated(error) from None
        key: workspace_pb2.ApiKey = answer.api_key
        return key

    def _translated(self, error: grpc.RpcError) -> CliError:
        code = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
        if code in UNREACHABLE:
            return CannotConnect(
                f"the workspace service does not answer at {self._address}", "start the stack with `assay serve`"
            )
        return _refusal(error)


def _refusal(error: grpc.RpcError) -> ServerRefused:
    """The one ErrorInfo of a status and its field violations, as REST would show them."""
    status: Any = rpc_status.from_call(error) if isinstance(error, grpc.Call) else None
    reason, request_id = "UNKNOWN", ""
    violations: list[tuple[str, str]] = []
    for detail in status.details if status else ():
        info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason, request_id = info.reason, info.metadata.get("request_id", "")
        elif detail.Unpack(request):
            violations = [(item.field, item.description) for item in request.field_violations]
    code = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
    text = (error.details() if isinstance(error, grpc.Call) else None) or "the workspace service refused"
    return ServerRefused(int(code.value[0]), reason, text, violations, request_id)


@contextmanager
def operator(settings: Settings) -> Iterator[Operator]:
    """The stack's own access. CannotConnect when its token cannot be read."""
    address = settings.workspace_address or settings.address_of("workspace")
    with grpc.insecure_channel(address) as channel:
        yield Operator(channel, _token(settings), address)


def _token(settings: Settings) -> str:
    if settings.internal_token is not None:
        return settings.internal_token.get_secret_value()
    file = settings.home / "internal-token"
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CannotConnect(
            f"cannot read the stack's internal token {file}: {error.strerror}",
            "keys are made on the machine of the stack, by its user; ASSAY_HOME names its folder",
            "start the stack with `assay serve`",
        ) from None
