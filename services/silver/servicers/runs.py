"""SilverService: runs of the Silver stage and their results."""

from collections.abc import Iterator
from typing import Any

import grpc
import orjson
import sqlalchemy as sa
from assay.common.v1 import page_pb2, run_pb2
from assay.silver.v1 import silver_service_pb2 as pb
from assay.silver.v1 import silver_service_pb2_grpc

from services.runtime.errors import FieldViolation, ValidationError
from services.runtime.jobs import JobSpec, JsonObject, LocalEngine
from services.runtime.jobs.runs import begin_run, run_events, selection_faults
from services.runtime.paging import decode_token, encode_token, page_limit
from services.silver.errors import JobNotFound
from services.silver.neighbours import Ingest
from services.silver.options import CHOICES, PREVIEW
from services.silver.runner import KIND
from services.silver.store import Store

RESULTS_PER_MESSAGE = 2_000
RESULTS_PER_PAGE = 1_000


class SilverServicer(silver_service_pb2_grpc.SilverServiceServicer):
    """See the contract for what each RPC answers and refuses."""

    def __init__(self, store: Store, ingest: Ingest, engine: LocalEngine, partition_size: int) -> None:
        self._store = store
        self._ingest = ingest
        self._engine = engine
        self._partition_size = partition_size

    def Normalize(self, request: pb.NormalizeRequest, _context: grpc.ServicerContext) -> Iterator[pb.NormalizeResponse]:
        """Normalises products and streams how they fared."""
        for sequence, event in enumerate(self._normalize(request), start=1):
            event.sequence = sequence
            yield event

    def _normalize(self, request: pb.NormalizeRequest) -> Iterator[pb.NormalizeResponse]:
        params = params_of(request)
        catalog_id, currency = self._ingest.catalog(request.workspace_id, request.catalog_id)
        if currency is not None:
            params["currency"] = currency
        spec = JobSpec(
            kind=KIND,
            queue="catalog",
            job_name="pipeline_run",
            workspace_id=request.workspace_id,
            target=catalog_id,
            params=params,
            lock_key=catalog_id,
            notify_email=request.notify_email,
        )
        run = begin_run(self._engine, spec, self._partition_size)
        yield from run_events(self._engine, run, pb.NormalizeResponse)
        processed = 0
        for rows in self._store.all_results(self._run(request.workspace_id, run.job.id), RESULTS_PER_MESSAGE):
            processed += len(rows)
            yield pb.NormalizeResponse(results=pb.NormalizeResults(results=map(_result, rows)))
        yield pb.NormalizeResponse(summary=pb.NormalizeSummary(processed=processed, duration_ms=run.duration_ms))

    def ListNormalizeResults(
        self, request: pb.ListNormalizeResultsRequest, _context: grpc.ServicerContext
    ) -> pb.ListNormalizeResultsResponse:
        """A page of a run's results; of a run under way, those that are there and will not change."""
        limit = page_limit(request.page_size, RESULTS_PER_PAGE)
        (after,) = decode_token(request.page_token, 1, request.job_id) or (-1,)
        if request.while_active:
            # What a product is a duplicate of is found when all partitions are done: no result is final before.
            here = encode_token([after], request.job_id)
            return pb.ListNormalizeResultsResponse(
                pagination=page_pb2.Pagination(limit=limit, cursor=here, has_more=True)
            )
        run = self._run(request.workspace_id, request.job_id)
        rows = self._store.results(run, after, limit + 1)
        more = len(rows) > limit
        token = encode_token([rows[limit - 1].position], request.job_id) if more else None
        return pb.ListNormalizeResultsResponse(
            results=map(_result, rows[:limit]),
            pagination=page_pb2.Pagination(limit=limit, cursor=token, has_more=more),
        )

    def ListBrokenImages(
        self, request: pb.ListBrokenImagesRequest, _context: grpc.ServicerContext
    ) -> pb.ListBrokenImagesResponse:
        """A page of the image URLs that a run found broken; of a run under way, those that are there."""
        limit = page_limit(request.page_size, RESULTS_PER_PAGE)
        run = self._run(request.workspace_id, request.job_id)
        position, number = decode_token(request.page_token, 2, request.job_id) or (-1, -1)
        rows = self._store.broken_images(run, (position, number), limit + 1)
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        token = encode_token([last.position, last.number], request.job_id) if last is not None else None
        return pb.ListBrokenImagesResponse(
            images=map(_broken_image, rows[:limit]),
            pagination=page_pb2.Pagination(limit=limit, cursor=token, has_more=more),
        )

    def _run(self, workspace_id: str, job_id: str) -> int:
        number = self._store.number_of(workspace_id, job_id)
        if number is None:
            raise JobNotFound("Job not found.", metadata={"job_id": job_id})
        return number


def params_of(request: pb.NormalizeRequest) -> JsonObject:
    """The job's parameters (see SilverRunner): what the request says, no defaults. Every field at fault is named."""
    violations = selection_faults(request.scope, request.product_ids, "productIds")
    params: JsonObject = {}
    for choice in CHOICES:
        number = getattr(request, choice.field)
        if number in choice.words:
            params[choice.name] = choice.words[number]
        elif number:
            words = ", ".join(choice.words.values())
            violations.append(FieldViolation(choice.name, f"{choice.name} must be one of {words}."))
    if request.HasField("preview_mode"):
        params[PREVIEW] = request.preview_mode
    if request.scope == run_pb2.SCOPE_SELECTION:
        params["productIds"] = list(dict.fromkeys(request.product_ids))
    if violations:
        raise ValidationError(violations[0].message, violations=violations)
    return params


def _result(row: sa.Row[Any]) -> pb.NormalizeResult:
    """The documented SilverResult of a row of `run_results`."""
    _run, _position, product_id, fields_normalized, urls_validated, duplicate_of, error, suggestions = tuple(row)
    if error is not None:
        return pb.NormalizeResult(
            product_id=product_id,
            status=run_pb2.RESULT_STATUS_ERROR,
            error=error,
            suggestions=orjson.loads(suggestions) if suggestions else (),
        )
    return pb.NormalizeResult(
        product_id=product_id,
        status=run_pb2.RESULT_STATUS_SUCCESS,
        fields_normalized=fields_normalized,
        duplicate_of=duplicate_of,
        urls_validated=urls_validated,
    )


def _broken_image(row: sa.Row[Any]) -> pb.BrokenImage:
    return pb.BrokenImage(product_id=row.product_id, field=row.field, url=row.url, status=row.status, reason=row.reason)
