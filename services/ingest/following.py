"""What follows an import or an ingestion: a Silver run over the catalog, where the workspace wants it so."""

from __future__ import annotations

import grpc
from assay.common.v1 import run_pb2
from assay.silver.v1 import silver_service_pb2, silver_service_pb2_grpc
from assay.workspace.v1 import settings_pb2

from services.ingest.ingestion_job import KIND
from services.ingest.store import IngestionStore
from services.runtime.jobs import Follow, Follower, Job, Outcome, begun

_CHANGES = ("created", "updated", "upserted", "deleted")
"""What the result of a job counts that changed items: the first two of imports, the others of ingestions."""

CANCELLED = "The ingestion was cancelled; nothing was applied."


class SilverAfterImport:
    """See `services.runtime.jobs.Follow`. The settings are those of the moment in which the import was accepted."""

    def __init__(self, channel: grpc.Channel) -> None:
        """`channel`: to the Silver service."""
        self._stub = silver_service_pb2_grpc.SilverServiceStub(channel)

    def __call__(self, job: Job, outcome: Outcome) -> Follower | None:
        """Silver, after a job that created, changed or removed products; nothing where runs are to write nothing."""
        settings: settings_pb2.PipelineSettings | None = job.settings
        if settings is None or not settings.auto_trigger_silver or settings.preview_mode:
            return None
        if outcome.status != "completed" or not any(outcome.result.get(name) for name in _CHANGES):
            return None
        request = silver_service_pb2.NormalizeRequest(
            workspace_id=job.workspace_id, catalog_id=job.target, scope=run_pb2.SCOPE_ALL
        )
        return Follower((job.workspace_id, job.target), lambda: begun(self._stub.Normalize(request)))


class IngestionExplained:
    """Writes down why an ingestion failed, before what follows."""

    def __init__(self, ingestions: IngestionStore, following: Follow) -> None:
        self._ingestions = ingestions
        self._following = following

    def __call__(self, job: Job, outcome: Outcome) -> Follower | None:
        """See `services.runtime.jobs.Follow`."""
        if job.kind == KIND and outcome.status != "completed":
            self._ingestions.explain(job.id, CANCELLED if outcome.status == "cancelled" else outcome.message)
        return self._following(job, outcome)
