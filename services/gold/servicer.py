"""GoldService: runs of the Gold stage, and the scores they leave."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import grpc
import sqlalchemy as sa
from assay.common.v1 import page_pb2, run_pb2
from assay.gold.v1 import gold_service_pb2 as pb
from assay.gold.v1 import gold_service_pb2_grpc, score_pb2

from services.gold.errors import JobNotFound, ScoreNotFound, SummaryNotFound
from services.gold.products import Neighbours
from services.gold.results import BAND_OF, ResultWriter, catalog_summary, product_score, timestamp
from services.gold.runner import KIND
from services.gold.store import Store
from services.gold.summary import BANDS
from services.runtime.errors import ValidationError
from services.runtime.jobs import JobSpec, JsonObject, LocalEngine
from services.runtime.jobs.runs import begin_run, run_events, selection_faults
from services.runtime.paging import decode_token, encode_token, page_limit

BATCH_LIMIT = 1_000
RESULTS_PER_MESSAGE = 2_000
RESULTS_PER_PAGE = 1_000
BAND_LIMITS = {BAND_OF[name]: (lowest, highest) for name, lowest, highest in BANDS} | {
    score_pb2.BAND_UNSPECIFIED: (0, 100)
}


class GoldServicer(gold_service_pb2_grpc.GoldServiceServicer):
    """See the contract for what each RPC answers and refuses."""

    def __init__(self, store: Store, neighbours: Neighbours, engine: LocalEngine, partition_size: int) -> None:
        self._store = store
        self._neighbours = neighbours
        self._engine = engine
        self._partition_size = partition_size
        self._grading = lru_cache(maxsize=64)(store.grading)

    def Score(self, request: pb.ScoreRequest, _context: grpc.ServicerContext) -> Iterator[pb.ScoreResponse]:
        """Scores products and streams how they fared."""
        for sequence, event in enumerate(self._score(request), start=1):
            event.sequence = sequence
            yield event

    def _score(self, request: pb.ScoreRequest) -> Iterator[pb.ScoreResponse]:
        params = _params_of(request)
        self._neighbours.require_catalog(request.workspace_id, request.catalog_id)
        spec = JobSpec(
            kind=KIND,
            queue="catalog",
            job_name="pipeline_run",
            workspace_id=request.workspace_id,
            target=request.catalog_id,
            params=params,
            lock_key=request.catalog_id,
        )
        run = begin_run(self._engine, spec, self._partition_size)
        yield from run_events(self._engine, run, pb.ScoreResponse)
        ended = self._run(request.workspace_id, run.job.id)
        writer = ResultWriter(self._grading(ended.grading_id))
        for rows in self._store.all_results(ended.number, RESULTS_PER_MESSAGE):
            batch = pb.ScoreResponse()
            writer.write(rows, batch.results.results)
            yield batch
        yield pb.ScoreResponse(summary=pb.ScoreSummary(catalog_summary=catalog_summary(ended)))

    def ListScoreResults(
        self, request: pb.ListScoreResultsRequest, _context: grpc.ServicerContext
    ) -> pb.ListScoreResultsResponse:
        """A page of a run's results; of a run under way, those that are there."""
        limit = page_limit(request.page_size, RESULTS_PER_PAGE)
        run = self._run(request.workspace_id, request.job_id)
        (after,) = decode_token(request.page_token, 1, request.job_id) or (-1,)
        rows = self._store.results(run.number, after, limit + 1)
        answer = pb.ListScoreResultsResponse(
            pagination=_pagination(rows, limit, lambda row: encode_token([row.position], request.job_id))
        )
        ResultWriter(self._grading(run.grading_id)).write(rows[:limit], answer.results)
        return answer

    def GetScore(self, request: pb.GetScoreRequest, _context: grpc.ServicerContext) -> pb.GetScoreResponse:
        """One product's score with its breakdown."""
        self._neighbours.require_catalog(request.workspace_id, request.catalog_id)
        for row in self._store.scores_of(request.workspace_id, request.catalog_id, [request.product_id]):
            return pb.GetScoreResponse(score=self._product_score(row))
        raise ScoreNotFound("The product has no score.", metadata={"product_id": request.product_id})

    def ListScores(self, request: pb.ListScoresRequest, _context: grpc.ServicerContext) -> pb.ListScoresResponse:
        """A page of a catalog's scores in id order."""
        limit = page_limit(request.page_size)
        band = BAND_LIMITS.get(request.band)
        if band is None:
            raise ValidationError.of("band", "band must be one of excellent, good, warning, poor.")
        filters = (request.catalog_id, request.band)
        (after,) = decode_token(request.page_token, 1, *filters) or ("",)
        self._neighbours.require_catalog(request.workspace_id, request.catalog_id)
        rows = self._store.scores(request.workspace_id, request.catalog_id, band=band, after=after, limit=limit + 1)
        return pb.ListScoresResponse(
            scores=map(self._product_score, rows[:limit]),
            pagination=_pagination(rows, limit, lambda row: encode_token([row.product_id], *filters)),
        )

    def BatchGetScores(
        self, request: pb.BatchGetScoresRequest, _context: grpc.ServicerContext
    ) -> pb.BatchGetScoresResponse:
        """The scores that the named products have, in id order."""
        if len(request.product_ids) > BATCH_LIMIT:
            raise ValidationError.of("productIds", f"productIds must not name more than {BATCH_LIMIT:,} products.")
        ids = list(dict.fromkeys(request.product_ids))
        rows = self._store.scores_of(request.workspace_id, request.catalog_id, ids)
        return pb.BatchGetScoresResponse(scores=map(self._product_score, rows))

    def GetCatalogSummary(
        self, request: pb.GetCatalogSummaryRequest, _context: grpc.ServicerContext
    ) -> pb.GetCatalogSummaryResponse:
        """The summary that the last completed run left."""
        self._neighbours.require_catalog(request.workspace_id, request.catalog_id)
        run = self._store.last_completed_run(request.workspace_id, request.catalog_id)
        if run is None:
            raise SummaryNotFound("No Gold run on this catalog has been completed yet.")
        return pb.GetCatalogSummaryResponse(
            catalog_summary=catalog_summary(run),
            scored=run.excellent + run.good + run.warning + run.poor,
            job_id=run.job_id,
            created_at=timestamp(run.completed_at),
        )

    def _run(self, workspace_id: str, job_id: str) -> sa.Row[Any]:
        run = self._store.run_of(workspace_id, job_id)
        if run is None:
            raise JobNotFound("Job not found.", metadata={"job_id": job_id})
        return run

    def _product_score(self, row: sa.Row[Any]) -> score_pb2.ProductScore:
        return product_score(row, self._grading(row.grading_id))


def _params_of(request: pb.ScoreRequest) -> JsonObject:
    """The job's parameters: the selection without repetitions, or nothing for the whole catalog."""
    if faults := selection_faults(request.scope, request.product_ids, "productIds"):
        raise ValidationError(faults[0].message, violations=faults)
    if request.scope == run_pb2.SCOPE_ALL:
        return {}
    return {"productIds": list(dict.fromkeys(request.product_ids))}


def _pagination(rows: Sequence[sa.Row[Any]], limit: int, token: Any) -> page_pb2.Pagination:
    """`rows` hold one more than the page when there is a next one."""
    more = len(rows) > limit
    return page_pb2.Pagination(limit=limit, cursor=token(rows[limit - 1]) if more else None, has_more=more)
