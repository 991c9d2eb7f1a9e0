"""SettingsService."""

from __future__ import annotations

import grpc
from assay.workspace.v1 import settings_service_pb2 as pb
from assay.workspace.v1 import settings_service_pb2_grpc

from services.workspace.pipeline_settings import changes_of, settings_message
from services.workspace.servicers.caller import caller
from services.workspace.stores.pipeline_settings import PipelineSettingsStore


class SettingsServicer(settings_service_pb2_grpc.SettingsServiceServicer):
    """See the contract, assay/workspace/v1/settings_service.proto."""

    def __init__(self, settings: PipelineSettingsStore) -> None:
        self._settings = settings

    def GetPipelineSettings(
        self, request: pb.GetPipelineSettingsRequest, _context: grpc.ServicerContext
    ) -> pb.GetPipelineSettingsResponse:
        """The settings, whole."""
        row = self._settings.get(request.workspace_id)
        return pb.GetPipelineSettingsResponse(settings=settings_message(row))

    def UpdatePipelineSettings(
        self, request: pb.UpdatePipelineSettingsRequest, _context: grpc.ServicerContext
    ) -> pb.UpdatePipelineSettingsResponse:
        """Writes some of them."""
        changes = changes_of(request.settings, list(request.update_mask.paths) or None)
        who = caller()
        row = self._settings.change(request.workspace_id, changes, None if who.internal else who.subject)
        return pb.UpdatePipelineSettingsResponse(settings=settings_message(row))
