"""AuthService."""

from __future__ import annotations

import grpc
from assay.workspace.v1 import auth_service_pb2 as pb
from assay.workspace.v1 import auth_service_pb2_grpc, workspace_pb2

from services.runtime.interceptors.auth import Authenticator


class AuthServicer(auth_service_pb2_grpc.AuthServiceServicer):
    """See the contract, assay/workspace/v1/auth_service.proto."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def Authenticate(self, request: pb.AuthenticateRequest, _context: grpc.ServicerContext) -> pb.AuthenticateResponse:
        """Says who a token is."""
        principal = self._authenticator.authenticate(request.token)
        return pb.AuthenticateResponse(
            subject=principal.subject,
            workspace_ids=sorted(principal.workspace_ids),
            scopes=sorted(principal.scopes),
            tier=workspace_pb2.Tier.Name(principal.tier),
        )
