"""GoldService: runs of the Gold stage, and the scores they leave."""

from collections.abc import Iterator
from typing import Any, Final

import grpc
from assay.common.v1 import page_pb2, run_pb2
from assay.gold.v1 import gold_service_pb2 as pb
from assay.gold.v1 import gold_service_pb2_grpc, score_pb2

from services.gold import groups
from services.gold.board import Board, Boards
from services.gold.errors import JobNotFound, ScoreNotFound, SummaryNotFound
from services.gold.listing import Sort, page
from services.gold.products import Neighbours
from services.gold.requests import filters_of, grouping_of
from services.gold.results import (
    ResultWriter,
    catalog_summary,
    channel_summaries,
    distribution,
    gap_details,
    product_scores,
    summary_of,
    timestamp,
)
from services.gold.rubric.reasons import REASONS
from services.gold.runner import KIND
from services.gold.store import RunStore, ScoreStore
from services.gold.store.segments import Owner
from services.gold.summary import BANDS, mean_of
from services.gold.terms import terms_of
from services.runtime.errors import ValidationError
from services.runtime.jobs import JobSpec, JsonObject, LocalEngine
from services.runtime.jobs.runs import begin_run, run_events, selection_faults
from services.runtime.paging import decode_token, encode_token, next_start, page_limit

BATCH_LIMIT: Final = 1_000
RESULTS_PER_MESSAGE: Final = 2_000
RESULTS_PER_PAGE: Final = 1_000


