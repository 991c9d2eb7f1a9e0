"""WorkspaceService."""

from __future__ import annotations

import grpc
from assay.workspace.v1 import workspace_service_pb2 as pb
from assay.workspace.v1 import workspace_service_pb2_grpc

from services.workspace.stores.workspaces import WorkspaceStore
from services.workspace.validation import WORKSPACE_ID, WORKSPACE_ID_LIMIT_CHARS, Checks
from services.workspace.wire import workspace_message


class WorkspaceServicer(workspace_service_pb2_grpc.WorkspaceServiceServicer):
    """See the contract, assay/workspace/v1/workspace_service.proto."""

    def __init__(self, workspaces: WorkspaceStore) -> None:
        self._workspaces = workspaces

    def CreateWorkspace(
        self, request: pb.CreateWorkspaceRequest, _context: grpc.ServicerContext
    ) -> pb.CreateWorkspaceResponse:
        """Operators make workspaces."""
        checks = Checks()
        checks.pattern("workspaceId", request.workspace_id, WORKSPACE_ID, WORKSPACE_ID_LIMIT_CHARS)
        name = checks.name("name", request.name or request.workspace_id)
        checks.done()
        return pb.CreateWorkspaceResponse(
            workspace=workspace_message(self._workspaces.create(request.workspace_id, name))
        )

    def GetWorkspace(self, request: pb.GetWorkspaceRequest, _context: grpc.ServicerContext) -> pb.GetWorkspaceResponse:
        """The caller's workspace."""
        return pb.GetWorkspaceResponse(workspace=workspace_message(self._workspaces.get(request.workspace_id)))
