"""What follows a Silver run: a Gold run over the same products, where the workspace wants it so."""

from __future__ import annotations

import grpc
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2, gold_service_pb2_grpc
from assay.workspace.v1 import settings_pb2

from services.runtime.jobs import Follower, Job, Outcome, begun
from services.silver.options import options_of


class GoldAfterSilver:
    """See `services.runtime.jobs.Follow`. The settings are those of the moment in which the run was accepted."""

    def __init__(self, channel: grpc.Channel) -> None:
        """`channel`: to the Gold service."""
        self._stub = gold_service_pb2_grpc.GoldServiceStub(channel)

    def __call__(self, job: Job, outcome: Outcome) -> Follower | None:
        """Gold, whoever started the run; nothing after a preview, nor where runs are to write nothing."""
        settings: settings_pb2.PipelineSettings | None = job.settings
        if settings is None or not settings.auto_trigger_gold or settings.preview_mode or options_of(job).preview:
            return None
        if outcome.status != "completed":
            return None
        ids = job.params.get("productIds")
        request = gold_service_pb2.ScoreRequest(
            workspace_id=job.workspace_id,
            catalog_id=job.target,
            scope=run_pb2.SCOPE_ALL if ids is None else run_pb2.SCOPE_SELECTION,
            product_ids=ids,
        )
        key = (job.workspace_id, job.target, None if ids is None else tuple(ids))
        return Follower(key, lambda: begun(self._stub.Score(request)))
