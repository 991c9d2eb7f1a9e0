"""What follows an import: a Silver run over the catalog, where the workspace wants it so."""

from __future__ import annotations

import grpc
from assay.common.v1 import run_pb2
from assay.silver.v1 import silver_service_pb2, silver_service_pb2_grpc
from assay.workspace.v1 import settings_pb2

from services.runtime.jobs import Follower, Job, Outcome, begun


class SilverAfterImport:
    """See `services.runtime.jobs.Follow`. The settings are those of the moment in which the import was accepted."""

    def __init__(self, channel: grpc.Channel) -> None:
        """`channel`: to the Silver service."""
        self._stub = silver_service_pb2_grpc.SilverServiceStub(channel)

    def __call__(self, job: Job, outcome: Outcome) -> Follower | None:
        """Silver, after an import that created or changed products; nothing where runs are to write nothing."""
        settings: settings_pb2.PipelineSettings | None = job.settings
        if settings is None or not settings.auto_trigger_silver or settings.preview_mode:
            return None
        if outcome.status != "completed" or not (outcome.result["created"] or outcome.result["updated"]):
            return None
        request = silver_service_pb2.NormalizeRequest(
            workspace_id=job.workspace_id, catalog_id=job.target, scope=run_pb2.SCOPE_ALL
        )
        return Follower((job.workspace_id, job.target), lambda: begun(self._stub.Normalize(request)))