class GoldServicer(gold_service_pb2_grpc.GoldServiceServicer):
    """See the contract for what each RPC answers and refuses."""

    def __init__(
        self,
        *,
        runs: RunStore,
        scores: ScoreStore,
        boards: Boards,
        neighbours: Neighbours,
        engine: LocalEngine,
        partition_size: int,
    ) -> None:
        self._runs = runs
        self._scores = scores
        self._boards = boards
        self._neighbours = neighbours
        self._engine = engine
        self._partition_size = partition_size

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
            notify_email=request.notify_email,
        )
        run = begin_run(self._engine, spec, self._partition_size)
        yield from run_events(self._engine, run, pb.ScoreResponse)
        writer = ResultWriter(terms_of(run.job.settings).grading)
        number = self._runs.number(request.workspace_id, run.job.id)
        for results in self._runs.all_results(number, RESULTS_PER_MESSAGE):
            batch = pb.ScoreResponse()
            writer.write(results, batch.results.results)
            yield batch
        summary = run.result["catalogSummary"]
        yield pb.ScoreResponse(summary=pb.ScoreSummary(catalog_summary=catalog_summary(summary)))

    def ListScoreResults(
        self, request: pb.ListScoreResultsRequest, _context: grpc.ServicerContext
    ) -> pb.ListScoreResultsResponse:
        """A page of a run's results; of a run under way, those that are there."""
        limit = page_limit(request.page_size, RESULTS_PER_PAGE)
        (after,) = decode_token(request.page_token, 1, request.job_id) or (-1,)
        active = request.while_active
        run = self._runs.of_job(request.workspace_id, request.job_id)
        if run is None:
            if not active:
                raise JobNotFound("Job not found.", metadata={"job_id": request.job_id})
            # Its work has not begun.
            return pb.ListScoreResultsResponse(pagination=_pagination(limit, encode_token([after], request.job_id)))
        results, positions = self._runs.results(run.number, after, limit + 1, gapless=active)
        start = next_start(positions, limit, after, growing=active)
        token = None if start is None else encode_token([start], request.job_id)
        answer = pb.ListScoreResultsResponse(pagination=_pagination(limit, token))
        ResultWriter(self._runs.grading(run.grading_id)).write(results.head(limit), answer.results)
        return answer

    def GetScore(self, request: pb.GetScoreRequest, _context: grpc.ServicerContext) -> pb.GetScoreResponse:
        """One product's score with its breakdown."""
        self._neighbours.require_catalog(request.workspace_id, request.catalog_id)
        for score in self._of_ids(request.workspace_id, request.catalog_id, [request.product_id]):
            return pb.GetScoreResponse(score=score)
        raise ScoreNotFound("The product has no score.", metadata={"product_id": request.product_id})

    def ListScores(self, request: pb.ListScoresRequest, _context: grpc.ServicerContext) -> pb.ListScoresResponse:
        """A page of a catalog's scores."""
        limit = page_limit(request.page_size)
        filters, sort = filters_of(request)
        bound = (request.catalog_id, *map(str, vars(filters).values()), sort)
        after = decode_token(request.page_token, 2, *bound)
        board = self._board(request.workspace_id, request.catalog_id)
        current = self._current(request.workspace_id)
        found, keys = page(board, filters, sort, current=current, after=_position(after, sort), limit=limit + 1)
        token = encode_token([keys[limit - 1], found["product_id"][limit - 1]], *bound) if len(keys) > limit else None
        return pb.ListScoresResponse(
            scores=product_scores(found.head(limit), self._runs.grading, current), pagination=_pagination(limit, token)
        )

    def BatchGetScores(
        self, request: pb.BatchGetScoresRequest, _context: grpc.ServicerContext
    ) -> pb.BatchGetScoresResponse:
        """The scores that the named products have, in id order."""
        if len(request.product_ids) > BATCH_LIMIT:
            raise ValidationError.of("productIds", f"productIds must not name more than {BATCH_LIMIT:,} products.")
        return pb.BatchGetScoresResponse(
            scores=self._of_ids(request.workspace_id, request.catalog_id, list(request.product_ids))
        )

    def GetCatalogSummary(
        self, request: pb.GetCatalogSummaryRequest, _context: grpc.ServicerContext
    ) -> pb.GetCatalogSummaryResponse:
        """The summary that the last completed run left, and counts of the scores as they are now."""
        self._neighbours.require_catalog(request.workspace_id, request.catalog_id)
        completed = self._runs.completed(request.workspace_id, request.catalog_id)
        if not completed:
            raise SummaryNotFound("No Gold run on this catalog has been completed yet.")
        tally = self._scores.totals(Owner(request.workspace_id, request.catalog_id))
        return pb.GetCatalogSummaryResponse(
            catalog_summary=catalog_summary(summary_of(completed[0])),
            scored=tally.scored,
            job_id=completed[0].job_id,
            created_at=timestamp(completed[0].completed_at),
            stale=tally.stale(self._current(request.workspace_id)),
            catalog_avg_score=mean_of(tally.score_sum, tally.scored),
            channels=channel_summaries(tally),
        )

    def ListGroupSummaries(
        self, request: pb.ListGroupSummariesRequest, _context: grpc.ServicerContext
    ) -> pb.ListGroupSummariesResponse:
        """A page of the brands or categories of a catalog."""
        limit = page_limit(request.page_size)
        by, depth = grouping_of(request)
        bound = (request.catalog_id, by, depth)
        (start,) = decode_token(request.page_token, 1, *bound) or (0,)
        found = groups.summaries(self._board(request.workspace_id, request.catalog_id), by, depth)
        token = encode_token([start + limit], *bound) if len(found) > start + limit else None
        return pb.ListGroupSummariesResponse(
            groups=[
                pb.GroupSummary(
                    name=group.name,
                    products=group.products,
                    avg_score=group.avg_score,
                    score_distribution=distribution(group.distribution),
                    gap_details=gap_details(group.gaps),
                    feed_ready=group.feed_ready,
                )
                for group in found[start : start + limit]
            ],
            pagination=_pagination(limit, token),
        )

    def ListSummaryHistory(
        self, request: pb.ListSummaryHistoryRequest, _context: grpc.ServicerContext
    ) -> pb.ListSummaryHistoryResponse:
        """The summaries that completed runs left, newest first."""
        limit = page_limit(request.page_size)
        (before,) = decode_token(request.page_token, 1, request.catalog_id) or (2**62,)
        self._neighbours.require_catalog(request.workspace_id, request.catalog_id)
        runs = self._runs.completed(request.workspace_id, request.catalog_id, before=before, limit=limit + 1)
        token = encode_token([runs[limit - 1].number], request.catalog_id) if len(runs) > limit else None
        return pb.ListSummaryHistoryResponse(
            summaries=[
                pb.SummaryRecord(
                    job_id=run.job_id,
                    created_at=timestamp(run.completed_at),
                    scored=sum(getattr(run, name) for name, _, _ in BANDS),
                    catalog_summary=catalog_summary(summary_of(run)),
                    catalog_avg_score=run.catalog_avg_score,
                    feed_ready=run.feed_ready,
                )
                for run in runs[:limit]
            ],
            pagination=_pagination(limit, token),
        )

    def ListReasons(self, _request: pb.ListReasonsRequest, _context: grpc.ServicerContext) -> pb.ListReasonsResponse:
        """The registry of reasons."""
        return pb.ListReasonsResponse(
            reasons=[
                pb.Reason(
                    reason=one.reason,
                    field=one.field,
                    stage=one.stage,
                    kind=one.kind,
                    why=one.why,
                    lost=one.lost,
                    source=one.source,
                )
                for one in REASONS
            ]
        )

    def _of_ids(self, workspace_id: str, catalog_id: str, ids: list[str]) -> list[score_pb2.ProductScore]:
        scores = self._scores.of_ids(Owner(workspace_id, catalog_id), ids)
        return product_scores(scores, self._runs.grading, self._current(workspace_id)) if scores.height else []

    def _board(self, workspace_id: str, catalog_id: str) -> Board:
        self._neighbours.require_catalog(workspace_id, catalog_id)
        return self._boards.of(Owner(workspace_id, catalog_id))

    def _current(self, workspace_id: str) -> str:
        """The grading that scores would be made under now."""
        return terms_of(self._neighbours.settings(workspace_id)).grading.id


def _params_of(request: pb.ScoreRequest) -> JsonObject:
    """The job's parameters: what the request says, the selection without repetitions."""
    if faults := selection_faults(request.scope, request.product_ids, "productIds"):
        raise ValidationError(faults[0].message, violations=faults)
    params: JsonObject = {"previewMode": request.preview_mode} if request.HasField("preview_mode") else {}
    if request.scope == run_pb2.SCOPE_SELECTION:
        params["productIds"] = list(dict.fromkeys(request.product_ids))
    return params


def _position(after: list[Any] | None, sort: Sort) -> tuple[Any, str] | None:
    """Where a page starts, from its token."""
    return None if after is None else (0 if sort == "id" else int(after[0]), str(after[1]))


def _pagination(limit: int, token: str | None) -> page_pb2.Pagination:
    return page_pb2.Pagination(limit=limit, cursor=token, has_more=token is not None)
